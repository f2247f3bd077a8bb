-- AWSCloudTrail - Console password spray from one address
-- rule 5997d2e3-0cea-5431-89ed-4490a2b7dd73, version 1.0.0; every 30 minutes over the last 1 hour; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  -- where EventName == "ConsoleLogin"
  -- extend Outcome = tostring(parse_json(ResponseElements).ConsoleLogin)
  SELECT
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useragent, '') AS UserAgent,
    coalesce(useridentity.username, '') AS UserIdentityUserName,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(responseelements, '$.ConsoleLogin'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS Outcome
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventname = 'ConsoleLogin'
),
filtered_2 AS (
  -- where Outcome != "Success"
  SELECT
    SourceIpAddress,
    UserAgent,
    UserIdentityUserName,
    date_diff('second', TIMESTAMP '0001-01-01 00:00:00', TimeGenerated) * 10000000 + CAST(substr(CAST(CAST(TimeGenerated AS TIMESTAMP(7)) AS VARCHAR), -7) AS BIGINT) AS _v1
  FROM filtered
  WHERE Outcome <> 'Success'
),
grouped AS (
  -- summarize Attempts = count(), Users = dcount(UserIdentityUserName), UserNames = make_set(UserIdentityUserName, 100), Agents = make_set(UserAgent) by SourceIpAd…
  SELECT
    SourceIpAddress,
    CAST(at_timezone(from_unixtime_nanos(CAST(_v1 - _v1 % 6000000000 - 621355968000000000 AS DECIMAL(38, 0)) * 100), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    count(*) AS Attempts,
    count(DISTINCT UserIdentityUserName) AS Users,
    coalesce(CAST(slice(array_distinct(array_agg(CAST(UserIdentityUserName AS JSON))), 1, 100) AS JSON), JSON '[]') AS UserNames,
    coalesce(CAST(array_distinct(array_agg(CAST(UserAgent AS JSON))) AS JSON), JSON '[]') AS Agents
  FROM filtered_2
  GROUP BY 1, 2
)
-- where Users >= 3
-- sort by Attempts desc, SourceIpAddress asc
SELECT
  SourceIpAddress,
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  Attempts,
  Users,
  json_format(UserNames) AS UserNames,
  json_format(Agents) AS Agents
FROM grouped
WHERE Users >= 3
ORDER BY grouped.Attempts DESC, grouped.SourceIpAddress NULLS FIRST
