-- AWSCloudTrail - Logging or detection disabled
-- rule bd56aec3-3093-5422-8d44-5df9c981f457, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
actions AS (
  -- datatable(EventName: string, Weight: long, Service: string) [ "StopLogging", 9, "CloudTrail", "DeleteTrail", 9, "CloudTrail", "PutEventSelectors", 5, "CloudTra…
  SELECT EventName, Weight, Service
  FROM (VALUES ('StopLogging', CAST(9 AS BIGINT), 'CloudTrail'), ('DeleteTrail', BIGINT '9', 'CloudTrail'), ('PutEventSelectors', BIGINT '5', 'CloudTrail'), ('DeleteDetector', BIGINT '8', 'GuardDuty'), ('StopConfigurationRecorder', BIGINT '6', 'Config'), ('DeleteFlowLogs', BIGINT '4', 'VPC')) AS data(EventName, Weight, Service)
),
filtered AS (
  -- the rule's window
  -- where isempty(ErrorCode)
  SELECT
    coalesce(awsregion, '') AS AWSRegion,
    coalesce(eventname, '') AS EventName,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useridentity.arn, '') AS UserIdentityArn
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND coalesce(errorcode, '') = ''
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
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  EventName,
  Service,
  Weight,
  CASE WHEN Weight >= 9 THEN 'High' WHEN Weight >= 6 THEN 'Medium' ELSE 'Low' END AS Risk,
  UserIdentityArn,
  SourceIpAddress,
  AWSRegion
FROM joined
WHERE Weight > 4
