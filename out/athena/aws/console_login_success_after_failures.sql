-- AWSCloudTrail - Console login succeeds after repeated failures
-- rule 486ce899-bc67-5441-8e91-98ad87b37ba9, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
grouped AS (
  -- the rule's window
  -- where EventName == "ConsoleLogin" and tostring(parse_json(ResponseElements).ConsoleLogin) == "Failure"
  -- summarize Failures = count(), FirstFailure = min(TimeGenerated), LastFailure = max(TimeGenerated) by SourceIpAddress, UserIdentityUserName
  SELECT
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    coalesce(useridentity.username, '') AS UserIdentityUserName,
    count(*) AS Failures,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(max(replace(eventtime, 'Z', '')) || 'Z')), 'UTC') AS TIMESTAMP(7)) AS LastFailure
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventname = 'ConsoleLogin'
    AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure'
  GROUP BY 1, 2
),
failures AS (
  -- where Failures >= threshold
  SELECT SourceIpAddress, UserIdentityUserName, Failures, LastFailure
  FROM grouped
  WHERE Failures >= 3
),
successes AS (
  -- the rule's window
  -- where EventName == "ConsoleLogin" and tostring(parse_json(ResponseElements).ConsoleLogin) == "Success"
  -- project SuccessTime = TimeGenerated, SourceIpAddress, UserIdentityUserName, UserIdentityArn, UserAgent
  SELECT
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS SuccessTime,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    coalesce(useridentity.username, '') AS UserIdentityUserName,
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(useragent, '') AS UserAgent
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventname = 'ConsoleLogin'
    AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success'
),
joined AS (
  -- join kind=inner (successes) on SourceIpAddress, UserIdentityUserName
  SELECT
    l.SourceIpAddress AS SourceIpAddress,
    l.UserIdentityUserName AS UserIdentityUserName,
    l.Failures AS Failures,
    l.LastFailure AS LastFailure,
    r.SuccessTime AS SuccessTime,
    r.UserIdentityArn AS UserIdentityArn,
    r.UserAgent AS UserAgent
  FROM failures AS l
  JOIN successes AS r ON l.SourceIpAddress = r.SourceIpAddress AND l.UserIdentityUserName = r.UserIdentityUserName
)
-- join kind=inner (successes) on SourceIpAddress, UserIdentityUserName
-- where SuccessTime between (LastFailure .. 1h)
-- project SuccessTime, SourceIpAddress, UserIdentityUserName, UserIdentityArn, UserAgent, Failures, MinutesAfterLastFailure = datetime_diff("minute", SuccessTime…
SELECT
  CAST(date_trunc('millisecond', SuccessTime) AS TIMESTAMP(3)) AS SuccessTime,
  SourceIpAddress,
  UserIdentityUserName,
  UserIdentityArn,
  UserAgent,
  Failures,
  (date_diff('second', TIMESTAMP '0001-01-01 00:00:00', SuccessTime) * 10000000 + CAST(substr(CAST(CAST(SuccessTime AS TIMESTAMP(7)) AS VARCHAR), -7) AS BIGINT)) / 600000000 - (date_diff('second', TIMESTAMP '0001-01-01 00:00:00', LastFailure) * 10000000 + CAST(substr(CAST(CAST(LastFailure AS TIMESTAMP(7)) AS VARCHAR), -7) AS BIGINT)) / 600000000 AS MinutesAfterLastFailure
FROM joined
WHERE SuccessTime BETWEEN LastFailure AND CASE WHEN LastFailure <= TIMESTAMP '9999-12-31 22:59:59.9999999' THEN LastFailure + INTERVAL '1' HOUR END
