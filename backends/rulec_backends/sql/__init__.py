"""SQL from the IR: what DuckDB and Athena share.

`relations` and `expressions` are one `match` each over the IR; `functions/` and `aggregates` hold the rows. Row-wise stages add to a
`Level` (one SELECT); what closes a level makes it a CTE. A `Dialect` is one engine: its carriers, JSON, lists
and times, and the rows only it has.

Carriers that all share: a string is never NULL; int and long are 64-bit; a timespan is ticks in 64 bits; a datetime is what the dialect's
`Datetimes` says.
"""
