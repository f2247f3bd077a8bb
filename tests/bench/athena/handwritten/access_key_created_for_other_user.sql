-- Access key created for another user, as an analyst writes it for Athena.
WITH keys AS (
  SELECT
    from_iso8601_timestamp(eventtime) AS TimeGenerated,
    regexp_extract(useridentity.arn, '([^/:]+)$', 1) AS ActorName,
    coalesce(regexp_extract(useridentity.arn, 'assumed-role/[^/]+/(.+)', 1), '') AS SessionName,
    json_extract_scalar(requestparameters, '$.userName') AS TargetUser,
    json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS KeyId,
    useridentity.arn AS UserIdentityArn,
    sourceipaddress AS SourceIpAddress
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND lower(eventname) = 'createaccesskey'
    AND coalesce(errorcode, '') = ''
)
SELECT *
FROM keys
WHERE TargetUser <> '' AND lower(TargetUser) <> lower(coalesce(ActorName, ''))
