-- AWSCloudTrail - Many different calls denied to one identity
-- rule 101b23b0-ce93-5825-9423-955adb61e4da, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  -- where ErrorCode has_any ("AccessDenied", "UnauthorizedOperation") or ErrorMessage contains "not authorized"
  SELECT
    coalesce(EventName, '') AS EventName,
    coalesce(EventSource, '') AS EventSource,
    coalesce(SessionIssuerUserName, '') AS SessionIssuerUserName,
    coalesce(SourceIpAddress, '') AS SourceIpAddress,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserIdentityPrincipalid, '') AS UserIdentityPrincipalid,
    coalesce(UserIdentityUserName, '') AS UserIdentityUserName
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND (regexp_matches(lower(ErrorCode), '(?:^|[^\p{L}\p{N}])(?:accessdenied|unauthorizedoperation)(?:[^\p{L}\p{N}]|$)') OR contains(lower(ErrorMessage), 'not authorized'))
),
extended AS (
  -- extend Hour = bin(TimeGenerated, 1h), Identity = coalesce(UserIdentityUserName, SessionIssuerUserName, UserIdentityPrincipalid)
  SELECT
    EventName,
    EventSource,
    SourceIpAddress,
    TimeGenerated,
    TimeGenerated - TimeGenerated % 36000000000 AS Hour,
    coalesce(nullif(UserIdentityUserName, ''), nullif(SessionIssuerUserName, ''), nullif(UserIdentityPrincipalid, ''), '') AS Identity
  FROM filtered
),
grouped AS (
  -- summarize Denied = count(), Calls = dcount(EventName), CallNames = make_set(strcat(EventSource, ":", EventName), 50), Sources = make_set(SourceIpAddress), Last…
  SELECT
    Identity,
    Hour,
    count(*) AS Denied,
    count(DISTINCT EventName) AS Calls,
    coalesce(to_json(list_slice(list_extract(list_transform([list(to_json(EventSource || ':' || EventName))], LAMBDA x1 : list_filter(x1, LAMBDA x2, x3 : list_position(x1, x2) = x3)), 1), 1, 50)), CAST('[]' AS JSON)) AS CallNames,
    coalesce(to_json(list_extract(list_transform([list(to_json(SourceIpAddress))], LAMBDA x4 : list_filter(x4, LAMBDA x5, x6 : list_position(x4, x5) = x6)), 1)), CAST('[]' AS JSON)) AS Sources,
    max(TimeGenerated) AS LastDenied
  FROM extended
  GROUP BY 1, 2
)
-- where Calls >= 3
-- extend PerCall = Denied / Calls, Share = round(100.0 * Calls / Denied, 1)
-- top 10 by Denied desc
SELECT
  Identity,
  strftime(make_timestamp(Hour // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(Hour % 10 AS TEXT) || 'Z' AS Hour,
  Denied,
  Calls,
  CallNames,
  Sources,
  strftime(make_timestamp(LastDenied // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(LastDenied % 10 AS TEXT) || 'Z' AS LastDenied,
  Denied // nullif(Calls, 0) AS PerCall,
  round(100.0e0 * CAST(Calls AS DOUBLE) / CAST(Denied AS DOUBLE) * 10.0e0) / 10.0e0 AS Share
FROM grouped
WHERE Calls >= 3
ORDER BY grouped.Denied DESC
LIMIT 10
