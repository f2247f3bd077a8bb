-- AWSCloudTrail - Logging or detection disabled
-- rule bd56aec3-3093-5422-8d44-5df9c981f457, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH actions AS (
  -- datatable(EventName: string, Weight: long, Service: string) [ "StopLogging", 9, "CloudTrail", "DeleteTrail", 9, "CloudTrail", "PutEventSelectors", 5, "CloudTra…
  SELECT EventName, Weight, Service
  FROM (VALUES ('StopLogging', CAST(9 AS BIGINT), 'CloudTrail'), ('DeleteTrail', 9, 'CloudTrail'), ('PutEventSelectors', 5, 'CloudTrail'), ('DeleteDetector', 8, 'GuardDuty'), ('StopConfigurationRecorder', 6, 'Config'), ('DeleteFlowLogs', 4, 'VPC')) AS data(EventName, Weight, Service)
),
filtered AS (
  -- the rule's window
  -- where isempty(ErrorCode)
  SELECT
    coalesce(AWSRegion, '') AS AWSRegion,
    coalesce(EventName, '') AS EventName,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityArn, '') AS UserIdentityArn
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND coalesce(ErrorCode, '') = ''
),
joined AS (
  -- lookup kind=leftouter (Actions) on EventName
  SELECT
    l.AWSRegion AS AWSRegion,
    l.EventName AS EventName,
    l.SourceIpAddress AS SourceIpAddress,
    l.TimeGenerated AS TimeGenerated,
    l.UserIdentityArn AS UserIdentityArn,
    r.Weight AS Weight,
    coalesce(r.Service, '') AS Service
  FROM filtered AS l
  LEFT JOIN actions AS r ON l.EventName = r.EventName
)
-- lookup kind=leftouter (Actions) on EventName
-- where Weight > 4
-- extend Risk = case(Weight >= 9, "High", Weight >= 6, "Medium", "Low")
-- project TimeGenerated, EventName, Service, Weight, Risk, UserIdentityArn, SourceIpAddress, AWSRegion
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  EventName,
  Service,
  Weight,
  CASE WHEN Weight >= 9 THEN 'High' WHEN Weight >= 6 THEN 'Medium' ELSE 'Low' END AS Risk,
  UserIdentityArn,
  SourceIpAddress,
  AWSRegion
FROM joined
WHERE Weight > 4
