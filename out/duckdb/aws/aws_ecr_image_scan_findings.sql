-- AWSCloudTrail - ECR image scan findings high or critical
-- rule f6928301-56da-4d2c-aabe-e1a552bc8892, version 1.0.3; every 1 day over the last 1 day; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where EventName == "DescribeImageScanFindings" and isempty(ErrorCode) and isempty(ErrorMessage)
  -- extend repoName = tostring(parse_json(ResponseElements).repositoryName)
  -- extend imageId = tostring(parse_json(ResponseElements).imageId.imageDigest)
  -- extend Critical = toint(parse_json(ResponseElements).imageScanFindings.findingSeverityCounts.CRITICAL)
  SELECT
    RecipientAccountId,
    Resources,
    ResponseElements,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    nullif(json_extract(TRY_CAST(ResponseElements AS JSON), '$.imageScanFindings.findingSeverityCounts.CRITICAL'), 'null') AS _v1,
    nullif(json_extract(TRY_CAST(ResponseElements AS JSON), '$.imageScanFindings.findingSeverityCounts.HIGH'), 'null') AS _v2
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'DescribeImageScanFindings'
    AND coalesce(ErrorCode, '') = ''
    AND coalesce(ErrorMessage, '') = ''
),
filtered AS (
  -- extend High = toint(parse_json(ResponseElements).imageScanFindings.findingSeverityCounts.HIGH)
  SELECT
    coalesce(RecipientAccountId, '') AS RecipientAccountId,
    coalesce(Resources, '') AS Resources,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityArn, '') AS UserIdentityArn,
    coalesce(UserIdentityPrincipalid, '') AS UserIdentityPrincipalid,
    coalesce(UserIdentityUserName, '') AS UserIdentityUserName,
    coalesce(json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.repositoryName'), '') AS repoName,
    coalesce(json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.imageId.imageDigest'), '') AS imageId,
    CASE WHEN json_type(_v1) IN ('UBIGINT', 'BIGINT') THEN xor(TRY_CAST(json_extract_string(_v1, '$') AS BIGINT) & 4294967295, CAST(2147483648 AS BIGINT)) - 2147483648 WHEN json_type(_v1) = 'DOUBLE' THEN CASE WHEN isnan(TRY_CAST(_v1 AS DOUBLE)) OR TRY_CAST(_v1 AS DOUBLE) <= -2147483648.0e0 THEN CAST('-2147483648' AS BIGINT) WHEN TRY_CAST(_v1 AS DOUBLE) >= 2147483647.0e0 THEN 2147483647 ELSE TRY_CAST(trunc(TRY_CAST(_v1 AS DOUBLE)) AS BIGINT) END WHEN json_type(_v1) = 'VARCHAR' THEN CAST(CASE WHEN regexp_matches(json_extract_string(_v1, '$'), '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(json_extract_string(_v1, '$') AS INT) WHEN regexp_matches(json_extract_string(_v1, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN TRY_CAST(CAST(CAST(TRY(unhex(lpad(regexp_extract(json_extract_string(_v1, '$'), '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) AS INT) END AS BIGINT) WHEN json_type(_v1) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v1, '$') = 'true' THEN 1 ELSE 0 END END AS Critical,
    CASE WHEN json_type(_v2) IN ('UBIGINT', 'BIGINT') THEN xor(TRY_CAST(json_extract_string(_v2, '$') AS BIGINT) & 4294967295, CAST(2147483648 AS BIGINT)) - 2147483648 WHEN json_type(_v2) = 'DOUBLE' THEN CASE WHEN isnan(TRY_CAST(_v2 AS DOUBLE)) OR TRY_CAST(_v2 AS DOUBLE) <= -2147483648.0e0 THEN CAST('-2147483648' AS BIGINT) WHEN TRY_CAST(_v2 AS DOUBLE) >= 2147483647.0e0 THEN 2147483647 ELSE TRY_CAST(trunc(TRY_CAST(_v2 AS DOUBLE)) AS BIGINT) END WHEN json_type(_v2) = 'VARCHAR' THEN CAST(CASE WHEN regexp_matches(json_extract_string(_v2, '$'), '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(json_extract_string(_v2, '$') AS INT) WHEN regexp_matches(json_extract_string(_v2, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN TRY_CAST(CAST(CAST(TRY(unhex(lpad(regexp_extract(json_extract_string(_v2, '$'), '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) AS INT) END AS BIGINT) WHEN json_type(_v2) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v2, '$') = 'true' THEN 1 ELSE 0 END END AS High
  FROM extended
),
extended_2 AS (
  -- where Critical > 0 or High > 0
  -- extend UserIdentityArn = iif(isempty(UserIdentityArn), tostring(parse_json(Resources)[0].ARN), UserIdentityArn)
  SELECT
    RecipientAccountId,
    SourceIpAddress,
    TimeGenerated,
    CASE WHEN UserIdentityArn = '' THEN coalesce(json_extract_string(TRY_CAST(Resources AS JSON), '$[0].ARN'), '') ELSE UserIdentityArn END AS UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    repoName,
    imageId,
    Critical,
    High
  FROM filtered
  WHERE Critical > 0 OR High > 0
),
extended_3 AS (
  -- extend UserName = tostring(split(UserIdentityArn, '/')[-1])
  -- extend AccountName = case( UserIdentityPrincipalid == "Anonymous", "Anonymous", isempty(UserIdentityUserName), UserName, UserIdentityUserName)
  SELECT
    RecipientAccountId,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    repoName,
    imageId,
    Critical,
    High,
    coalesce(list_extract(string_split(UserIdentityArn, '/'), -1), '') AS UserName,
    CASE WHEN UserIdentityPrincipalid = 'Anonymous' THEN 'Anonymous' WHEN UserIdentityUserName = '' THEN coalesce(list_extract(string_split(UserIdentityArn, '/'), -1), '') ELSE UserIdentityUserName END AS AccountName
  FROM extended_2
)
-- extend AccountName = iif(AccountName contains "@", tostring(split(AccountName, '@', 0)[0]), AccountName), AccountUPNSuffix = iif(AccountName contains "@", tost…
SELECT
  RecipientAccountId,
  SourceIpAddress,
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  UserIdentityArn,
  repoName,
  imageId,
  Critical,
  High,
  UserName,
  CASE WHEN contains(AccountName, '@') THEN coalesce(list_extract(string_split(AccountName, '@'), 1), '') ELSE AccountName END AS AccountName,
  CASE WHEN contains(AccountName, '@') THEN coalesce(list_extract(string_split(AccountName, '@'), 2), '') ELSE '' END AS AccountUPNSuffix
FROM extended_3
