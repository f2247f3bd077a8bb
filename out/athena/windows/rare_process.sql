-- SecurityEvent - Process seen on one computer only
-- rule db8f2285-80db-5aff-8720-3d11ad9ac494, version 1.0.0; every 1 day over the last 7 days; alert when rows > 1
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
grouped AS (
  -- the rule's window
  -- where EventID == 4688
  -- where NewProcessName has_any ("Temp", "AppData", "Downloads", "Public")
  -- extend Program = tolower(tostring(split(NewProcessName, "\\")[-1]))
  -- summarize Starts = count(), Computers = dcount(Computer), arg_min(TimeGenerated, Computer, NewProcessName, SubjectUserName) by Program
  SELECT
    lower(coalesce(element_at(split(coalesce(newprocessname, ''), '\'), -1), '')) AS Program,
    count(*) AS Starts,
    count(DISTINCT coalesce(computer, '')) AS Computers,
    coalesce(min_by(row(timegenerated, coalesce(computer, ''), coalesce(newprocessname, ''), coalesce(subjectusername, '')), timegenerated), arbitrary(row(timegenerated, coalesce(computer, ''), coalesce(newprocessname, ''), coalesce(subjectusername, '')))) AS _best1
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) = 4688
    AND regexp_like(newprocessname, '(?<![\p{L}\p{N}])(?:[tT][eE][mM][pP]|[aA][pP][pP][dD][aA][tT][aA]|[dD][oO][wW][nN][lL][oO][aA][dD][sS]|[pP][uU][bB][lL][iI\x{130}][cC])(?![\p{L}\p{N}])')
  GROUP BY 1
),
scalar AS (
  -- the rule's window
  -- where EventID == 4688
  -- summarize dcount(Computer)
  SELECT count(DISTINCT coalesce(computer, '')) AS dcount_Computer
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) = 4688
),
extended AS (
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
FROM extended
ORDER BY extended.Program NULLS FIRST
