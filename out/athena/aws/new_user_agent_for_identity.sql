-- AWSCloudTrail - Identity uses a user agent for the first time
-- rule 929f4f84-2c8b-598d-9fdc-10ccf963439f, version 1.0.0; every 1 day over the last 7 days; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS now
),
grouped AS (
  -- the rule's window
  -- where TimeGenerated >= ago(recent) and isnotempty(UserIdentityArn)
  -- where UserAgent !has "AWS Internal" and not(UserAgent startswith "aws-sdk-")
  -- summarize FirstSeen = min(TimeGenerated), Calls = count(), Events = make_set(EventName, 1000) by UserIdentityArn, UserAgent
  SELECT
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(useragent, '') AS UserAgent,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(min(replace(eventtime, 'Z', '')) || 'Z')), 'UTC') AS TIMESTAMP(7)) AS FirstSeen,
    count(*) AS Calls,
    coalesce(CAST(slice(array_distinct(array_agg(CAST(coalesce(eventname, '') AS JSON))), 1, 1000) AS JSON), JSON '[]') AS Events
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND "timestamp" >= date_format((SELECT now FROM run) - INTERVAL '1' DAY, '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT now FROM run) - INTERVAL '1' DAY), 1, 19)
    AND coalesce(useridentity.arn, '') <> ''
    AND NOT regexp_like(coalesce(useragent, ''), '(?<![\p{L}\p{N}])[aA][wW][sS] [iI\x{130}][nN][tT][eE][rR][nN][aA][lL](?![\p{L}\p{N}])')
    AND NOT starts_with(lower(coalesce(useragent, '')), 'aws-sdk-')
  GROUP BY 1, 2
),
baseline AS (
  -- the rule's window
  -- where TimeGenerated < ago(recent)
  -- where isnotempty(UserIdentityArn)
  -- distinct UserIdentityArn, UserAgent
  SELECT DISTINCT coalesce(useridentity.arn, '') AS UserIdentityArn, coalesce(useragent, '') AS UserAgent
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT now FROM run) - INTERVAL '1' DAY + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT now FROM run) - INTERVAL '1' DAY), 1, 19)
    AND coalesce(useridentity.arn, '') <> ''
),
filtered AS (
  -- where Calls > 1
  SELECT UserIdentityArn, UserAgent, FirstSeen, Calls, Events
  FROM grouped
  WHERE Calls > 1
),
joined AS (
  -- join kind=leftanti (baseline) on UserIdentityArn, UserAgent
  SELECT
    l.UserIdentityArn AS UserIdentityArn,
    l.UserAgent AS UserAgent,
    l.FirstSeen AS FirstSeen,
    l.Calls AS Calls,
    l.Events AS Events
  FROM filtered AS l
  WHERE NOT EXISTS(SELECT 1 FROM baseline AS r WHERE l.UserIdentityArn = r.UserIdentityArn AND l.UserAgent = r.UserAgent)
)
SELECT
  UserIdentityArn,
  UserAgent,
  CAST(date_trunc('millisecond', FirstSeen) AS TIMESTAMP(3)) AS FirstSeen,
  Calls,
  json_format(Events) AS Events
FROM joined
