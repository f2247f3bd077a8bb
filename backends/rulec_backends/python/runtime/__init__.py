"""Null-aware KQL functions. They run here for tests, and generated modules hold copies of those they use.

Carriers: datetime and timespan are 100 ns ticks as int, a null is None, a string is never None, decimal is Decimal, guid is
lower-case text, dynamic is a JSON value. Each file has only imports, constants, functions and classes at its top level.
"""
