-- AWSCloudTrail - Many different calls denied to one identity
-- rule 101b23b0-ce93-5825-9423-955adb61e4da, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  -- where ErrorCode has_any ("AccessDenied", "UnauthorizedOperation") or ErrorMessage contains "not authorized"
  SELECT
    eventname,
    eventsource,
    useridentity,
    sourceipaddress,
    eventtime,
    element_at(transform(ARRAY[CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7))], d -> date_diff('second', TIMESTAMP '0001-01-01 00:00:00', d) * 10000000 + CAST(substr(CAST(CAST(d AS TIMESTAMP(7)) AS VARCHAR), -7) AS BIGINT)), 1) AS _v1
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND (regexp_like(errorcode, '(?<![\p{L}\p{N}])(?:[aA][cC][cC][eE][sS][sS][dD][eE][nN][iI\x{130}][eE][dD]|[uU][nN][aA][uU][tT][hH][oO][rR][iI\x{130}][zZ][eE][dD][oO][pP][eE][rR][aA][tT][iI\x{130}][oO][nN])(?![\p{L}\p{N}])') OR strpos(lower(errormessage), 'not authorized') > 0)
),
extended AS (
  -- extend Hour = bin(TimeGenerated, 1h), Identity = coalesce(UserIdentityUserName, SessionIssuerUserName, UserIdentityPrincipalid)
  SELECT
    coalesce(eventname, '') AS EventName,
    coalesce(eventsource, '') AS EventSource,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    CAST(at_timezone(from_unixtime_nanos(CAST(_v1 - _v1 % 36000000000 - 621355968000000000 AS DECIMAL(38, 0)) * 100), 'UTC') AS TIMESTAMP(7)) AS "Hour",
    coalesce(nullif(useridentity.username, ''), nullif(useridentity.sessioncontext.sessionissuer.username, ''), nullif(useridentity.principalid, ''), '') AS Identity
  FROM filtered
),
grouped AS (
  -- summarize Denied = count(), Calls = dcount(EventName), CallNames = make_set(strcat(EventSource, ":", EventName), 50), Sources = make_set(SourceIpAddress), Last…
  SELECT
    Identity,
    "Hour",
    count(*) AS Denied,
    count(DISTINCT EventName) AS Calls,
    coalesce(CAST(slice(array_distinct(array_agg(CAST(EventSource || ':' || EventName AS JSON))), 1, 50) AS JSON), JSON '[]') AS CallNames,
    coalesce(CAST(array_distinct(array_agg(CAST(SourceIpAddress AS JSON))) AS JSON), JSON '[]') AS Sources,
    max(TimeGenerated) AS LastDenied
  FROM extended
  GROUP BY 1, 2
)
-- where Calls >= 3
-- extend PerCall = Denied / Calls, Share = round(100.0 * Calls / Denied, 1)
-- top 10 by Denied desc
SELECT
  Identity,
  CAST(date_trunc('millisecond', "Hour") AS TIMESTAMP(3)) AS "Hour",
  Denied,
  Calls,
  json_format(CallNames) AS CallNames,
  json_format(Sources) AS Sources,
  CAST(date_trunc('millisecond', LastDenied) AS TIMESTAMP(3)) AS LastDenied,
  Denied / nullif(Calls, BIGINT '0') AS PerCall,
  round(100.0E0 * CAST(Calls AS DOUBLE) / CAST(Denied AS DOUBLE) * 10.0E0) / 10.0E0 AS Share
FROM grouped
WHERE Calls >= 3
ORDER BY grouped.Denied DESC
LIMIT 10
