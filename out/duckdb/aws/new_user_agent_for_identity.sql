-- AWSCloudTrail - Identity uses a user agent for the first time
-- rule 929f4f84-2c8b-598d-9fdc-10ccf963439f, version 1.0.0; every 1 day over the last 7 days; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  SELECT
    coalesce(EventName, '') AS EventName,
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserAgent, '') AS UserAgent,
    coalesce(UserIdentityArn, '') AS UserIdentityArn
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
),
grouped AS (
  -- where TimeGenerated >= ago(recent) and isnotempty(UserIdentityArn)
  -- where UserAgent !has "AWS Internal" and not(UserAgent startswith "aws-sdk-")
  -- summarize FirstSeen = min(TimeGenerated), Calls = count(), Events = make_set(EventName, 1000) by UserIdentityArn, UserAgent
  SELECT
    UserIdentityArn,
    UserAgent,
    min(TimeGenerated) AS FirstSeen,
    count(*) AS Calls,
    coalesce(to_json(list_slice(list_extract(list_transform([list(to_json(EventName))], LAMBDA x1 : list_filter(x1, LAMBDA x2, x3 : list_position(x1, x2) = x3)), 1), 1, 1000)), CAST('[]' AS JSON)) AS Events
  FROM filtered
  WHERE TimeGenerated >= epoch_us(CAST($now AS TIMESTAMP)) * 10 + 621355968000000000 - 864000000000
    AND UserIdentityArn <> ''
    AND NOT regexp_matches(lower(UserAgent), '(?:^|[^\p{L}\p{N}])aws internal(?:[^\p{L}\p{N}]|$)')
    AND NOT starts_with(lower(UserAgent), 'aws-sdk-')
  GROUP BY 1, 2
),
filtered_2 AS (
  -- the rule's window
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(UserAgent, '') AS UserAgent,
    coalesce(UserIdentityArn, '') AS UserIdentityArn
  FROM AWSCloudTrail
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
),
baseline AS (
  -- where TimeGenerated < ago(recent)
  -- where isnotempty(UserIdentityArn)
  -- distinct UserIdentityArn, UserAgent
  SELECT DISTINCT UserIdentityArn, UserAgent
  FROM filtered_2
  WHERE TimeGenerated < epoch_us(CAST($now AS TIMESTAMP)) * 10 + 621355968000000000 - 864000000000
    AND UserIdentityArn <> ''
),
filtered_3 AS (
  -- where Calls > 1
  SELECT UserIdentityArn, UserAgent, FirstSeen, Calls, Events
  FROM grouped
  WHERE Calls > 1
),
joined AS (
  -- join kind=leftanti (baseline) on UserIdentityArn, UserAgent
  SELECT
    l.UserIdentityArn AS UserIdentityArn,
    l.UserAgent AS UserAgent,
    l.FirstSeen AS FirstSeen,
    l.Calls AS Calls,
    l.Events AS Events
  FROM filtered_3 AS l
  WHERE NOT EXISTS(SELECT 1 FROM baseline AS r WHERE l.UserIdentityArn = r.UserIdentityArn AND l.UserAgent = r.UserAgent)
)
SELECT
  UserIdentityArn,
  UserAgent,
  strftime(make_timestamp(FirstSeen // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(FirstSeen % 10 AS TEXT) || 'Z' AS FirstSeen,
  Calls,
  Events
FROM joined
