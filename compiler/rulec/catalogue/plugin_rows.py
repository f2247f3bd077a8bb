"""What a plugin's row is: parameters and a rule for the result's columns. Apart from the functions, since few queries have plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rulec.catalogue.signatures import Types
from rulec.records import record
from rulec.scalars import ScalarType

#: Names and types of columns, in order.
Columns: TypeAlias = "tuple[tuple[str, ScalarType], ...]"


@record(frozen=True, slots=True)
class PluginArgument:
    """One argument of an `evaluate`: what is known of it before the run.

    A column reference has `column`, a constant `value`, a tabular expression `table`; every scalar has `type`. `name` is the
    name that an unnamed column of this expression would have, or the one that `name = …` gives.
    """

    name: str = ""
    type: ScalarType | None = None
    column: str | None = None
    value: object = None
    table: Columns | None = None


@record(frozen=True, slots=True)
class PluginParameter:
    """A plugin's parameter. `kind`: column, constant, table, table_column (of the plugin's table), aggregate or expression."""

    name: str
    kind: str
    accepts: Types = None
    optional: bool = False
    repeat: bool = False
    #: Given as `name = value`.
    named: bool = False


@record(frozen=True, slots=True)
class Plugin:
    """A plugin of `evaluate`.

    Attributes:
        schema: Result columns by input columns and arguments, as far as they are known at compile time.
        open: More columns may come out, by the data (`bag_unpack`, `pivot`).
    """

    name: str
    parameters: tuple[PluginParameter, ...]
    schema: Callable[[Columns, tuple[PluginArgument, ...]], Columns]
    open: bool = False
    unsupported: str = ""
