-- Buckets whose latest policy or ACL is public, as an analyst writes it for Athena.
WITH changes AS (
  SELECT
    from_iso8601_timestamp(eventtime) AS TimeGenerated,
    eventname, requestparameters, useridentity.arn AS arn, sourceipaddress,
    coalesce(json_extract_scalar(requestparameters, '$.bucketName'), '') AS Bucket
  FROM bench_cloudtrail
  WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
    AND eventtime >= '{start}' AND eventtime < '{end}'
    AND eventsource = 's3.amazonaws.com'
    AND eventname IN ('PutBucketPolicy', 'PutBucketAcl', 'DeleteBucketPolicy')
),
latest AS (
  SELECT
    Bucket,
    max(TimeGenerated) AS TimeGenerated,
    max_by(CAST(ROW(eventname, requestparameters, arn, sourceipaddress) AS ROW(event VARCHAR, request VARCHAR, arn VARCHAR, address VARCHAR)), TimeGenerated) AS last
  FROM changes
  GROUP BY Bucket
),
read AS (
  SELECT
    TimeGenerated, Bucket, last.event AS EventName, last.arn AS UserIdentityArn, last.address AS SourceIpAddress,
    coalesce(json_format(json_extract(last.request, '$.bucketPolicy.Statement')), '') AS Statement,
    coalesce(json_extract_scalar(last.request, '$["x-amz-acl"]'), json_format(json_extract(last.request, '$["x-amz-acl"]')), '') AS Acl
  FROM latest
  WHERE last.event <> 'DeleteBucketPolicy'
)
SELECT TimeGenerated, Bucket, EventName, Acl, UserIdentityArn, SourceIpAddress
FROM read
WHERE lower(Acl) LIKE 'public%'
  OR (lower(Statement) LIKE '%"principal":"*"%' AND lower(Statement) NOT LIKE '%"effect":"deny"%')
