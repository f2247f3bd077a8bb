-- SecurityEvent - Remote logon gets special privileges
-- rule e0c7458d-8161-50e3-aac2-27d61db5035a, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  SELECT
    coalesce(computer, '') AS Computer,
    CAST(eventid AS BIGINT) AS EventID,
    coalesce(ipaddress, '') AS IpAddress,
    CAST(logontype AS BIGINT) AS LogonType,
    coalesce(targetlogonid, '') AS TargetLogonId,
    coalesce(targetusername, '') AS TargetUserName,
    timegenerated AS TimeGenerated
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
logons AS (
  -- where EventID == 4624 and LogonType in (3, 10) and TargetUserName !endswith "$"
  -- project LogonTime = TimeGenerated, Computer, LogonId = TargetLogonId, User = TargetUserName, IpAddress, LogonType
  SELECT TimeGenerated AS LogonTime, Computer, TargetLogonId AS LogonId, TargetUserName AS "User", IpAddress
  FROM filtered
  WHERE EventID = 4624
    AND LogonType IN (3, 10)
    AND NOT regexp_like(TargetUserName, '\$\z')
),
filtered_2 AS (
  -- the rule's window
  SELECT
    coalesce(computer, '') AS Computer,
    CAST(eventid AS BIGINT) AS EventID,
    coalesce(privilegelist, '') AS PrivilegeList,
    coalesce(subjectlogonid, '') AS SubjectLogonId
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
privileged AS (
  -- where EventID == 4672
  -- project PrivilegeTime = TimeGenerated, Computer, LogonId = SubjectLogonId, PrivilegeList
  SELECT Computer, SubjectLogonId AS LogonId, PrivilegeList
  FROM filtered_2
  WHERE EventID = 4672
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
extended AS (
  -- join kind=inner (Privileged) on Computer, LogonId
  -- extend Privileges = array_length(split(PrivilegeList, " "))
  SELECT LogonTime, Computer, "User", IpAddress, cardinality(split(PrivilegeList, ' ')) AS Privileges
  FROM joined
),
grouped AS (
  -- summarize Logons = count(), Addresses = make_set(IpAddress), MaxPrivileges = max(Privileges), First = min(LogonTime) by User, Computer
  SELECT
    "User",
    Computer,
    count(*) AS Logons,
    coalesce(CAST(array_distinct(array_agg(CAST(IpAddress AS JSON))) AS JSON), JSON '[]') AS Addresses,
    max(Privileges) AS MaxPrivileges,
    min(LogonTime) AS "First"
  FROM extended
  GROUP BY 1, 2
)
SELECT
  "User",
  Computer,
  Logons,
  json_format(Addresses) AS Addresses,
  MaxPrivileges,
  CAST(date_trunc('millisecond', "First") AS TIMESTAMP(3)) AS "First"
FROM grouped
