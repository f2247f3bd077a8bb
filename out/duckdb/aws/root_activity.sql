-- AWSCloudTrail - Root user is active
-- rule b7c8f0b1-5686-5584-8dfa-550a3cedb660, version 1.0.0; every 5 minutes over the last 5 minutes; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where UserIdentityType =~ "root" and isempty(UserIdentityInvokedBy)
  -- where EventTypeName !in~ ("awsserviceevent", "AwsConsoleAction")
  -- extend Mfa = iff(SessionMfaAuthenticated == true, "yes", "no")
  -- project TimeGenerated, EventName, EventSource, RecipientAccountId, SourceIpAddress, UserAgent, Mfa
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(EventName, '') AS EventName,
    coalesce(EventSource, '') AS EventSource,
    coalesce(RecipientAccountId, '') AS RecipientAccountId,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(UserAgent, '') AS UserAgent,
    CASE WHEN TRY_CAST(SessionMfaAuthenticated AS BOOLEAN) = TRUE THEN 'yes' ELSE 'no' END AS Mfa
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND lower(UserIdentityType) = 'root'
    AND coalesce(UserIdentityInvokedBy, '') = ''
    AND NOT lower(coalesce(EventTypeName, '')) IN ('awsserviceevent', 'awsconsoleaction')
)
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  EventName,
  EventSource,
  RecipientAccountId,
  SourceIpAddress,
  UserAgent,
  Mfa
FROM extended
