"""The forms of a function's row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import Node, Not

#: Lowers a call to the carried value.
Lowering: TypeAlias = Callable[[Builder, Call], Node]
Row: TypeAlias = "Lowering | Unsupported"


@dataclass(frozen=True, slots=True)
class Predicate:
    """Lowers a Boolean function: where it is true, where it is false."""

    truth: Lowering
    falsity: Lowering


def options(e: Call, defaults: dict[int, object]) -> list[object]:
    """The values of optional arguments by their places; None for one that is no constant."""
    found: list[object] = []
    for place, default in defaults.items():
        given = e.arguments[place] if len(e.arguments) > place else None
        found.append(default if given is None else given.value if isinstance(given, Literal) else None)
    return found


def two_valued(holds: Lowering) -> Predicate:
    """A predicate whose SPL form is null exactly where KQL's is null, so that NOT gives its falsity."""
    return Predicate(holds, lambda b, e: Not(holds(b, e)))


def opposite(row: Predicate) -> Predicate:
    """The negated form of an operator (`!=`, `!in`, `!has`)."""
    return Predicate(row.falsity, row.truth)
