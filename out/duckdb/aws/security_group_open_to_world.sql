-- AWSCloudTrail - Security group opened to the world
-- rule 6c2eb16d-c003-5a8d-859f-823a3a1f07b4, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where EventName == "AuthorizeSecurityGroupIngress" and isempty(ErrorCode)
  -- extend Parameters = parse_json(RequestParameters)
  SELECT
    coalesce(AWSRegion, '') AS AWSRegion,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityArn, '') AS UserIdentityArn,
    CASE WHEN json_valid(RequestParameters) THEN nullif(json(TRY_CAST(RequestParameters AS JSON)), 'null') WHEN RequestParameters <> '' THEN to_json(RequestParameters) END AS Parameters
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'AuthorizeSecurityGroupIngress'
    AND coalesce(ErrorCode, '') = ''
),
extended_2 AS (
  -- extend GroupId = tostring(Parameters.groupId)
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    Parameters,
    nullif(json_extract(Parameters, '$.ipPermissions.items'), 'null') AS _v2
  FROM extended
),
extended_3 AS (
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    coalesce(json_extract_string(Parameters, '$.groupId'), '') AS GroupId,
    CASE json_type(_v2) WHEN 'ARRAY' THEN TRY_CAST(_v2 AS JSON[]) WHEN 'OBJECT' THEN list_transform(json_keys(_v2), LAMBDA x3 : json_object(x3, CASE WHEN json_type(_v2) = 'OBJECT' THEN nullif(json_extract(_v2, '/' || replace(replace(x3, '~', '~0'), '/', '~1')), 'null') END)) ELSE [_v2] END AS _item1s
  FROM extended_2
),
expanded AS (
  SELECT
    AWSRegion,
    SourceIpAddress,
    TimeGenerated,
    UserIdentityArn,
    GroupId,
    unnest(_item1s) AS _item1,
    unnest(range(len(_item1s))) AS _row4
  FROM extended_3
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
    nullif(json_extract(_item1, '$.ipRanges.items'), 'null') AS _v6
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
    CASE json_type(_v6) WHEN 'ARRAY' THEN TRY_CAST(_v6 AS JSON[]) WHEN 'OBJECT' THEN list_transform(json_keys(_v6), LAMBDA x7 : json_object(x7, CASE WHEN json_type(_v6) = 'OBJECT' THEN nullif(json_extract(_v6, '/' || replace(replace(x7, '~', '~0'), '/', '~1')), 'null') END)) ELSE [_v6] END AS _item5s,
    _row4 AS _order9
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
    unnest(_item5s) AS _item5,
    unnest(range(len(_item5s))) AS _row8,
    _order9 AS _order10
  FROM expanded_3
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
    _item5,
    _order10,
    _row8,
    nullif(json_extract(Permission, '$.fromPort'), 'null') AS _v11,
    nullif(json_extract(Permission, '$.toPort'), 'null') AS _v12
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
    CASE WHEN json_type(_v11) IN ('UBIGINT', 'BIGINT') THEN TRY_CAST(json_extract_string(_v11, '$') AS BIGINT) WHEN json_type(_v11) = 'DOUBLE' THEN CASE WHEN isnan(TRY_CAST(_v11 AS DOUBLE)) THEN CAST('-9223372036854775808' AS BIGINT) WHEN TRY_CAST(_v11 AS DOUBLE) >= 9.223372036854776e+18 THEN 9223372036854775807 WHEN TRY_CAST(_v11 AS DOUBLE) <= -9.223372036854776e+18 THEN CAST('-9223372036854775808' AS BIGINT) ELSE TRY_CAST(trunc(TRY_CAST(_v11 AS DOUBLE)) AS BIGINT) END WHEN json_type(_v11) = 'VARCHAR' THEN CASE WHEN regexp_matches(json_extract_string(_v11, '$'), '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(json_extract_string(_v11, '$') AS BIGINT) WHEN regexp_matches(json_extract_string(_v11, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN CAST(CAST(TRY(unhex(lpad(regexp_extract(json_extract_string(_v11, '$'), '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) END WHEN json_type(_v11) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v11, '$') = 'true' THEN 1 ELSE 0 END END AS FromPort,
    CASE WHEN json_type(_v12) IN ('UBIGINT', 'BIGINT') THEN TRY_CAST(json_extract_string(_v12, '$') AS BIGINT) WHEN json_type(_v12) = 'DOUBLE' THEN CASE WHEN isnan(TRY_CAST(_v12 AS DOUBLE)) THEN CAST('-9223372036854775808' AS BIGINT) WHEN TRY_CAST(_v12 AS DOUBLE) >= 9.223372036854776e+18 THEN 9223372036854775807 WHEN TRY_CAST(_v12 AS DOUBLE) <= -9.223372036854776e+18 THEN CAST('-9223372036854775808' AS BIGINT) ELSE TRY_CAST(trunc(TRY_CAST(_v12 AS DOUBLE)) AS BIGINT) END WHEN json_type(_v12) = 'VARCHAR' THEN CASE WHEN regexp_matches(json_extract_string(_v12, '$'), '^\s*[+-]?[0-9]+\s*$') THEN TRY_CAST(json_extract_string(_v12, '$') AS BIGINT) WHEN regexp_matches(json_extract_string(_v12, '$'), '^\s*0[xX][0-9a-fA-F]{1,16}\s*$') THEN CAST(CAST(TRY(unhex(lpad(regexp_extract(json_extract_string(_v12, '$'), '[xX]([0-9a-fA-F]+)', 1), 16, '0'))) AS BIT) AS BIGINT) END WHEN json_type(_v12) = 'BOOLEAN' THEN CASE WHEN json_extract_string(_v12, '$') = 'true' THEN 1 ELSE 0 END END AS ToPort,
    coalesce(json_extract_string(Permission, '$.ipProtocol'), '') AS Protocol,
    coalesce(json_extract_string(_item5, '$.cidrIp'), '') AS Cidr,
    _order10 AS _order13,
    _row8 AS _order14
  FROM expanded_5
)
-- where Cidr in ("0.0.0.0/0", "::/0") and FromPort !in (WebPorts)
-- project TimeGenerated, GroupId, Protocol, FromPort, ToPort, Cidr, UserIdentityArn, SourceIpAddress, AWSRegion
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
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
