"""One row for every function of the catalogue: how it is lowered, or why Splunk cannot say it."""

from rulec_backends.splunk.functions.table import FUNCTIONS, LOGIC, PREDICATES

__all__ = ["FUNCTIONS", "LOGIC", "PREDICATES"]
