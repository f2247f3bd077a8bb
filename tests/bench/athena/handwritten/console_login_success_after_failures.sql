-- A console login that succeeds after failures, as an analyst writes it for Athena.
WITH logins AS (
  SELECT
    from_iso8601_timestamp(eventtime) AS Time,
    json_extract_scalar(responseelements, '$.ConsoleLogin') AS Outcome,
    sourceipaddress AS SourceIpAddress,
    coalesce(useridentity.username, '') AS UserIdentityUserName,
    useridentity.arn AS UserIdentityArn,
    useragent AS UserAgent
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND eventname = 'ConsoleLogin'
),
failures AS (
  SELECT SourceIpAddress, UserIdentityUserName, count(*) AS Failures, max(Time) AS LastFailure
  FROM logins
  WHERE Outcome = 'Failure'
  GROUP BY SourceIpAddress, UserIdentityUserName
  HAVING count(*) >= 3
)
SELECT
  s.Time AS SuccessTime, s.SourceIpAddress, s.UserIdentityUserName, s.UserIdentityArn, s.UserAgent, f.Failures,
  date_diff('minute', date_trunc('minute', f.LastFailure), date_trunc('minute', s.Time)) AS MinutesAfterLastFailure
FROM failures f
JOIN logins s ON s.SourceIpAddress = f.SourceIpAddress AND s.UserIdentityUserName = f.UserIdentityUserName
WHERE s.Outcome = 'Success'
  AND s.Time BETWEEN f.LastFailure AND f.LastFailure + INTERVAL '1' HOUR
