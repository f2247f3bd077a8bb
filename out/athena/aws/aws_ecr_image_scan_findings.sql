-- AWSCloudTrail - ECR image scan findings high or critical
-- rule f6928301-56da-4d2c-aabe-e1a552bc8892, version 1.0.3; every 1 day over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
extended AS (
  -- the rule's window
  -- where EventName == "DescribeImageScanFindings" and isempty(ErrorCode) and isempty(ErrorMessage)
  -- extend repoName = tostring(parse_json(ResponseElements).repositoryName)
  -- extend imageId = tostring(parse_json(ResponseElements).imageId.imageDigest)
  -- extend Critical = toint(parse_json(ResponseElements).imageScanFindings.findingSeverityCounts.CRITICAL)
  SELECT
    recipientaccountid,
    resources,
    responseelements,
    sourceipaddress,
    eventtime,
    useridentity,
    nullif(json_extract(responseelements, '$.imageScanFindings.findingSeverityCounts.CRITICAL'), JSON 'null') AS _v1,
    nullif(json_extract(responseelements, '$.imageScanFindings.findingSeverityCounts.HIGH'), JSON 'null') AS _v2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventname = 'DescribeImageScanFindings'
    AND coalesce(errorcode, '') = ''
    AND coalesce(errormessage, '') = ''
),
filtered AS (
  -- extend High = toint(parse_json(ResponseElements).imageScanFindings.findingSeverityCounts.HIGH)
  SELECT
    coalesce(recipientaccountid, '') AS RecipientAccountId,
    coalesce(json_format(CAST(transform(resources, r -> CASE WHEN r IS NOT NULL THEN CAST(row(r.arn, r.accountid, r.type) AS ROW("ARN" VARCHAR, "accountId" VARCHAR, "type" VARCHAR)) END) AS JSON)), '') AS Resources,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(useridentity.principalid, '') AS UserIdentityPrincipalid,
    coalesce(useridentity.username, '') AS UserIdentityUserName,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(responseelements, '$.repositoryName'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS repoName,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(responseelements, '$.imageId.imageDigest'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS imageId,
    CASE WHEN regexp_like(json_format(_v1), '^-?[0-9]{1,19}\z') THEN bitwise_right_shift_arithmetic(bitwise_left_shift(TRY_CAST(json_format(_v1) AS BIGINT), 32), 32) WHEN starts_with(json_format(_v1), '"') AND regexp_like(json_extract_scalar(_v1, '$'), '^\s*[+-]?[0-9]+\s*\z') THEN CASE WHEN TRY_CAST(trim(json_extract_scalar(_v1, '$')) AS BIGINT) BETWEEN -2147483648 AND 2147483647 THEN TRY_CAST(trim(json_extract_scalar(_v1, '$')) AS BIGINT) END WHEN starts_with(json_format(_v1), '"') AND regexp_like(json_extract_scalar(_v1, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*\z') THEN CASE WHEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v1, '$')), 3), 16, '0'))) BETWEEN -2147483648 AND 2147483647 THEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v1, '$')), 3), 16, '0'))) END WHEN json_format(_v1) IN ('true', 'false') THEN CASE WHEN json_format(_v1) = 'true' THEN BIGINT '1' ELSE BIGINT '0' END WHEN TRY_CAST(json_format(_v1) AS DOUBLE) >= 2147483647.0E0 THEN BIGINT '2147483647' WHEN TRY_CAST(json_format(_v1) AS DOUBLE) <= -2147483648.0E0 THEN BIGINT '-2147483648' ELSE TRY_CAST(truncate(TRY_CAST(json_format(_v1) AS DOUBLE)) AS BIGINT) END AS Critical,
    CASE WHEN regexp_like(json_format(_v2), '^-?[0-9]{1,19}\z') THEN bitwise_right_shift_arithmetic(bitwise_left_shift(TRY_CAST(json_format(_v2) AS BIGINT), 32), 32) WHEN starts_with(json_format(_v2), '"') AND regexp_like(json_extract_scalar(_v2, '$'), '^\s*[+-]?[0-9]+\s*\z') THEN CASE WHEN TRY_CAST(trim(json_extract_scalar(_v2, '$')) AS BIGINT) BETWEEN -2147483648 AND 2147483647 THEN TRY_CAST(trim(json_extract_scalar(_v2, '$')) AS BIGINT) END WHEN starts_with(json_format(_v2), '"') AND regexp_like(json_extract_scalar(_v2, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*\z') THEN CASE WHEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v2, '$')), 3), 16, '0'))) BETWEEN -2147483648 AND 2147483647 THEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v2, '$')), 3), 16, '0'))) END WHEN json_format(_v2) IN ('true', 'false') THEN CASE WHEN json_format(_v2) = 'true' THEN BIGINT '1' ELSE BIGINT '0' END WHEN TRY_CAST(json_format(_v2) AS DOUBLE) >= 2147483647.0E0 THEN BIGINT '2147483647' WHEN TRY_CAST(json_format(_v2) AS DOUBLE) <= -2147483648.0E0 THEN BIGINT '-2147483648' ELSE TRY_CAST(truncate(TRY_CAST(json_format(_v2) AS DOUBLE)) AS BIGINT) END AS High
  FROM extended
),
extended_2 AS (
  -- where Critical > 0 or High > 0
  -- extend UserIdentityArn = iif(isempty(UserIdentityArn), tostring(parse_json(Resources)[0].ARN), UserIdentityArn)
  SELECT
    RecipientAccountId,
    SourceIpAddress,
    TimeGenerated,
    CASE WHEN UserIdentityArn = '' THEN coalesce(CASE WHEN json_array_length(Resources) IS NOT NULL THEN element_at(transform(ARRAY[nullif(json_extract(Resources, '$[0].ARN'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1) END, '') ELSE UserIdentityArn END AS UserIdentityArn,
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
    coalesce(element_at(split(UserIdentityArn, '/'), -1), '') AS UserName,
    CASE WHEN UserIdentityPrincipalid = 'Anonymous' THEN 'Anonymous' WHEN UserIdentityUserName = '' THEN coalesce(element_at(split(UserIdentityArn, '/'), -1), '') ELSE UserIdentityUserName END AS AccountName
  FROM extended_2
)
-- extend AccountName = iif(AccountName contains "@", tostring(split(AccountName, '@', 0)[0]), AccountName), AccountUPNSuffix = iif(AccountName contains "@", tost…
SELECT
  RecipientAccountId,
  SourceIpAddress,
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  UserIdentityArn,
  repoName,
  imageId,
  Critical,
  High,
  UserName,
  CASE WHEN strpos(AccountName, '@') > 0 THEN coalesce(element_at(split(AccountName, '@'), 1), '') ELSE AccountName END AS AccountName,
  CASE WHEN strpos(AccountName, '@') > 0 THEN coalesce(element_at(split(AccountName, '@'), 2), '') ELSE '' END AS AccountUPNSuffix
FROM extended_3
