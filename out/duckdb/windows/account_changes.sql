-- SecurityEvent - Account created, enabled or added to a group
-- rule d22d9c7f-0fb5-5e56-9679-25048dc377f2, version 1.0.0; every 1 day over the last 1 day; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  -- where EventID in (4720, 4722)
  SELECT
    coalesce(Computer, '') AS Computer,
    TRY_CAST(EventID AS BIGINT) AS EventID,
    coalesce(SubjectUserName, '') AS SubjectUserName,
    coalesce(TargetUserName, '') AS TargetUserName,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) IN (4720, 4722)
),
united AS (
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
    0 AS _row1_leg,
    0 AS _row1
  FROM filtered
  WHERE NOT ends_with(SubjectUserName, '$')
  UNION ALL
  -- the rule's window
  -- where EventID in (4728, 4732, 4756)
  -- project TimeGenerated, Computer, Actor = SubjectUserName, Target = MemberSid, Group = TargetUserName, Change = "added to group"
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- where Actor !endswith "$"
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(Computer, '') AS Computer,
    coalesce(SubjectUserName, '') AS Actor,
    coalesce(MemberSid, '') AS Target,
    'added to group' AS Change,
    coalesce(TargetUserName, '') AS "Group",
    1 AS _row1_leg,
    0 AS _row1
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) IN (4728, 4732, 4756)
    AND NOT ends_with(coalesce(SubjectUserName, ''), '$')
),
grouped AS (
  -- union (SecurityEvent | where EventID in (4720, 4722) | project TimeGenerated, Computer, Actor = SubjectUserName, Target = TargetUserName, Change = iff(EventID …
  -- summarize Changes = count(), Kinds = make_set(Change), Groups = make_set_if(Group, isnotempty(Group)), Last = max(TimeGenerated) by Actor, Target, Computer
  SELECT
    Actor,
    Target,
    Computer,
    count(*) AS Changes,
    coalesce(to_json(list_extract(list_transform([list(to_json(Change) ORDER BY _row1_leg, _row1)], LAMBDA x2 : list_filter(x2, LAMBDA x3, x4 : list_position(x2, x3) = x4)), 1)), CAST('[]' AS JSON)) AS Kinds,
    coalesce(to_json(list_extract(list_transform([list(to_json("Group") ORDER BY _row1_leg, _row1) FILTER(WHERE "Group" <> '')], LAMBDA x5 : list_filter(x5, LAMBDA x6, x7 : list_position(x5, x6) = x7)), 1)), CAST('[]' AS JSON)) AS Groups,
    max(TimeGenerated) AS Last
  FROM united
  GROUP BY 1, 2, 3
)
-- where Changes >= 1
SELECT
  Actor,
  Target,
  Computer,
  Changes,
  Kinds,
  Groups,
  strftime(make_timestamp(Last // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(Last % 10 AS TEXT) || 'Z' AS Last
FROM grouped
WHERE Changes >= 1
