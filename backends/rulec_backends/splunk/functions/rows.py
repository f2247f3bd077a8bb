"""The forms of a function's row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rulec.backend import Unsupported
from rulec.ir.exprs import Call
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


def two_valued(holds: Lowering) -> Predicate:
    """A predicate whose SPL form is null exactly where KQL's is null, so that NOT gives its falsity."""
    return Predicate(holds, lambda b, e: Not(holds(b, e)))


def opposite(row: Predicate) -> Predicate:
    """The negated form of an operator (`!=`, `!in`, `!has`)."""
    return Predicate(row.falsity, row.truth)
