"""What a catalogue row is: a function's name, overloads, result type, null rule and result name.

Source: Learn's function pages; Microsoft's analyzer for overloads and result names; recorded answers for null rules.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

from rulec.records import record
from rulec.scalars import ScalarType

#: The types that a parameter takes: one type (and those that widen to it), any of a set, or None for any type at all.
Types: TypeAlias = "ScalarType | frozenset[ScalarType] | None"
#: A parameter: types that are taken as they are, or a rule that converts.
Accepts: TypeAlias = "Types | Converted | Common"
#: A result's type: fixed, or computed from the argument types.
Result: TypeAlias = "ScalarType | Callable[[tuple[ScalarType, ...]], ScalarType]"


@record(frozen=True, slots=True)
class Converted:
    """A parameter that turns what it takes into one type: `tolower` takes anything and reads it as text."""

    accepts: Types
    to: ScalarType


@record(frozen=True, slots=True)
class Common:
    """A parameter whose arguments, over all positions so marked, come to one type.

    `widen`: numbers promote to the widest of them (`+`, `max_of`). Otherwise types must be equal, but int goes with long and
    dynamic with string (`iff`, `case`, `coalesce`). A dynamic argument where `accepts` has dynamic and `widen` is set stays as it is.
    """

    accepts: Types
    widen: bool


class Nulls(Enum):
    """When a result can be null. Results of type string never are, whatever this says."""

    NEVER = "never"
    PROPAGATE = "when an argument is null"
    POSSIBLE = "also of non-null arguments"


class ResultName(Enum):
    """How an unnamed result column is called (Microsoft's binder calls these result-name kinds)."""

    NONE = "Column1, print_0, …"
    FIRST_ARGUMENT = "the first argument's name: bin(x, 5) is x"
    FUNCTION_AND_ARGUMENT = "function_argument: sum_x"
    FUNCTION = "function name and underscore: count_"
    PREFIX = "the prefix alone: hll_merged_result"
    ONLY_ARGUMENT = "the argument's name if there is one argument: make_datetime(x) is x"
    COLUMN_ARGUMENT = "the first argument's value where it names a column: column_ifexists('x', 1) is x"
    SEVERAL = "one name per column, see the row"


@record(frozen=True, slots=True)
class Signature:
    """One overload: required parameters, then optional ones, then `repeat` parameters that may be given again and again, then `last`."""

    parameters: tuple[Accepts, ...]
    result: Result
    optional: tuple[Accepts, ...] = ()
    repeat: tuple[Accepts, ...] = ()
    repeat_min: int = 0
    #: All arguments at these kinds' positions widen to one common type (`iff`, `coalesce`, `max_of`).
    common: bool = False
    last: tuple[Accepts, ...] = ()
    repeat_max: int | None = None
    #: This overload's null rule, where the overloads differ: long division can give null, real division cannot.
    nulls: Nulls | None = None


@record(frozen=True, slots=True)
class Function:
    """A scalar function, operator, aggregate or window function.

    Attributes:
        constants: Indexes of arguments that must be compile-time constants.
        unsupported: Why no target can say it (an external service, random state); empty when backends decide.
        columns: Of a function with several result columns, their suffixes and types; assigned to one name, it is the first of them.
            Unnamed they are called prefix_argument_suffix, or argument_suffix without a prefix.
        bound: Resolved while binding (`iff`, `now`, `toscalar`): no backend meets it.
    """

    name: str
    signatures: tuple[Signature, ...]
    nulls: Nulls = Nulls.PROPAGATE
    result_name: ResultName = ResultName.NONE
    name_prefix: str = ""
    constants: frozenset[int] = frozenset()
    deterministic: bool = True
    unsupported: str = ""
    columns: tuple[tuple[str, ScalarType], ...] = ()
    bound: bool = False


class Empty(Enum):
    """What an aggregate gives when no row (or no non-null value) came in."""

    ZERO = "0"
    NAN = "NaN"
    NULL = "null"
    LIST = "[]"
    BAG = "{}"


@record(frozen=True, slots=True)
class AggregateFunction(Function):
    """An aggregate.

    Attributes:
        base: The aggregate that it is with its condition taken away (`countif` is `count`), or "" for itself.
        condition: Index of the condition argument of an `…if` form.
        empty: Its value of nothing. Strings come out empty where this says null.
        several: Gives as many columns as it has values (`arg_max`, `take_any`, `percentiles`).
        limit: How many elements it keeps unless told: 128 for the old `makelist` and `makeset`.
        approximate: Kusto itself answers with an estimate on large inputs (`dcount`, `percentile`).
    """

    base: str = ""
    condition: int | None = None
    empty: Empty = Empty.NULL
    several: bool = False
    limit: int | None = None
    approximate: bool = False

    def empty_of(self, result: ScalarType) -> Empty:
        """The value of nothing for this result type: only a real can be NaN, so an average of timespans is null."""
        return Empty.NULL if self.empty is Empty.NAN and result is not ScalarType.REAL else self.empty
