-- SecurityEvent - Account created, enabled or added to a group
-- rule d22d9c7f-0fb5-5e56-9679-25048dc377f2, version 1.0.0; every 1 day over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  SELECT
    coalesce(computer, '') AS Computer,
    CAST(eventid AS BIGINT) AS EventID,
    coalesce(subjectusername, '') AS SubjectUserName,
    coalesce(targetusername, '') AS TargetUserName,
    timegenerated AS TimeGenerated
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
filtered_2 AS (
  -- the rule's window
  SELECT
    coalesce(computer, '') AS Computer,
    CAST(eventid AS BIGINT) AS EventID,
    coalesce(membersid, '') AS MemberSid,
    coalesce(subjectusername, '') AS SubjectUserName,
    coalesce(targetusername, '') AS TargetUserName,
    timegenerated AS TimeGenerated
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
united AS (
  -- where EventID in (4720, 4722)
  -- project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID == 4720, "created", "enabled")
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- where Actor !endswith "$"
  SELECT
    TimeGenerated,
    Computer,
    SubjectUserName AS Actor,
    TargetUserName AS Target,
    CASE WHEN EventID = 4720 THEN 'created' ELSE 'enabled' END AS Change,
    '' AS "Group",
    BIGINT '0' AS _row1_leg,
    BIGINT '0' AS _row1
  FROM filtered
  WHERE EventID IN (4720, 4722)
    AND NOT regexp_like(SubjectUserName, '\$\z')
  UNION ALL
  -- where EventID in (4728, 4732, 4756)
  -- project TimeGenerated, Computer, Actor = SubjectUserName, Target = MemberSid, Group = TargetUserName, Change = "added to group"
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- where Actor !endswith "$"
  SELECT
    TimeGenerated,
    Computer,
    SubjectUserName AS Actor,
    MemberSid AS Target,
    'added to group' AS Change,
    TargetUserName AS "Group",
    BIGINT '1' AS _row1_leg,
    BIGINT '0' AS _row1
  FROM filtered_2
  WHERE EventID IN (4728, 4732, 4756)
    AND NOT regexp_like(SubjectUserName, '\$\z')
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
