"""What several operators share: properties, sort keys, conditions, subqueries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rulec.syntax.cursor import Cursor, nearest, shown
from rulec.syntax.expressions import expression, named, path
from rulec.syntax.nodes import Expr, Name, Named, Ordering, Property
from rulec.syntax.terms import declared_name, literal, name
from rulec.syntax.tokens import KEYWORDS, LIST_ENDS, NAME, words

#: Words that KQL's grammar takes for a property after every operator, also where it has none of that name.
KNOWN_PROPERTIES: Final = words(
    """
    __crossCluster __crossDB __id __isFuzzy __noWithSource __packedColumn __sourceColumnIndex bagexpansion
    bin_legacy cycles decodeblocks expandoutput force_remote hint.concurrency hint.distribution
    hint.materialized hint.num_partitions hint.progressive_top hint.remote hint.shufflekey hint.spread
    hint.strategy isfuzzy kind with_itemindex with_match_id with_source with_step_name withsource
    """
)
_HINTS_OF_SEVERAL_TOKENS: Final = ("hint.pass_filters_column", "hint.pass_filters")

#: An operator's own properties, with the values that are valid where KQL fixes them.
Properties = Mapping[str, tuple[str, ...]]

_JOIN_KINDS: Final = (
    "inner", "fullouter", "innerunique", "leftanti", "leftantisemi", "anti", "leftouter", "leftsemi",
    "rightanti", "rightantisemi", "rightouter", "rightsemi",
)  # fmt: skip
_ANY: Final[tuple[str, ...]] = ()

NO_PROPERTIES: Final[Properties] = MappingProxyType({})
CONSUME: Final[Properties] = MappingProxyType({"decodeblocks": _ANY})
FIND: Final[Properties] = MappingProxyType({"withsource": _ANY, "with_source": _ANY})
JOIN: Final[Properties] = MappingProxyType({"kind": _JOIN_KINDS})
LOOKUP: Final[Properties] = MappingProxyType({"kind": ("inner", "leftouter")})
MAKE_SERIES: Final[Properties] = MappingProxyType({"kind": ("nonempty",)})
MV_APPLY: Final[Properties] = MappingProxyType({"with_itemindex": _ANY})
MV_EXPAND: Final[Properties] = MappingProxyType({"kind": ("bag", "array"), "bagexpansion": ("bag", "array"), "with_itemindex": _ANY})
PARSE: Final[Properties] = MappingProxyType({"kind": ("simple", "regex", "relaxed"), "flags": _ANY})
PARSE_KV: Final[Properties] = MappingProxyType(
    dict.fromkeys(("pair_delimiter", "kv_delimiter", "regex", "quote", "escape", "greedy"), _ANY)
)
REDUCE: Final[Properties] = MappingProxyType({"kind": ("source",), "threshold": _ANY, "characters": _ANY})
RENDER: Final[Properties] = MappingProxyType(
    dict.fromkeys(
        (
            "kind", "title", "accumulate", "xcolumn", "ycolumns", "anomalycolumns", "series", "xtitle", "ytitle",
            "xaxis", "yaxis", "legend", "ysplit", "ymin", "ymax", "xmin", "xmax",
        ),
        _ANY,
    )
)  # fmt: skip
SCAN: Final[Properties] = MappingProxyType({"kind": ("partial", "full"), "with_match_id": _ANY, "with_step_name": _ANY})
SEARCH: Final[Properties] = MappingProxyType({"kind": ("default", "case_insensitive", "case_sensitive")})
UNION: Final[Properties] = MappingProxyType(
    {"kind": ("inner", "outer"), **dict.fromkeys(("withsource", "with_source", "isfuzzy", "best_effort", "force_remote"), _ANY)}
)

GRAPH_EDGES: Final[Properties] = MappingProxyType({"with_source_id": _ANY, "with_target_id": _ANY})
GRAPH_MATCH: Final[Properties] = MappingProxyType({"cycles": ("none", "all", "unique_edges")})
GRAPH_NODES: Final[Properties] = MappingProxyType({"with_node_id": _ANY})
MARK_COMPONENTS: Final[Properties] = MappingProxyType({"kind": ("weak", "strong"), "with_component_id": _ANY})
SHORTEST_PATHS: Final[Properties] = MappingProxyType({"output": ("any", "all"), **GRAPH_MATCH})


def properties(p: Cursor, own: Properties = NO_PROPERTIES, bare: bool = False) -> tuple[Property, ...]:
    """`name=value` terms: hints, which never change an operator's meaning, and the operator's own.

    With `bare`, a property's name counts as one even before its `=` is seen.
    """
    found: list[Property] = []
    while (length := _property_length(p, own, bare)) > 0:
        start = p.at
        p.at += length
        key = p.span(start).text
        if key not in own and not key.startswith("hint."):
            raise p.fault("RC209", f"the operator has no property `{key}`", nearest(key, own), p.span(start))
        p.expect("=")
        found.append(Property(key, property_value(p, key, own.get(key, _ANY)), p.span(start)))
    return tuple(found)


def _property_length(p: Cursor, own: Properties, bare: bool) -> int:
    kind = p.kind
    if kind == NAME or kind in KEYWORDS:
        key = p.text()
        if (key in own or key in KNOWN_PROPERTIES) and (bare or p.peek() == "="):
            return 1
        if key == "hint" and p.peek() == "." and f"hint.{p.text(2)}" in _HINTS_OF_SEVERAL_TOKENS and p.touches(1) and p.touches(2):
            return 3 if bare or p.peek(3) == "=" else 0
    return 0


def property_value(p: Cursor, key: str, values: tuple[str, ...]) -> Expr:
    """A property's value: one of `values` where KQL fixes them, else a literal or a name."""
    start = p.at
    if values:
        if p.text() not in values:
            hint = nearest(p.text(), values) or "one of: " + ", ".join(values)
            raise p.fault("RC209", f"`{shown(p.text())}` is no value of `{key}`", hint)
        p.at += 1
        return Name(p.text(-1), p.span(start))
    return _any_value(p)


