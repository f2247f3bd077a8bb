-- A user agent that an identity did not use in the week before, as an analyst writes it for Athena.
WITH recent AS (
  SELECT
    useridentity.arn AS UserIdentityArn, coalesce(useragent, '') AS UserAgent,
    min(eventtime) AS FirstSeen, count(*) AS Calls, slice(array_agg(DISTINCT eventname), 1, 1000) AS Events
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{recent_day}' AND '{end_day}'
    AND eventtime >= '{recent}' AND eventtime < '{end}'
    AND useridentity.arn <> ''
    AND NOT regexp_like(coalesce(useragent, ''), '(?i)\baws internal\b')
    AND NOT starts_with(lower(coalesce(useragent, '')), 'aws-sdk-')
  GROUP BY 1, 2
  HAVING count(*) > 1
),
baseline AS (
  SELECT DISTINCT useridentity.arn AS UserIdentityArn, coalesce(useragent, '') AS UserAgent
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{recent_day}'
    AND eventtime >= '{start}' AND eventtime < '{recent}'
    AND useridentity.arn <> ''
)
SELECT r.UserIdentityArn, r.UserAgent, from_iso8601_timestamp(r.FirstSeen) AS FirstSeen, r.Calls, r.Events
FROM recent r
LEFT JOIN baseline b ON b.UserIdentityArn = r.UserIdentityArn AND b.UserAgent = r.UserAgent
WHERE b.UserIdentityArn IS NULL
