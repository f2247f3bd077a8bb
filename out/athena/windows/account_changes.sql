-- SecurityEvent - Account created, enabled or added to a group
-- rule d22d9c7f-0fb5-5e56-9679-25048dc377f2, version 1.0.0; every 1 day over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
united AS (
  -- the rule's window
  -- where EventID in (4720, 4722)
  -- project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID == 4720, "created", "enabled")
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- where Actor !endswith "$"
  SELECT
    timegenerated AS TimeGenerated,
    coalesce(computer, '') AS Computer,
    coalesce(subjectusername, '') AS Actor,
    coalesce(targetusername, '') AS Target,
    CASE WHEN CAST(eventid AS BIGINT) = 4720 THEN 'created' ELSE 'enabled' END AS Change,
    '' AS "Group",
    BIGINT '0' AS _row1_leg,
    BIGINT '0' AS _row1
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) IN (4720, 4722)
    AND NOT regexp_like(coalesce(subjectusername, ''), '\$\z')
  UNION ALL
  -- the rule's window
  -- where EventID in (4728, 4732, 4756)
  -- project TimeGenerated, Computer, Actor = SubjectUserName, Target = MemberSid, Group = TargetUserName, Change = "added to group"
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- where Actor !endswith "$"
  SELECT
    timegenerated AS TimeGenerated,
    coalesce(computer, '') AS Computer,
    coalesce(subjectusername, '') AS Actor,
    coalesce(membersid, '') AS Target,
    'added to group' AS Change,
    coalesce(targetusername, '') AS "Group",
    BIGINT '1' AS _row1_leg,
    BIGINT '0' AS _row1
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) IN (4728, 4732, 4756)
    AND NOT regexp_like(coalesce(subjectusername, ''), '\$\z')
),
grouped AS (
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- summarize Changes = count(), Kinds = make_set(Change), Groups = make_set_if(Group, isnotempty(Group)), Last = max(TimeGenerated) by Actor, Target, Computer
  SELECT
    Actor,
    Target,
    Computer,
    count(*) AS Changes,
    coalesce(CAST(array_distinct(array_agg(CAST(Change AS JSON) ORDER BY _row1_leg, _row1)) AS JSON), JSON '[]') AS Kinds,
    coalesce(CAST(array_distinct(array_agg(CAST("Group" AS JSON) ORDER BY _row1_leg, _row1) FILTER(WHERE "Group" <> '')) AS JSON), JSON '[]') AS Groups,
    max(TimeGenerated) AS "Last"
  FROM united
  GROUP BY 1, 2, 3
)
-- where Changes >= 1
SELECT
  Actor,
  Target,
  Computer,
  Changes,
  json_format(Kinds) AS Kinds,
  json_format(Groups) AS Groups,
  CAST(date_trunc('millisecond', "Last") AS TIMESTAMP(3)) AS "Last"
FROM grouped
WHERE Changes >= 1
