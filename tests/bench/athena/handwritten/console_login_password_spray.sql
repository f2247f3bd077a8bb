-- Password spray against the console, as an analyst writes it for Athena.
SELECT
  sourceipaddress AS SourceIpAddress,
  date_trunc('minute', from_iso8601_timestamp(eventtime)) - minute(from_iso8601_timestamp(eventtime)) % 10 * INTERVAL '1' MINUTE AS TimeGenerated,
  count(*) AS Attempts,
  count(DISTINCT coalesce(useridentity.username, '')) AS Users,
  slice(array_agg(DISTINCT coalesce(useridentity.username, '')), 1, 100) AS UserNames,
  array_agg(DISTINCT coalesce(useragent, '')) AS Agents
FROM bench_cloudtrail
WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
  AND eventtime >= '{start}' AND eventtime < '{end}'
  AND eventname = 'ConsoleLogin'
  AND coalesce(json_extract_scalar(responseelements, '$.ConsoleLogin'), '') <> 'Success'
GROUP BY 1, 2
HAVING count(DISTINCT coalesce(useridentity.username, '')) >= 3
ORDER BY Attempts DESC, SourceIpAddress
