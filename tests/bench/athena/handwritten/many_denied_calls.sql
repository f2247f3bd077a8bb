-- Identities with many denied calls, as an analyst writes it for Athena.
WITH denied AS (
  SELECT
    coalesce(nullif(useridentity.username, ''), nullif(useridentity.sessioncontext.sessionissuer.username, ''), useridentity.principalid, '') AS Identity,
    date_trunc('hour', from_iso8601_timestamp(eventtime)) AS Hour,
    eventname, eventsource || ':' || eventname AS call, sourceipaddress, eventtime
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND (regexp_like(errorcode, '(?i)\b(accessdenied|unauthorizedoperation)\b') OR regexp_like(errormessage, '(?i)not authorized'))
)
SELECT
  Identity, Hour,
  count(*) AS Denied,
  count(DISTINCT eventname) AS Calls,
  slice(array_agg(DISTINCT call), 1, 50) AS CallNames,
  array_agg(DISTINCT sourceipaddress) AS Sources,
  from_iso8601_timestamp(max(eventtime)) AS LastDenied,
  count(*) / count(DISTINCT eventname) AS PerCall,
  round(1E2 * count(DISTINCT eventname) / count(*), 1) AS Share
FROM denied
GROUP BY Identity, Hour
HAVING count(DISTINCT eventname) >= 3
ORDER BY Denied DESC
LIMIT 10
