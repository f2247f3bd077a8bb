"""Where only truth counts: forms of predicates that may give null for false, which filters take alike."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rulec.ir.exprs import Call, Column
from rulec_backends.sql import compare, members, nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row


def _folded_equal_true(row: Row, call: Call) -> Tree:
    plain = row.d.plain_text(row.lower(call.arguments[0])) if compare.is_plain(call.arguments[1]) else None
    if plain is None:
        return _matched_true(row, call)
    return t.eq(row.d.lower_text(plain), row.d.lower_text(row.lower(call.arguments[1])))


def _matched_true(row: Row, call: Call) -> Tree:
    """A positive string operator: an empty operand never matches a needle that is not empty."""
    result = row.call(call)
    if all(compare.is_nonempty(a) for a in call.arguments[1:]) and isinstance(call.arguments[0], Column):
        own = row.level.columns[call.arguments[0].name].tree
        bare = t.stripped(own)
        if bare is not own:
            return nodes.changed(result, lambda n: bare if n == own else n)
    return result


#: Operators whose truth-only form differs from their three-valued one.
REJECTING: Final = MappingProxyType(
    {
        "==": compare.equal_true,
        "!=": compare.unequal_true,
        "in": members.member_true,
        "in~": members.member_true,
        "=~": _folded_equal_true,
        **dict.fromkeys(
            (
                "has",
                "has_cs",
                "hasprefix",
                "hasprefix_cs",
                "hassuffix",
                "hassuffix_cs",
                "contains",
                "contains_cs",
                "startswith",
                "startswith_cs",
                "endswith",
                "endswith_cs",
                "has_any",
                "has_all",
            ),
            _matched_true,
        ),
    }
)
