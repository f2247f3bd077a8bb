-- AWSCloudTrail - Console password spray from one address
-- rule 5997d2e3-0cea-5431-89ed-4490a2b7dd73, version 1.0.0; every 30 minutes over the last 1 hour; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  -- where EventName == "ConsoleLogin"
  -- extend Outcome = tostring(parse_json(ResponseElements).ConsoleLogin)
  -- where Outcome != "Success"
  SELECT
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserAgent, '') AS UserAgent,
    coalesce(UserIdentityUserName, '') AS UserIdentityUserName
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND EventName = 'ConsoleLogin'
    AND coalesce(json_extract_string(TRY_CAST(ResponseElements AS JSON), '$.ConsoleLogin'), '') <> 'Success'
),
grouped AS (
  -- summarize Attempts = count(), Users = dcount(UserIdentityUserName), UserNames = make_set(UserIdentityUserName, 100), Agents = make_set(UserAgent) by SourceIpAd…
  SELECT
    SourceIpAddress,
    TimeGenerated - TimeGenerated % 6000000000 AS TimeGenerated,
    count(*) AS Attempts,
    count(DISTINCT UserIdentityUserName) AS Users,
    coalesce(to_json(list_slice(list_extract(list_transform([list(to_json(UserIdentityUserName))], LAMBDA x1 : list_filter(x1, LAMBDA x2, x3 : list_position(x1, x2) = x3)), 1), 1, 100)), CAST('[]' AS JSON)) AS UserNames,
    coalesce(to_json(list_extract(list_transform([list(to_json(UserAgent))], LAMBDA x4 : list_filter(x4, LAMBDA x5, x6 : list_position(x4, x5) = x6)), 1)), CAST('[]' AS JSON)) AS Agents
  FROM filtered
  GROUP BY 1, 2
)
-- where Users >= 3
-- sort by Attempts desc, SourceIpAddress asc
SELECT
  SourceIpAddress,
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  Attempts,
  Users,
  UserNames,
  Agents
FROM grouped
WHERE Users >= 3
ORDER BY grouped.Attempts DESC, grouped.SourceIpAddress NULLS FIRST
