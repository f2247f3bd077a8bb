"""rulec: compiles Microsoft Sentinel rules to Python, Athena SQL, Splunk SPL and DuckDB SQL."""

__version__ = "0.1.0"
