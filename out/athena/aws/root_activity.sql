-- AWSCloudTrail - Root user is active
-- rule b7c8f0b1-5686-5584-8dfa-550a3cedb660, version 1.0.0; every 5 minutes over the last 5 minutes; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  -- where UserIdentityType =~ "root" and isempty(UserIdentityInvokedBy)
  -- where EventTypeName !in~ ("awsserviceevent", "AwsConsoleAction")
  SELECT
    coalesce(eventname, '') AS EventName,
    coalesce(eventsource, '') AS EventSource,
    coalesce(recipientaccountid, '') AS RecipientAccountId,
    CASE lower(useridentity.sessioncontext.attributes.mfaauthenticated) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS SessionMfaAuthenticated,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useragent, '') AS UserAgent
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND lower(useridentity.type) = 'root'
    AND coalesce(useridentity.invokedby, '') = ''
    AND NOT lower(coalesce(eventtype, '')) IN ('awsserviceevent', 'awsconsoleaction')
)
-- extend Mfa = iff(SessionMfaAuthenticated == true, "yes", "no")
-- project TimeGenerated, EventName, EventSource, RecipientAccountId, SourceIpAddress, UserAgent, Mfa
SELECT
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  EventName,
  EventSource,
  RecipientAccountId,
  SourceIpAddress,
  UserAgent,
  CASE WHEN SessionMfaAuthenticated = TRUE THEN 'yes' ELSE 'no' END AS Mfa
FROM filtered
