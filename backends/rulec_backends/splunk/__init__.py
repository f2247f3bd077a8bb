"""The Splunk target: SPL for Splunk 9.0 and later.

How a KQL value is carried in a field of the result (and of every step between):

============ ==================================================================================================
string       the text; never missing: a missing field of the events becomes the empty text when it is read
bool         the texts `true` and `false`; null is a missing field (as for every type below)
int, long    decimal digits. Numbers are doubles inside Splunk: exact up to 2^53, what could go beyond is refused
real         a decimal number with up to 17 digits, `NaN`, `inf`, `-inf`; arithmetic runs inside `exact()`
decimal      its text; arithmetic is refused
datetime     epoch seconds, a decimal number (microseconds are exact)
timespan     seconds, a decimal number
guid         lower-case text
dynamic      JSON text, always: a string has its quotes, `null` is a missing field
============ ==================================================================================================

All date arithmetic is epoch arithmetic and independent of the time zone of the user who runs the search.
"""

from rulec_backends.splunk.backend import BACKEND

__all__ = ["BACKEND"]
