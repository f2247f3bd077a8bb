"""What a catalogue row is: a function's name, overloads, result type, null rule and result name.

Source: Learn's function pages; Microsoft's analyzer for overloads and result names; recorded answers for null rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rulec.scalars import ScalarType

#: A parameter's type: one type, any of a set, or None for any type at all.
Accepts: TypeAlias = "ScalarType | frozenset[ScalarType] | None"
#: A result's type: fixed, or computed from the argument types.
Result: TypeAlias = "ScalarType | Callable[[tuple[ScalarType, ...]], ScalarType]"


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


@dataclass(frozen=True, slots=True)
class Signature:
    """One overload: required parameters, then optional ones, then `repeat` parameters that may be given again and again."""

    parameters: tuple[Accepts, ...]
    result: Result
    optional: tuple[Accepts, ...] = ()
    repeat: tuple[Accepts, ...] = ()
    repeat_min: int = 0
    #: All arguments at these kinds' positions widen to one common type (`iff`, `coalesce`, `max_of`).
    common: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A scalar function, operator, aggregate or window function.

    Attributes:
        constants: Indexes of arguments that must be compile-time constants.
        unsupported: Why no target can say it (an external service, random state); empty when backends decide.
    """

    name: str
    signatures: tuple[Signature, ...]
    nulls: Nulls = Nulls.PROPAGATE
    result_name: ResultName = ResultName.NONE
    name_prefix: str = ""
    constants: frozenset[int] = frozenset()
    deterministic: bool = True
    unsupported: str = ""
