-- SecurityEvent - Remote logon gets special privileges
-- rule e0c7458d-8161-50e3-aac2-27d61db5035a, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH logons AS (
  -- the rule's window
  -- where EventID == 4624 and LogonType in (3, 10) and TargetUserName !endswith "$"
  -- project LogonTime = TimeGenerated, Computer, LogonId = TargetLogonId, User = TargetUserName, IpAddress, LogonType
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS LogonTime,
    coalesce(Computer, '') AS Computer,
    coalesce(TargetLogonId, '') AS LogonId,
    coalesce(TargetUserName, '') AS "User",
    coalesce(IpAddress, '') AS IpAddress
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) = 4624
    AND TRY_CAST(LogonType AS BIGINT) IN (3, 10)
    AND NOT ends_with(coalesce(TargetUserName, ''), '$')
),
privileged AS (
  -- the rule's window
  -- where EventID == 4672
  -- project PrivilegeTime = TimeGenerated, Computer, LogonId = SubjectLogonId, PrivilegeList
  SELECT
    coalesce(Computer, '') AS Computer,
    coalesce(SubjectLogonId, '') AS LogonId,
    coalesce(PrivilegeList, '') AS PrivilegeList
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) = 4672
),
joined AS (
  -- join kind=inner (Privileged) on Computer, LogonId
  SELECT
    l.LogonTime AS LogonTime,
    l.Computer AS Computer,
    l."User" AS "User",
    l.IpAddress AS IpAddress,
    r.PrivilegeList AS PrivilegeList
  FROM logons AS l
  JOIN privileged AS r ON l.Computer = r.Computer AND l.LogonId = r.LogonId
),
grouped AS (
  -- join kind=inner (Privileged) on Computer, LogonId
  -- extend Privileges = array_length(split(PrivilegeList, " "))
  -- summarize Logons = count(), Addresses = make_set(IpAddress), MaxPrivileges = max(Privileges), First = min(LogonTime) by User, Computer
  SELECT
    "User",
    Computer,
    count(*) AS Logons,
    coalesce(to_json(list_extract(list_transform([list(to_json(IpAddress))], LAMBDA x1 : list_filter(x1, LAMBDA x2, x3 : list_position(x1, x2) = x3)), 1)), CAST('[]' AS JSON)) AS Addresses,
    max(len(string_split(PrivilegeList, ' '))) AS MaxPrivileges,
    min(LogonTime) AS First
  FROM joined
  GROUP BY 1, 2
)
SELECT
  "User",
  Computer,
  Logons,
  Addresses,
  MaxPrivileges,
  strftime(make_timestamp(First // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(First % 10 AS TEXT) || 'Z' AS First
FROM grouped
