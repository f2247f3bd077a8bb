-- A security group opened to the world on other ports than the web's, as an analyst writes it for Athena.
WITH rules AS (
  SELECT
    from_iso8601_timestamp(eventtime) AS TimeGenerated,
    json_extract_scalar(requestparameters, '$.groupId') AS GroupId,
    permission,
    useridentity.arn AS UserIdentityArn, sourceipaddress AS SourceIpAddress, awsregion AS AWSRegion
  FROM bench_cloudtrail
  CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON))) AS p (permission)
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND eventname = 'AuthorizeSecurityGroupIngress'
    AND coalesce(errorcode, '') = ''
),
ranges AS (
  SELECT
    TimeGenerated, GroupId,
    json_extract_scalar(permission, '$.ipProtocol') AS Protocol,
    try_cast(json_extract_scalar(permission, '$.fromPort') AS bigint) AS FromPort,
    try_cast(json_extract_scalar(permission, '$.toPort') AS bigint) AS ToPort,
    json_extract_scalar(r, '$.cidrIp') AS Cidr,
    UserIdentityArn, SourceIpAddress, AWSRegion
  FROM rules
  CROSS JOIN UNNEST(CAST(json_extract(permission, '$.ipRanges.items') AS ARRAY(JSON))) AS x (r)
)
SELECT *
FROM ranges
WHERE Cidr IN ('0.0.0.0/0', '::/0') AND coalesce(FromPort NOT IN (80, 443), TRUE)
