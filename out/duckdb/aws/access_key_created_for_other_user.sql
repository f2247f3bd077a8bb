-- AWSCloudTrail - Access key created for another user
-- rule 28687991-9578-586f-88d9-d32e80af92b9, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH extended AS (
  -- the rule's window
  -- where EventName =~ "createaccesskey" and isempty(ErrorCode)
  -- extend TargetUser = tostring(parse_json(RequestParameters).userName)
  -- extend ActorName = Actor(UserIdentityArn), SessionName = extract(@"assumed-role/[^/]+/(.+)", 1, UserIdentityArn)
  -- where isnotempty(TargetUser) and TargetUser !~ ActorName
  -- extend KeyId = tostring(parse_json(ResponseElements).accessKey.accessKeyId)
  -- project TimeGenerated, ActorName, SessionName, TargetUser, KeyId, UserIdentityArn, SourceIpAddress
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    regexp_extract(coalesce(UserIdentityArn, ''), '([^/:]+)$', 1) AS ActorName,
    regexp_extract(coalesce(UserIdentityArn, ''), 'assumed-role/[^/]+/(.+)', 1) AS SessionName,
    coalesce(json_extract_string(TRY_CAST(RequestParameters AS JSON), '$.userName'), '') AS TargetUser,
    coalesce(json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.accessKey.accessKeyId'), '') AS KeyId,
    coalesce(UserIdentityArn, '') AS UserIdentityArn,
    coalesce(SourceIpAddress, '') AS SourceIpAddress
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND lower(EventName) = 'createaccesskey'
    AND coalesce(ErrorCode, '') = ''
    AND coalesce(json_extract_string(TRY_CAST(RequestParameters AS JSON), '$.userName'), '') <> ''
    AND lower(coalesce(json_extract_string(TRY_CAST(RequestParameters AS JSON), '$.userName'), '')) <> lower(regexp_extract(coalesce(UserIdentityArn, ''), '([^/:]+)$', 1))
)
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  ActorName,
  SessionName,
  TargetUser,
  KeyId,
  UserIdentityArn,
  SourceIpAddress
FROM extended
