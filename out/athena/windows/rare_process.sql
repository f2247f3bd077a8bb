-- SecurityEvent - Process seen on one computer only
-- rule db8f2285-80db-5aff-8720-3d11ad9ac494, version 1.0.0; every 1 day over the last 7 days; alert when rows > 1
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
    coalesce(newprocessname, '') AS NewProcessName,
    coalesce(subjectusername, '') AS SubjectUserName,
    timegenerated AS TimeGenerated
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
extended AS (
  -- where EventID == 4688
  -- where NewProcessName has_any ("Temp", "AppData", "Downloads", "Public")
  -- extend Program = tolower(tostring(split(NewProcessName, "\\")[-1]))
  SELECT
    Computer,
    NewProcessName,
    SubjectUserName,
    TimeGenerated,
    lower(coalesce(element_at(split(NewProcessName, '\'), -1), '')) AS Program
  FROM filtered
  WHERE EventID = 4688
    AND regexp_like(NewProcessName, '(?<![\p{L}\p{N}])(?:[tT][eE][mM][pP]|[aA][pP][pP][dD][aA][tT][aA]|[dD][oO][wW][nN][lL][oO][aA][dD][sS]|[pP][uU][bB][lL][iI\x{130}][cC])(?![\p{L}\p{N}])')
),
grouped AS (
  -- summarize Starts = count(), Computers = dcount(Computer), arg_min(TimeGenerated, Computer, NewProcessName, SubjectUserName) by Program
  SELECT
    Program,
    count(*) AS Starts,
    count(DISTINCT Computer) AS Computers,
    coalesce(min_by(row(TimeGenerated, Computer, NewProcessName, SubjectUserName), TimeGenerated), arbitrary(row(TimeGenerated, Computer, NewProcessName, SubjectUserName))) AS _best1
  FROM extended
  GROUP BY 1
),
filtered_2 AS (
  -- the rule's window
  SELECT coalesce(computer, '') AS Computer, CAST(eventid AS BIGINT) AS EventID
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
scalar AS (
  -- where EventID == 4688
  -- summarize dcount(Computer)
  SELECT count(DISTINCT Computer) AS dcount_Computer
  FROM filtered_2
  WHERE EventID = 4688
),
extended_2 AS (
  -- where Computers == 1 and Starts <= 5
  -- extend Fleet = total
  -- order by Program asc
  SELECT
    Program,
    Starts,
    Computers,
    _best1[1] AS TimeGenerated,
    coalesce(_best1[2], '') AS Computer,
    coalesce(_best1[3], '') AS NewProcessName,
    coalesce(_best1[4], '') AS SubjectUserName,
    (SELECT dcount_Computer FROM scalar LIMIT 1) AS Fleet
  FROM grouped
  WHERE Computers = 1
    AND Starts <= 5
)
SELECT
  Program,
  Starts,
  Computers,
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  Computer,
  NewProcessName,
  SubjectUserName,
  Fleet
FROM extended_2
ORDER BY extended_2.Program NULLS FIRST
