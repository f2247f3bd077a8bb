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
  -- where EventID == 4688 and NewProcessName endswith @"\powershell.exe"
  -- where CommandLine contains " -enc" or CommandLine matches regex @"(?i)\s-e(nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40,}"
  -- where not(ParentProcessName has "ccmexec") and ParentProcessName !has "Intune"
  SELECT
    commandline,
    computer,
    parentprocessname,
    subjectusername,
    timegenerated,
    coalesce(commandline, '') AS _v1
  FROM securityevent
  WHERE timegenerated >= (SELECT window_start FROM run)
    AND timegenerated < (SELECT window_end FROM run)
    AND CAST(eventid AS BIGINT) = 4688
    AND regexp_like(newprocessname, '\\[pP][oO][wW][eE][rR][sS][hH][eE][lL][lL]\.[eE][xX][eE]\z')
    AND (strpos(lower(commandline), ' -enc') > 0 OR regexp_like(coalesce(commandline, ''), '(?i)[[:space:]]-e(nc|ncodedcommand)?[[:space:]]+[A-Za-z0-9+/=]{40,}'))
    AND NOT regexp_like(coalesce(parentprocessname, ''), '(?<![\p{L}\p{N}])[cC][cC][mM][eE][xX][eE][cC](?![\p{L}\p{N}])')
    AND NOT regexp_like(coalesce(parentprocessname, ''), '(?<![\p{L}\p{N}])[iI\x{130}][nN][tT][uU][nN][eE](?![\p{L}\p{N}])')
)
-- parse CommandLine with * " -" Switch " " Encoded
-- extend EncodedLength = strlen(Encoded), Account = tolower(SubjectUserName)
-- project TimeGenerated, Computer, Account, ParentProcessName, Switch, EncodedLength, CommandLine
SELECT
  CAST(date_trunc('millisecond', timegenerated) AS TIMESTAMP(3)) AS TimeGenerated,
  coalesce(computer, '') AS Computer,
  lower(coalesce(subjectusername, '')) AS Account,
  coalesce(parentprocessname, '') AS ParentProcessName,
  coalesce(regexp_extract(_v1, '(?s)^.*? \-(.*?) (.*)\z', 1), '') AS Switch,
  length(coalesce(regexp_extract(_v1, '(?s)^.*? \-(.*?) (.*)\z', 2), '')) AS EncodedLength,
  coalesce(commandline, '') AS CommandLine
FROM filtered
