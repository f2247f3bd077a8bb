-- AWSCloudTrail - Console login succeeds after repeated failures
-- rule 486ce899-bc67-5441-8e91-98ad87b37ba9, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  -- where EventName == "ConsoleLogin" and tostring(parse_json(ResponseElements).ConsoleLogin) == "Failure"
  SELECT
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityUserName, '') AS UserIdentityUserName
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'ConsoleLogin'
    AND json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.ConsoleLogin') = 'Failure'
),
grouped AS (
  -- summarize Failures = count(), FirstFailure = min(TimeGenerated), LastFailure = max(TimeGenerated) by SourceIpAddress, UserIdentityUserName
  SELECT SourceIpAddress, UserIdentityUserName, count(*) AS Failures, max(TimeGenerated) AS LastFailure
  FROM filtered
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
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS SuccessTime,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(UserIdentityUserName, '') AS UserIdentityUserName,
    coalesce(UserIdentityArn, '') AS UserIdentityArn,
    coalesce(UserAgent, '') AS UserAgent
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'ConsoleLogin'
    AND json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.ConsoleLogin') = 'Success'
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
  strftime(make_timestamp(SuccessTime // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(SuccessTime % 10 AS TEXT) || 'Z' AS SuccessTime,
  SourceIpAddress,
  UserIdentityUserName,
  UserIdentityArn,
  UserAgent,
  Failures,
  SuccessTime // 600000000 - LastFailure // 600000000 AS MinutesAfterLastFailure
FROM joined
WHERE SuccessTime BETWEEN LastFailure AND nullif(least(LastFailure + 36000000000, 3155378976000000000), 3155378976000000000)
