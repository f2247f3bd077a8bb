-- AWSCloudTrail - Latest policy of a bucket is public
-- rule 84bb2e20-6f25-5943-9bf4-4212fd972e89, version 1.0.0; every 1 day over the last 7 days; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
extended AS (
  -- the rule's window
  -- where EventSource == "s3.amazonaws.com" and EventName in ("PutBucketPolicy", "PutBucketAcl", "DeleteBucketPolicy")
  -- extend Bucket = tostring(parse_json(RequestParameters).bucketName)
  SELECT
    coalesce(eventname, '') AS EventName,
    coalesce(requestparameters, '') AS RequestParameters,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(requestparameters, '$.bucketName'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS Bucket
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND eventsource = 's3.amazonaws.com'
    AND eventname IN ('PutBucketPolicy', 'PutBucketAcl', 'DeleteBucketPolicy')
),
grouped AS (
  -- summarize arg_max(TimeGenerated, EventName, RequestParameters, UserIdentityArn, SourceIpAddress) by Bucket
  SELECT
    Bucket,
    coalesce(max_by(row(TimeGenerated, EventName, RequestParameters, UserIdentityArn, SourceIpAddress), TimeGenerated), arbitrary(row(TimeGenerated, EventName, RequestParameters, UserIdentityArn, SourceIpAddress))) AS _best1
  FROM extended
  GROUP BY 1
),
filtered AS (
  -- where EventName != "DeleteBucketPolicy"
  SELECT Bucket, _best1, _best1[3] AS _v2
  FROM grouped
  WHERE coalesce(_best1[2], '') <> 'DeleteBucketPolicy'
),
filtered_2 AS (
  -- extend Statement = tostring(parse_json(RequestParameters).bucketPolicy.Statement), Acl = tostring(parse_json(RequestParameters)["x-amz-acl"])
  SELECT
    Bucket,
    _best1[1] AS TimeGenerated,
    coalesce(_best1[2], '') AS EventName,
    coalesce(_best1[4], '') AS UserIdentityArn,
    coalesce(_best1[5], '') AS SourceIpAddress,
    coalesce(CASE WHEN TRY(is_json_scalar(_v2)) IS NOT NULL THEN element_at(transform(ARRAY[nullif(json_extract(_v2, '$.bucketPolicy.Statement'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1) END, '') AS Statement,
    coalesce(CASE WHEN TRY(is_json_scalar(_v2)) IS NOT NULL THEN element_at(transform(ARRAY[nullif(json_extract(_v2, '$["x-amz-acl"]'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1) END, '') AS Acl
  FROM filtered
)
-- where Acl startswith "public" or (Statement contains '"Principal":"*"' and Statement !contains '"Effect":"Deny"')
-- project TimeGenerated, Bucket, EventName, Acl, UserIdentityArn, SourceIpAddress
SELECT
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  Bucket,
  EventName,
  Acl,
  UserIdentityArn,
  SourceIpAddress
FROM filtered_2
WHERE starts_with(lower(Acl), 'public') OR strpos(lower(Statement), '"principal":"*"') > 0 AND NOT strpos(lower(Statement), '"effect":"deny"') > 0
