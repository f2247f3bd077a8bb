-- Logging or detection disabled, as an analyst writes it for Athena.
WITH actions (EventName, Weight, Service) AS (
  VALUES ('StopLogging', 9, 'CloudTrail'), ('DeleteTrail', 9, 'CloudTrail'), ('PutEventSelectors', 5, 'CloudTrail'),
         ('DeleteDetector', 8, 'GuardDuty'), ('StopConfigurationRecorder', 6, 'Config'), ('DeleteFlowLogs', 4, 'VPC')
)
SELECT
  from_iso8601_timestamp(c.eventtime) AS TimeGenerated, c.eventname AS EventName, a.Service, a.Weight,
  CASE WHEN a.Weight >= 9 THEN 'High' WHEN a.Weight >= 6 THEN 'Medium' ELSE 'Low' END AS Risk,
  c.useridentity.arn AS UserIdentityArn, c.sourceipaddress AS SourceIpAddress, c.awsregion AS AWSRegion
FROM bench_cloudtrail c
JOIN actions a ON a.EventName = c.eventname
WHERE c."timestamp" BETWEEN '{start_day}' AND '{end_day}'
  AND c.eventtime >= '{start}' AND c.eventtime < '{end}'
  AND coalesce(c.errorcode, '') = ''
  AND a.Weight > 4
