-- Activity of the root user, as an analyst writes it for Athena.
SELECT
  from_iso8601_timestamp(eventtime) AS TimeGenerated, eventname AS EventName, eventsource AS EventSource,
  recipientaccountid AS RecipientAccountId, sourceipaddress AS SourceIpAddress, useragent AS UserAgent,
  IF(useridentity.sessioncontext.attributes.mfaauthenticated = 'true', 'yes', 'no') AS Mfa
FROM bench_cloudtrail
WHERE "timestamp" BETWEEN '{start_day}' AND '{end_day}'
  AND eventtime >= '{start}' AND eventtime < '{end}'
  AND lower(useridentity.type) = 'root'
  AND coalesce(useridentity.invokedby, '') = ''
  AND lower(coalesce(eventtype, '')) NOT IN ('awsserviceevent', 'awsconsoleaction')
