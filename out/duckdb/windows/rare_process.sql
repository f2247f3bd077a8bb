-- SecurityEvent - Process seen on one computer only
-- rule db8f2285-80db-5aff-8720-3d11ad9ac494, version 1.0.0; every 1 day over the last 7 days; alert when rows > 1
WITH extended AS (
  -- the rule's window
  -- where EventID == 4688
  -- where NewProcessName has_any ("Temp", "AppData", "Downloads", "Public")
  -- extend Program = tolower(tostring(split(NewProcessName, "\\")[-1]))
  SELECT
    coalesce(Computer, '') AS Computer,
    coalesce(NewProcessName, '') AS NewProcessName,
    coalesce(SubjectUserName, '') AS SubjectUserName,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    lower(coalesce(list_extract(string_split(coalesce(NewProcessName, ''), '\'), -1), '')) AS Program
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) = 4688
    AND regexp_matches(lower(NewProcessName), '(?:^|[^\p{L}\p{N}])(?:temp|appdata|downloads|public)(?:[^\p{L}\p{N}]|$)')
),
grouped AS (
  -- summarize Starts = count(), Computers = dcount(Computer), arg_min(TimeGenerated, Computer, NewProcessName, SubjectUserName) by Program
  SELECT
    Program,
    count(*) AS Starts,
    count(DISTINCT Computer) AS Computers,
    first(row(TimeGenerated, Computer, NewProcessName, SubjectUserName) ORDER BY TimeGenerated) AS _best1
  FROM extended
  GROUP BY 1
),
scalar AS (
  -- the rule's window
  -- where EventID == 4688
  -- summarize dcount(Computer)
  SELECT count(DISTINCT coalesce(Computer, '')) AS dcount_Computer
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) = 4688
),
extended_2 AS (
  -- where Computers == 1 and Starts <= 5
  -- extend Fleet = total
  -- order by Program asc
  SELECT
    Program,
    Starts,
    Computers,
    struct_extract(_best1, 1) AS TimeGenerated,
    coalesce(struct_extract(_best1, 2), '') AS Computer,
    coalesce(struct_extract(_best1, 3), '') AS NewProcessName,
    coalesce(struct_extract(_best1, 4), '') AS SubjectUserName,
    (SELECT dcount_Computer FROM scalar LIMIT 1) AS Fleet
  FROM grouped
  WHERE Computers = 1
    AND Starts <= 5
)
SELECT
  Program,
  Starts,
  Computers,
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  Computer,
  NewProcessName,
  SubjectUserName,
  Fleet
FROM extended_2
ORDER BY extended_2.Program NULLS FIRST
