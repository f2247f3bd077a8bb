"""The columns that plugins give, by what they read.

Source: Microsoft's analyzer, asked for the result columns of each plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rulec.catalogue.plugin_rows import Columns, PluginArgument
from rulec.scalars import ScalarType

Schema: TypeAlias = Callable[[Columns, tuple[PluginArgument, ...]], Columns]


def same_columns(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """The input's columns."""
    return columns


def nothing_known(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """No column is known before the run."""
    return ()


def unpacked_columns(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """`bag_unpack`: the input without the bag; its keys come as further columns."""
    return tuple(column for column in columns if column[0] != arguments[0].column)


def pivot_columns(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """`pivot`: the columns named at the end in their order, or else all but the pivot column and what the aggregate reads.

    The aggregate's own `column` names what it reads.
    """
    if len(arguments) > 2:
        return _named(columns, arguments[2:])
    read = {argument.column for argument in arguments[:2]}
    return tuple(column for column in columns if column[0] not in read)


def lookup_columns(key: int | None = None, extra_keys: int | None = None) -> Schema:
    """Lookups: the input's columns, then the lookup table's without `key` and the extra keys, renamed where they collide."""

    def schema(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
        with_key = any(a.name == "return_lookup_key" and a.value is True for a in arguments)
        dropped = set() if key is None or with_key else {arguments[key].column}
        if extra_keys is not None:
            dropped |= {argument.column for argument in arguments[extra_keys:] if argument.column}
        kept = tuple(column for column in arguments[0].table or () if column[0] not in dropped)
        return appended(columns, kept)

    return schema


def appended(columns: Columns, more: Columns) -> Columns:
    """Columns side by side; a name that is taken gets the first free number: `x`, `x1`, `x2`."""
    result = list(columns)
    taken = {name for name, _ in columns}
    for name, kind in more:
        free, number = name, 0
        while free in taken:
            number += 1
            free = f"{name}{number}"
        taken.add(free)
        result.append((free, kind))
    return tuple(result)


def activity_columns(dimensions: int, *results: tuple[str, ScalarType]) -> Schema:
    """Activity plugins: the timeline column, the dimensions (arguments from `dimensions` on), then the results."""

    def schema(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
        return (*_named(columns, arguments[1:2]), *_named(columns, arguments[dimensions:]), *results)

    return schema


def rolling_columns(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """`rolling_percentile`: index, dimensions, `rolling_{bins}_percentile_{value}_{percentile}`."""
    value, percentile, index, _, bins = arguments[:5]
    kind = value.type or ScalarType.REAL
    name = f"rolling_{bins.value}_percentile_{value.name}_{percentile.value}"
    return (*_named(columns, (index,)), *_named(columns, arguments[5:]), (name, kind))


def segment_columns(*facts: str) -> Schema:
    """`autocluster`, `basket`, `diffpatterns`: a segment's number and sizes, then the input's columns."""
    sizes = tuple((fact, ScalarType.LONG if fact.startswith("Count") else ScalarType.REAL) for fact in facts)

    def schema(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
        return (("SegmentId", ScalarType.LONG), *sizes, *columns)

    return schema


def sequence_columns(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    """`sequence_detect`: dimensions, one `{step}_{timeline}` per step, Duration."""
    timeline = arguments[0]
    steps = tuple(argument for argument in arguments[3:] if argument.type is ScalarType.BOOL and argument.column is None)
    times = tuple((f"{step.name}_{timeline.name}", timeline.type or ScalarType.DATETIME) for step in steps)
    dimensions = tuple(argument for argument in arguments[3:] if argument.column is not None)
    return (*_named(columns, dimensions), *times, ("Duration", ScalarType.TIMESPAN))


def _named(columns: Columns, arguments: tuple[PluginArgument, ...]) -> Columns:
    types = dict(columns)
    return tuple((argument.column, types[argument.column]) for argument in arguments if argument.column in types)
