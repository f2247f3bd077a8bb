-- ECR image scan findings high or critical, as an analyst writes it for Athena.
WITH findings AS (
  SELECT
    from_iso8601_timestamp(eventtime) AS TimeGenerated,
    json_extract_scalar(responseelements, '$.repositoryName') AS repoName,
    json_extract_scalar(responseelements, '$.imageId.imageDigest') AS imageId,
    try_cast(json_extract_scalar(responseelements, '$.imageScanFindings.findingSeverityCounts.CRITICAL') AS bigint) AS Critical,
    try_cast(json_extract_scalar(responseelements, '$.imageScanFindings.findingSeverityCounts.HIGH') AS bigint) AS High,
    coalesce(nullif(useridentity.arn, ''), element_at(resources, 1).arn, '') AS UserIdentityArn,
    useridentity.principalid AS UserIdentityPrincipalid,
    coalesce(useridentity.username, '') AS UserIdentityUserName
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND eventname = 'DescribeImageScanFindings'
    AND coalesce(errorcode, '') = '' AND coalesce(errormessage, '') = ''
),
named AS (
  SELECT
    *,
    CASE
      WHEN UserIdentityPrincipalid = 'Anonymous' THEN 'Anonymous'
      WHEN UserIdentityUserName = '' THEN element_at(split(UserIdentityArn, '/'), -1)
      ELSE UserIdentityUserName
    END AS Account
  FROM findings
  WHERE Critical > 0 OR High > 0
)
SELECT
  TimeGenerated, repoName, imageId, Critical, High, UserIdentityArn,
  element_at(split(Account, '@'), 1) AS AccountName,
  '' AS AccountUPNSuffix
FROM named
