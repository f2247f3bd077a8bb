-- SecurityEvent - PowerShell with an encoded command
-- rule d745ed66-9e65-5aad-af08-da860aaab4d3, version 1.0.0; every 1 hour over the last 1 hour; alert when rows > 0
WITH run AS (
  -- the run's parameters, as `yyyy-MM-dd HH:mm:ss` in UTC
  SELECT
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_start,
    date_trunc('second', CAST(? AS TIMESTAMP(3))) AS window_end
),
filtered AS (
  -- the rule's window
  SELECT
    coalesce(commandline, '') AS CommandLine,
    coalesce(computer, '') AS Computer,
    CAST(eventid AS BIGINT) AS EventID,
    coalesce(newprocessname, '') AS NewProcessName,
    coalesce(parentprocessname, '') AS ParentProcessName,
    coalesce(subjectusername, '') AS SubjectUserName,
    timegenerated AS TimeGenerated
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
),
parsed AS (
  -- where EventID == 4688 and NewProcessName endswith @"\powershell.exe"
  -- where CommandLine contains " -enc" or CommandLine matches regex @"(?i)\s-e(nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40,}"
  -- where not(ParentProcessName has "ccmexec") and ParentProcessName !has "Intune"
  -- parse CommandLine with * " -" Switch " " Encoded
  SELECT
    CommandLine,
    Computer,
    ParentProcessName,
    SubjectUserName,
    TimeGenerated,
    coalesce(regexp_extract(CommandLine, '(?s)^.*? \-(.*?) (.*)\z', 1), '') AS Switch,
    coalesce(regexp_extract(CommandLine, '(?s)^.*? \-(.*?) (.*)\z', 2), '') AS Encoded
  FROM filtered
  WHERE EventID = 4688
    AND regexp_like(NewProcessName, '\\[pP][oO][wW][eE][rR][sS][hH][eE][lL][lL]\.[eE][xX][eE]\z')
    AND (strpos(lower(CommandLine), ' -enc') > 0 OR regexp_like(CommandLine, '(?i)[[:space:]]-e(nc|ncodedcommand)?[[:space:]]+[A-Za-z0-9+/=]{40,}'))
    AND NOT regexp_like(ParentProcessName, '(?<![\p{L}\p{N}])[cC][cC][mM][eE][xX][eE][cC](?![\p{L}\p{N}])')
    AND NOT regexp_like(ParentProcessName, '(?<![\p{L}\p{N}])[iI\x{130}][nN][tT][uU][nN][eE](?![\p{L}\p{N}])')
)
-- extend EncodedLength = strlen(Encoded), Account = tolower(SubjectUserName)
-- project TimeGenerated, Computer, Account, ParentProcessName, Switch, EncodedLength, CommandLine
SELECT
  CAST(date_trunc('millisecond', TimeGenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  Computer,
  lower(SubjectUserName) AS Account,
  ParentProcessName,
  Switch,
  length(Encoded) AS EncodedLength,
  CommandLine
FROM parsed
