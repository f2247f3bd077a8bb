-- AWSCloudTrail - ECR image scan findings high or critical
-- rule f6928301-56da-4d2c-aabe-e1a552bc8892, version 1.0.3; every 1 day over the last 1 day; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where EventName == "DescribeImageScanFindings" and isempty(ErrorCode) and isempty(ErrorMessage)
  -- extend repoName = tostring(parse_json(ResponseElements).repositoryName)
  -- extend imageId = tostring(parse_json(ResponseElements).imageId.imageDigest)
  SELECT
    RecipientAccountId,
    Resources,
    ResponseElements,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    nullif(json_extract(TRY_CAST(ResponseElements AS JSON), '$.imageScanFindings.findingSeverityCounts.CRITICAL'), 'null') AS _v1
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'DescribeImageScanFindings'
    AND coalesce(ErrorCode, '') = ''
    AND coalesce(ErrorMessage, '') = ''
),
extended_2 AS (
  SELECT
    RecipientAccountId,
    Resources,
    ResponseElements,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    _v1,
    CASE WHEN json_type(_v1) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN TRY_CAST(_v1 AS DOUBLE) END AS _v2,
    json_extract_string(_v1, '$') AS _v4
  FROM extended
),
extended_3 AS (
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
    _v1,
    CASE WHEN isnan(_v2) THEN CAST('-9223372036854775808' AS BIGINT) WHEN _v2 >= 9.223372036854776e+18 THEN 9223372036854775807 WHEN _v2 <= -9.223372036854776e+18 THEN CAST('-9223372036854775808' AS BIGINT) ELSE TRY_CAST(trunc(_v2) AS BIGINT) END AS _v3,
    CASE WHEN regexp_matches(_v4, '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(_v4 AS BIGINT) WHEN regexp_matches(_v4, '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN CAST(CAST(TRY(unhex(lpad(regexp_extract(_v4, '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) END AS _v5,
    nullif(json_extract(TRY_CAST(ResponseElements AS JSON), '$.imageScanFindings.findingSeverityCounts.HIGH'), 'null') AS _v6
  FROM extended_2
),
extended_4 AS (
  SELECT
    RecipientAccountId,
    Resources,
    ResponseElements,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    _v1,
    _v5,
    _v3,
    _v6,
    CASE WHEN json_type(_v6) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN TRY_CAST(_v6 AS DOUBLE) END AS _v7,
    json_extract_string(_v6, '$') AS _v9
  FROM extended_3
),
extended_5 AS (
  SELECT
    RecipientAccountId,
    Resources,
    ResponseElements,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    _v1,
    _v5,
    _v3,
    _v6,
    CASE WHEN isnan(_v7) THEN CAST('-9223372036854775808' AS BIGINT) WHEN _v7 >= 9.223372036854776e+18 THEN 9223372036854775807 WHEN _v7 <= -9.223372036854776e+18 THEN CAST('-9223372036854775808' AS BIGINT) ELSE TRY_CAST(trunc(_v7) AS BIGINT) END AS _v8,
    CASE WHEN regexp_matches(_v9, '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(_v9 AS BIGINT) WHEN regexp_matches(_v9, '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN CAST(CAST(TRY(unhex(lpad(regexp_extract(_v9, '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) END AS _v10
  FROM extended_4
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
    CASE WHEN json_type(_v1) IN ('UBIGINT', 'BIGINT') THEN xor(TRY_CAST(json_extract_string(_v1, '$') AS BIGINT) & 4294967295, CAST(2147483648 AS BIGINT)) - 2147483648 WHEN json_type(_v1) = 'DOUBLE' THEN CASE WHEN _v3 > 2147483647 THEN 2147483647 WHEN _v3 < -2147483648 THEN -2147483648 ELSE _v3 END WHEN json_type(_v1) = 'VARCHAR' THEN CASE WHEN _v5 BETWEEN -2147483648 AND 2147483647 THEN _v5 END WHEN json_type(_v1) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v1, '$') = 'true' THEN 1 ELSE 0 END END AS Critical,
    CASE WHEN json_type(_v6) IN ('UBIGINT', 'BIGINT') THEN xor(TRY_CAST(json_extract_string(_v6, '$') AS BIGINT) & 4294967295, CAST(2147483648 AS BIGINT)) - 2147483648 WHEN json_type(_v6) = 'DOUBLE' THEN CASE WHEN _v8 > 2147483647 THEN 2147483647 WHEN _v8 < -2147483648 THEN -2147483648 ELSE _v8 END WHEN json_type(_v6) = 'VARCHAR' THEN CASE WHEN _v10 BETWEEN -2147483648 AND 2147483647 THEN _v10 END WHEN json_type(_v6) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v6, '$') = 'true' THEN 1 ELSE 0 END END AS High
  FROM extended_5
),
extended_6 AS (
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
extended_7 AS (
  -- extend UserName = tostring(split(UserIdentityArn, '/')[-1])
  SELECT
    RecipientAccountId,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    UserIdentityPrincipalid,
    UserIdentityUserName,
    repoName,
    imageId,
    Critical,
    High,
    coalesce(json_extract_string(to_json(string_split(UserIdentityArn, '/')), '$[#-1]'), '') AS UserName
  FROM extended_6
),
extended_8 AS (
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
    UserName,
    CASE WHEN UserIdentityPrincipalid = 'Anonymous' THEN 'Anonymous' WHEN UserIdentityUserName = '' THEN UserName ELSE UserIdentityUserName END AS AccountName
  FROM extended_7
),
extended_9 AS (
  SELECT
    RecipientAccountId,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    repoName,
    imageId,
    Critical,
    High,
    UserName,
    AccountName,
    string_split(AccountName, '@') AS _v11
  FROM extended_8
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
  CASE WHEN contains(lower(AccountName), '@') THEN coalesce(json_extract_string(CASE WHEN 1 BETWEEN 1 AND len(_v11) THEN to_json([list_extract(_v11, 1)]) END, '$[0]'), '') ELSE AccountName END AS AccountName,
  CASE WHEN contains(lower(AccountName), '@') THEN coalesce(json_extract_string(CASE WHEN 2 BETWEEN 1 AND len(_v11) THEN to_json([list_extract(_v11, 2)]) END, '$[0]'), '') ELSE '' END AS AccountUPNSuffix
FROM extended_9
