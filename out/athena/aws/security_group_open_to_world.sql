-- AWSCloudTrail - Security group opened to the world
-- rule 6c2eb16d-c003-5a8d-859f-823a3a1f07b4, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
extended AS (
  -- the rule's window
  -- where EventName == "AuthorizeSecurityGroupIngress" and isempty(ErrorCode)
  -- extend Parameters = parse_json(RequestParameters)
  -- extend GroupId = tostring(Parameters.groupId)
  SELECT
    awsregion,
    requestparameters,
    sourceipaddress,
    eventtime,
    useridentity,
    nullif(json_extract(requestparameters, '$.ipPermissions.items'), JSON 'null') AS _v2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventname = 'AuthorizeSecurityGroupIngress'
    AND coalesce(errorcode, '') = ''
),
extended_2 AS (
  SELECT
    coalesce(awsregion, '') AS AWSRegion,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(requestparameters, '$.groupId'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS GroupId,
    coalesce(CASE WHEN json_array_length(_v2) IS NOT NULL THEN transform(CAST(_v2 AS ARRAY(JSON)), e -> nullif(e, JSON 'null')) END, transform(CASE WHEN starts_with(json_format(_v2), '{') THEN CAST(json_parse(coalesce(json_query(json_format(_v2), 'lax $.keyvalue().name' WITH ARRAY WRAPPER), '[]')) AS ARRAY(VARCHAR)) END, x3 -> json_extract('{' || json_format(CAST(x3 AS JSON)) || ':' || coalesce(json_format(nullif(json_extract(_v2, '$["' || replace(replace(x3, '\', '\\'), '"', '\"') || '"]'), JSON 'null')), 'null') || '}', '$')), ARRAY[_v2]) AS _item1s
  FROM extended
),
expanded AS (
  SELECT AWSRegion, SourceIpAddress, TimeGenerated, UserIdentityArn, GroupId, _item1, _row4_1 - 1 AS _row4
  FROM extended_2
  CROSS JOIN UNNEST(_item1s) WITH ORDINALITY AS u5(_item1, _row4_1)
),
expanded_2 AS (
  -- mv-expand Permission = Parameters.ipPermissions.items
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    _item1,
    _row4,
    nullif(json_extract(_item1, '$.ipRanges.items'), JSON 'null') AS _v7
  FROM expanded
),
expanded_3 AS (
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    _item1 AS Permission,
    coalesce(CASE WHEN json_array_length(_v7) IS NOT NULL THEN transform(CAST(_v7 AS ARRAY(JSON)), e -> nullif(e, JSON 'null')) END, transform(CASE WHEN starts_with(json_format(_v7), '{') THEN CAST(json_parse(coalesce(json_query(json_format(_v7), 'lax $.keyvalue().name' WITH ARRAY WRAPPER), '[]')) AS ARRAY(VARCHAR)) END, x8 -> json_extract('{' || json_format(CAST(x8 AS JSON)) || ':' || coalesce(json_format(nullif(json_extract(_v7, '$["' || replace(replace(x8, '\', '\\'), '"', '\"') || '"]'), JSON 'null')), 'null') || '}', '$')), ARRAY[_v7]) AS _item6s,
    _row4 AS _order10
  FROM expanded_2
),
expanded_4 AS (
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    Permission,
    _item6,
    _row9_1 - 1 AS _row9,
    _order10 AS _order12
  FROM expanded_3
  CROSS JOIN UNNEST(_item6s) WITH ORDINALITY AS u11(_item6, _row9_1)
),
expanded_5 AS (
  -- mv-expand Range = Permission.ipRanges.items
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    Permission,
    _item6,
    _order12,
    _row9,
    nullif(json_extract(Permission, '$.fromPort'), JSON 'null') AS _v13,
    nullif(json_extract(Permission, '$.toPort'), JSON 'null') AS _v14
  FROM expanded_4
),
filtered AS (
  -- extend FromPort = tolong(Permission.fromPort), ToPort = tolong(Permission.toPort), Protocol = tostring(Permission.ipProtocol), Cidr = tostring(Range.cidrIp)
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    CASE WHEN regexp_like(json_format(_v13), '^-?[0-9]{1,19}\z') THEN TRY_CAST(json_format(_v13) AS BIGINT) WHEN starts_with(json_format(_v13), '"') AND regexp_like(json_extract_scalar(_v13, '$'), '^\s*[+-]?[0-9]+\s*\z') THEN TRY_CAST(trim(json_extract_scalar(_v13, '$')) AS BIGINT) WHEN starts_with(json_format(_v13), '"') AND regexp_like(json_extract_scalar(_v13, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*\z') THEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v13, '$')), 3), 16, '0'))) WHEN json_format(_v13) IN ('true', 'false') THEN CASE WHEN json_format(_v13) = 'true' THEN BIGINT '1' ELSE BIGINT '0' END WHEN TRY_CAST(json_format(_v13) AS DOUBLE) >= 9.223372036854776E18 THEN BIGINT '9223372036854775807' WHEN TRY_CAST(json_format(_v13) AS DOUBLE) <= -9.223372036854776E18 THEN BIGINT '-9223372036854775808' ELSE TRY_CAST(truncate(TRY_CAST(json_format(_v13) AS DOUBLE)) AS BIGINT) END AS FromPort,
    CASE WHEN regexp_like(json_format(_v14), '^-?[0-9]{1,19}\z') THEN TRY_CAST(json_format(_v14) AS BIGINT) WHEN starts_with(json_format(_v14), '"') AND regexp_like(json_extract_scalar(_v14, '$'), '^\s*[+-]?[0-9]+\s*\z') THEN TRY_CAST(trim(json_extract_scalar(_v14, '$')) AS BIGINT) WHEN starts_with(json_format(_v14), '"') AND regexp_like(json_extract_scalar(_v14, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*\z') THEN from_big_endian_64(from_hex(lpad(substr(trim(json_extract_scalar(_v14, '$')), 3), 16, '0'))) WHEN json_format(_v14) IN ('true', 'false') THEN CASE WHEN json_format(_v14) = 'true' THEN BIGINT '1' ELSE BIGINT '0' END WHEN TRY_CAST(json_format(_v14) AS DOUBLE) >= 9.223372036854776E18 THEN BIGINT '9223372036854775807' WHEN TRY_CAST(json_format(_v14) AS DOUBLE) <= -9.223372036854776E18 THEN BIGINT '-9223372036854775808' ELSE TRY_CAST(truncate(TRY_CAST(json_format(_v14) AS DOUBLE)) AS BIGINT) END AS ToPort,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(Permission, '$.ipProtocol'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS Protocol,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(_item6, '$.cidrIp'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS Cidr,
    _order12 AS _order15,
    _row9 AS _order16
  FROM expanded_5
)
-- where Cidr in ("0.0.0.0/0", "::/0") and FromPort !in (WebPorts)
-- project TimeGenerated, GroupId, Protocol, FromPort, ToPort, Cidr, UserIdentityArn, SourceIpAddress, AWSRegion
SELECT
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  GroupId,
  Protocol,
  FromPort,
  ToPort,
  Cidr,
  UserIdentityArn,
  SourceIpAddress,
  AWSRegion
FROM filtered
WHERE Cidr IN ('0.0.0.0/0', '::/0')
  AND NOT coalesce(FromPort IN (80, 443), FALSE)
