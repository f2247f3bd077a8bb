-- SecurityEvent - PowerShell with an encoded command
-- rule d745ed66-9e65-5aad-af08-da860aaab4d3, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH filtered AS (
  -- the rule's window
  -- where EventID == 4688 and NewProcessName endswith @"\powershell.exe"
  -- where CommandLine contains " -enc" or CommandLine matches regex @"(?i)\s-e(nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40,}"
  -- where not(ParentProcessName has "ccmexec") and ParentProcessName !has "Intune"
  SELECT
    CommandLine,
    Computer,
    ParentProcessName,
    SubjectUserName,
    TimeGenerated,
    coalesce(CommandLine, '') AS _v1
  FROM SecurityEvent
  WHERE TRY_CAST(TimeGenerated AS TIMESTAMP) >= CAST($window_start AS TIMESTAMP)
    AND TRY_CAST(TimeGenerated AS TIMESTAMP) < CAST($window_end AS TIMESTAMP)
    AND TRY_CAST(EventID AS BIGINT) = 4688
    AND ends_with(lower(NewProcessName), '\powershell.exe')
    AND (contains(lower(CommandLine), ' -enc') OR regexp_matches(coalesce(CommandLine, ''), '(?i)[\t-\r\x{85}\p{Z}]-e(nc|ncodedcommand)?[\t-\r\x{85}\p{Z}]+[A-Za-z0-9+/=]{40,}'))
    AND NOT regexp_matches(lower(coalesce(ParentProcessName, '')), '(?:^|[^\p{L}\p{N}])ccmexec(?:[^\p{L}\p{N}]|$)')
    AND NOT regexp_matches(lower(coalesce(ParentProcessName, '')), '(?:^|[^\p{L}\p{N}])intune(?:[^\p{L}\p{N}]|$)')
),
extended AS (
  -- parse CommandLine with * " -" Switch " " Encoded
  -- extend EncodedLength = strlen(Encoded), Account = tolower(SubjectUserName)
  -- project TimeGenerated, Computer, Account, ParentProcessName, Switch, EncodedLength, CommandLine
  SELECT
    coalesce(epoch_ns(TRY_CAST(TimeGenerated AS TIMESTAMP_NS)) // 100, epoch_us(TRY_CAST(TimeGenerated AS TIMESTAMP)) * 10) + 621355968000000000 AS TimeGenerated,
    coalesce(Computer, '') AS Computer,
    lower(coalesce(SubjectUserName, '')) AS Account,
    coalesce(ParentProcessName, '') AS ParentProcessName,
    regexp_extract(_v1, '(?s)^.*? \-(.*?) (.*)$', 1) AS Switch,
    length(regexp_extract(_v1, '(?s)^.*? \-(.*?) (.*)$', 2)) AS EncodedLength,
    coalesce(CommandLine, '') AS CommandLine
  FROM filtered
)
SELECT
  strftime(make_timestamp(TimeGenerated // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f') || CAST(TimeGenerated % 10 AS TEXT) || 'Z' AS TimeGenerated,
  Computer,
  Account,
  ParentProcessName,
  Switch,
  EncodedLength,
  CommandLine
FROM extended
