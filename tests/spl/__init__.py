"""A reference evaluator for Splunk's SPL, written from Splunk's documents; it shares no code with the Splunk backend."""
