"""The catalogue: what KQL's functions, operators, aggregates, window functions and plugins are called, take and give.

Names are the documented ones in KQL's own spelling and are case-sensitive. Rows are read when somebody asks for them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rulec.catalogue.aliases import AGGREGATE_ALIASES, ALIASES, PLUGIN_ALIASES
from rulec.catalogue.families.aggregates import AGGREGATES, AggregateRow
from rulec.catalogue.families.conversion import CONVERSION
from rulec.catalogue.families.datetime import DATETIME
from rulec.catalogue.families.dynamic import DYNAMIC
from rulec.catalogue.families.encoding import ENCODING
from rulec.catalogue.families.geo import GEO
from rulec.catalogue.families.math import MATH
from rulec.catalogue.families.network import NETWORK
from rulec.catalogue.families.operators import OPERATORS
from rulec.catalogue.families.series import SERIES
from rulec.catalogue.families.service import SERVICE
from rulec.catalogue.families.strings import STRINGS
from rulec.catalogue.families.windows import WINDOWS
from rulec.catalogue.notation import Row, constants, signature
from rulec.catalogue.resolution import Mismatch, Resolution, arity, resolve
from rulec.catalogue.signatures import AggregateFunction, Function, Nulls, ResultName, Signature

if TYPE_CHECKING:
    from rulec.catalogue.plugin_rows import Plugin

__all__ = [
    "FAMILIES",
    "Mismatch",
    "Resolution",
    "aggregate",
    "aggregate_names",
    "all_functions",
    "arity",
    "canonical",
    "function_names",
    "is_deterministic",
    "lookup",
    "names",
    "plugin",
    "plugin_names",
    "resolve",
    "window",
    "window_names",
]

#: The scalar rows by family, as `rulec functions` shows them.
FAMILIES: dict[str, dict[str, Row]] = {
    "operators": OPERATORS,
    "math": MATH,
    "strings": STRINGS,
    "conversion": CONVERSION,
    "dynamic": DYNAMIC,
    "datetime": DATETIME,
    "network": NETWORK,
    "encoding": ENCODING,
    "geo": GEO,
    "series": SERIES,
    "service": SERVICE,
}
_SCALARS: dict[str, Row] = {name: row for family in FAMILIES.values() for name, row in family.items()}


def canonical(name: str) -> str:
    """The documented name of a scalar function or operator that `name` means; `name` itself if it is no alias."""
    return ALIASES.get(name, name)


def lookup(name: str) -> Function | None:
    """The scalar function or operator of this name or alias."""
    return _scalar(canonical(name))


def is_deterministic(name: str) -> bool:
    """Whether a name means no function that gives another value each time."""
    known = lookup(name)
    return known is None or known.deterministic


def aggregate(name: str) -> AggregateFunction | None:
    """The aggregate of this name or alias."""
    return _aggregate(AGGREGATE_ALIASES.get(name, name))


@cache
def window(name: str) -> Function | None:
    """The window function of this name."""
    row = WINDOWS.get(name)
    return None if row is None else _function(name, row)


def plugin(name: str) -> Plugin | None:
    """The plugin of this name or alias."""
    from rulec.catalogue.families.plugins import PLUGINS

    return PLUGINS.get(PLUGIN_ALIASES.get(name, name))


def names() -> tuple[str, ...]:
    """Scalar functions, operators and window functions, with their aliases."""
    return tuple(sorted({*_SCALARS, *ALIASES, *WINDOWS}))


def function_names() -> tuple[str, ...]:
    """The same without operators: what a hint for a call may propose."""
    return tuple(name for name in names() if canonical(name) not in OPERATORS or name == "not")


def aggregate_names() -> tuple[str, ...]:
    """Aggregates and their aliases."""
    return tuple(sorted({*AGGREGATES, *AGGREGATE_ALIASES}))


def window_names() -> tuple[str, ...]:
    """Window functions."""
    return tuple(sorted(WINDOWS))


def plugin_names() -> tuple[str, ...]:
    """Plugins and their aliases."""
    from rulec.catalogue.families.plugins import PLUGINS

    return tuple(sorted({*PLUGINS, *PLUGIN_ALIASES}))


def all_functions() -> tuple[tuple[str, Function | Plugin], ...]:
    """Every row with its family, under its canonical name; a backend has a row for each that is not `bound`."""
    from rulec.catalogue.families.plugins import PLUGINS

    scalars = [(family, _scalar(name)) for family, rows in FAMILIES.items() for name in rows]
    aggregates = [("aggregates", _aggregate(name)) for name in AGGREGATES]
    windows = [("windows", window(name)) for name in WINDOWS]
    functions = [(family, found) for family, found in (*scalars, *aggregates, *windows) if found is not None]
    return (*functions, *(("plugins", found) for found in PLUGINS.values()))


@cache
def _scalar(name: str) -> Function | None:
    row = _SCALARS.get(name)
    return None if row is None else _function(name, row)


@cache
def _aggregate(name: str) -> AggregateFunction | None:
    row = AGGREGATES.get(name)
    return None if row is None else _aggregate_function(name, row)


def _function(name: str, row: Row) -> Function:
    overloads = tuple(signature(text) for text in row.signatures)
    prefix = row.prefix or (name if row.naming in (ResultName.FUNCTION_AND_ARGUMENT, ResultName.SEVERAL) else "")
    return Function(
        name,
        overloads,
        nulls=_widest_nulls(overloads),
        result_name=row.naming,
        name_prefix=prefix,
        constants=_constants(row.signatures),
        deterministic=row.deterministic,
        unsupported=row.unsupported,
        columns=row.columns,
        bound=row.bound,
    )


def _aggregate_function(name: str, row: AggregateRow) -> AggregateFunction:
    overloads = tuple(signature(text) for text in row.signatures)
    return AggregateFunction(
        name,
        overloads,
        nulls=_widest_nulls(overloads),
        result_name=row.naming,
        name_prefix=row.prefix,
        constants=_constants(row.signatures),
        unsupported=row.unsupported,
        base=row.base,
        condition=row.condition,
        empty=row.empty,
        several=row.several,
        limit=row.limit,
        approximate=row.approximate,
    )


def _constants(texts: tuple[str, ...]) -> frozenset[int]:
    return frozenset(at for text in texts for at in constants(text))


def _widest_nulls(overloads: tuple[Signature, ...]) -> Nulls:
    rules = {overload.nulls for overload in overloads}
    if not rules or Nulls.POSSIBLE in rules:
        return Nulls.POSSIBLE
    return Nulls.PROPAGATE if Nulls.PROPAGATE in rules else Nulls.NEVER
