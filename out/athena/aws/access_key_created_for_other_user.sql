-- AWSCloudTrail - Access key created for another user
-- rule 28687991-9578-586f-88d9-d32e80af92b9, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  -- where EventName =~ "createaccesskey" and isempty(ErrorCode)
  -- extend TargetUser = tostring(parse_json(RequestParameters).userName)
  -- extend ActorName = Actor(UserIdentityArn), SessionName = extract(@"assumed-role/[^/]+/(.+)", 1, UserIdentityArn)
  SELECT
    coalesce(responseelements, '') AS ResponseElements,
    coalesce(sourceipaddress, '') AS SourceIpAddress,
    CAST(at_timezone(TRY(from_iso8601_timestamp_nanos(eventtime)), 'UTC') AS TIMESTAMP(7)) AS TimeGenerated,
    coalesce(useridentity.arn, '') AS UserIdentityArn,
    coalesce(element_at(transform(ARRAY[nullif(json_extract(requestparameters, '$.userName'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS TargetUser,
    coalesce(regexp_extract(coalesce(useridentity.arn, ''), '([^/:]+)\z', 1), '') AS ActorName,
    coalesce(regexp_extract(coalesce(useridentity.arn, ''), 'assumed-role/[^/]+/(.+)', 1), '') AS SessionName
  FROM cloudtrail_logs_pp
  WHERE "timestamp" >= date_format((SELECT window_start FROM run), '%Y/%m/%d')
    AND eventtime >= substr(to_iso8601((SELECT window_start FROM run)), 1, 19)
    AND "timestamp" <= date_format((SELECT window_end FROM run) + INTERVAL '1' HOUR, '%Y/%m/%d')
    AND eventtime < substr(to_iso8601((SELECT window_end FROM run)), 1, 19)
    AND lower(eventname) = 'createaccesskey'
    AND coalesce(errorcode, '') = ''
)
-- where isnotempty(TargetUser) and TargetUser !~ ActorName
-- extend KeyId = tostring(parse_json(ResponseElements).accessKey.accessKeyId)
-- project TimeGenerated, ActorName, SessionName, TargetUser, KeyId, UserIdentityArn, SourceIpAddress
SELECT
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  ActorName,
  SessionName,
  TargetUser,
  coalesce(element_at(transform(ARRAY[nullif(json_extract(ResponseElements, '$.accessKey.accessKeyId'), JSON 'null')], j -> CASE WHEN regexp_like(json_format(j), '^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}') THEN regexp_replace(json_format(j), '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))', m -> coalesce(m[1], element_at(transform(ARRAY[TRY_CAST(m[2] AS DOUBLE)], d -> CASE WHEN abs(d) >= 1000000000000000.0E0 OR abs(d) < 1E-05 THEN regexp_replace(format('%.16e', d), '\.?0+e', 'e') ELSE regexp_replace(format('%.22f', d), '(\.\d+?)0*\z', '$1') END), 1))) ELSE coalesce(json_extract_scalar(j, '$'), json_format(j)) END), 1), '') AS KeyId,
  UserIdentityArn,
  SourceIpAddress
FROM filtered
WHERE TargetUser <> ''
  AND lower(TargetUser) <> lower(ActorName)
