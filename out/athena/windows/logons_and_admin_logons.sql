-- SecurityEvent - Remote logon gets special privileges
-- rule e0c7458d-8161-50e3-aac2-27d61db5035a, version 1.0.0; every 1 hour over the last 1 day; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
logons AS (
  -- the rule's window
  -- where EventID == 4624 and LogonType in (3, 10) and TargetUserName !endswith "$"
  -- project LogonTime = TimeGenerated, Computer, LogonId = TargetLogonId, User = TargetUserName, IpAddress, LogonType
  SELECT
    timegenerated AS LogonTime,
    coalesce(computer, '') AS Computer,
    coalesce(targetlogonid, '') AS LogonId,
    coalesce(targetusername, '') AS "User",
    coalesce(ipaddress, '') AS IpAddress
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) = 4624
    AND CAST(logontype AS BIGINT) IN (3, 10)
    AND NOT regexp_like(coalesce(targetusername, ''), '\$\z')
),
privileged AS (
  -- the rule's window
  -- where EventID == 4672
  -- project PrivilegeTime = TimeGenerated, Computer, LogonId = SubjectLogonId, PrivilegeList
  SELECT
    coalesce(computer, '') AS Computer,
    coalesce(subjectlogonid, '') AS LogonId,
    coalesce(privilegelist, '') AS PrivilegeList
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) = 4672
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
    coalesce(CAST(array_distinct(array_agg(CAST(IpAddress AS JSON))) AS JSON), JSON '[]') AS Addresses,
    max(cardinality(split(PrivilegeList, ' '))) AS MaxPrivileges,
    min(LogonTime) AS "First"
  FROM joined
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