def _any_value(p: Cursor) -> Expr:
    return literal(p) or name(p)


def own_properties(p: Cursor, own: Properties, lists: tuple[str, ...] = (), texts: tuple[str, ...] = ()) -> tuple[Property, ...]:
    """`name=value, …` of an operator's own names; a list of columns (`lists`) becomes one property a column."""
    found: list[Property] = []
    if p.kind in LIST_ENDS:
        return ()
    while True:
        start = p.at
        key = p.text()
        if key not in own:
            raise p.unexpected("", "a property: " + ", ".join(own), own)
        p.at += 1
        p.expect("=")
        parse = path if key in texts else declared_name if key in lists else _any_value
        found.append(Property(key, parse(p), p.span(start)))
        while key in lists and p.kind == "," and p.text(1) not in own and p.peek() not in LIST_ENDS:
            p.at += 1
            at = p.at
            found.append(Property(key, declared_name(p), p.span(at)))
        if not p.accept(","):
            return tuple(found)


# --- keys ----------------------------------------------------------------------------------------------------------

_DIRECTIONS: Final = {"asc": False, "desc": True}


def ordering(p: Cursor) -> Ordering:
    """`value [asc|desc] [nulls first|nulls last]`."""
    start = p.at
    key = named(p)
    descending = nulls_first = None
    if p.kind in _DIRECTIONS:
        descending = _DIRECTIONS[p.kind]
        p.at += 1
    elif p.kind in ("granny-asc", "granny-desc"):
        raise p.fault("RC209", f"`{p.kind}` sorts in `project-reorder` only")
    if p.accept("nulls"):
        if p.kind not in ("first", "last"):
            raise p.unexpected("", "`first` or `last`", ("first", "last"))
        nulls_first = p.kind == "first"
        p.at += 1
    return Ordering(key, descending, nulls_first, p.span(start))


def orderings(p: Cursor) -> tuple[Ordering, ...]:
    """`by key, …` of `sort` and its like."""
    p.expect("by")
    return p.commas(ordering)


def keys_by(p: Cursor) -> tuple[Named, ...]:
    """`by key, …`, if it is there."""
    return p.commas(named) if p.accept("by") else ()


def conditions(p: Cursor) -> tuple[Expr, ...]:
    """`on condition, …` of `join` and `lookup`."""
    if p.kind == "where":
        raise p.fault("RC307", "`join … where` is not documented", "conditions follow `on`")
    if p.kind != "on":
        raise p.fault("RC209", "the condition is missing, expected `on`")
    p.at += 1
    return p.commas(expression)
