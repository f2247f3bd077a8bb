-- AWSCloudTrail - Latest policy of a bucket is public
-- rule 84bb2e20-6f25-5943-9bf4-4212fd972e89, version 1.0.0; every 1 day over the last 7 days; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where EventSource == "s3.amazonaws.com" and EventName in ("PutBucketPolicy", "PutBucketAcl", "DeleteBucketPolicy")
  -- extend Bucket = tostring(parse_json(RequestParameters).bucketName)
  SELECT
    coalesce(EventName, '') AS EventName,
    coalesce(RequestParameters, '') AS RequestParameters,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityArn, '') AS UserIdentityArn,
    coalesce(json_extract_string(TRY_CAST(RequestParameters AS JSON), '$.bucketName'), '') AS Bucket
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventSource = 's3.amazonaws.com'
    AND EventName IN ('PutBucketPolicy', 'PutBucketAcl', 'DeleteBucketPolicy')
),
grouped AS (
  -- summarize arg_max(TimeGenerated, EventName, RequestParameters, UserIdentityArn, SourceIpAddress) by Bucket
  SELECT
    Bucket,
    first(row(TimeGenerated, EventName, RequestParameters, UserIdentityArn, SourceIpAddress) ORDER BY TimeGenerated DESC) AS _best1
  FROM extended
  GROUP BY 1
),
filtered AS (
  -- where EventName != "DeleteBucketPolicy"
  SELECT Bucket, _best1
  FROM grouped
  WHERE coalesce(struct_extract(_best1, 2), '') <> 'DeleteBucketPolicy'
),
filtered_2 AS (
  -- extend Statement = tostring(parse_json(RequestParameters).bucketPolicy.Statement), Acl = tostring(parse_json(RequestParameters)["x-amz-acl"])
  -- where Acl startswith "public" or (Statement contains '"Principal":"*"' and Statement !contains '"Effect":"Deny"')
  -- project TimeGenerated, Bucket, EventName, Acl, UserIdentityArn, SourceIpAddress
  SELECT
    struct_extract(_best1, 1) AS TimeGenerated,
    Bucket,
    coalesce(struct_extract(_best1, 2), '') AS EventName,
    coalesce(json_extract_string(TRY_CAST(struct_extract(_best1, 3) AS JSON), '$."x-amz-acl"'), '') AS Acl,
    coalesce(struct_extract(_best1, 4), '') AS UserIdentityArn,
    coalesce(struct_extract(_best1, 5), '') AS SourceIpAddress
  FROM filtered
  WHERE starts_with(lower(json_extract_string(TRY_CAST(struct_extract(_best1, 3) AS JSON), '$."x-amz-acl"')), 'public') OR contains(lower(json_extract_string(TRY_CAST(struct_extract(_best1, 3) AS JSON), '$.bucketPolicy.Statement')), '"principal":"*"') AND NOT contains(lower(coalesce(json_extract_string(TRY_CAST(struct_extract(_best1, 3) AS JSON), '$.bucketPolicy.Statement'), '')), '"effect":"deny"')
)
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  Bucket,
  EventName,
  Acl,
  UserIdentityArn,
  SourceIpAddress
FROM filtered_2
