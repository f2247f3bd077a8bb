"""The columns that `bag_unpack` gives, where the text itself holds the bags: in a `datatable` or a `print`.

Kusto finds the columns by looking at the data before it compiles the rest; where the data are in the text, so can a compiler.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from rulec.bind.scope import definition
from rulec.ir.exprs import Call, Column, Convert, Expr, Json, Literal
from rulec.ir.rels import Assignment, ColumnDef, Extend, MvExpand, Project, Rel, Serialize, Shared, Sort, Values
from rulec.scalars import ScalarType

T = ScalarType
#: Types whose values stand in a dynamic value as the IR carries them.
_PLAIN: Final = frozenset({T.BOOL, T.INT, T.LONG, T.REAL, T.STRING, T.DYNAMIC})
_TYPES: Final[dict[type, ScalarType]] = {bool: T.BOOL, int: T.LONG, float: T.REAL, str: T.STRING}


def known_columns(rel: Rel, bag: str, options: Sequence[Expr]) -> tuple[ColumnDef, ...] | None:
    """All columns of `bag_unpack(bag, prefix, conflict, ignored)`; None where they depend on more than the text."""
    prefix, conflict, ignored = (*(o.value if isinstance(o, Literal) else None for o in options), None, None, None)[:3]
    values = _cells(rel, bag)
    if values is None or conflict not in (None, "", "error") or prefix in ("error", "keep_source", "replace_source"):
        return None
    skipped = ignored if isinstance(ignored, list) else []
    kinds: dict[str, set[type]] = {}
    for value in values:
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key not in skipped:
                kinds.setdefault(f"{prefix or ''}{key}", set()).update(() if inner is None else (type(inner),))
    kept = tuple(c for c in rel.columns if c.name != bag)
    if any(c.name in kinds for c in kept) or not (kept or kinds):
        return None
    names = sorted(kinds, key=lambda name: (name != bag, name))
    return (*kept, *(definition(name, _type(kinds[name]), True) for name in names))


def _type(found: set[type]) -> ScalarType:
    """The type that all values of a key share, else dynamic."""
    return _TYPES.get(next(iter(found)), T.DYNAMIC) if len(found) == 1 else T.DYNAMIC


def _cells(rel: Rel, name: str) -> list[Json] | None:
    """A column's values in every row, where the text says them."""
    match rel:
        case Shared(relation=below) | Sort(input=below) | Serialize(input=below):
            return _cells(below, name)
        case Extend(input=below, assignments=made):
            value = _assigned(made, name)
            return _cells(below, name) if value is None else _computed(value, below)
        case Project(input=below, assignments=made):
            value = _assigned(made, name)
            return None if value is None else _computed(value, below)
        case MvExpand(input=below, expanded=(one,), bag_kind="bag", limit=None) if one.column.name == name and one.column.type is T.DYNAMIC:
            values = _computed(one.value, below)
            return None if values is None else [element for value in values for element in _elements(value)]
        case Values(columns=columns, rows=rows):
            at = next((i for i, c in enumerate(columns) if c.name == name), None)
            found = [] if at is None else [_computed(row[at], None) for row in rows]
            return None if at is None or any(f is None for f in found) else [f[0] for f in found if f is not None]
        case _:
            return None


def _elements(value: Json) -> list[Json]:
    """What `mv-expand` makes of a value."""
    match value:
        case list():
            return value
        case dict():
            return [{key: inner} for key, inner in value.items()]
        case _:
            return [value]


def _assigned(made: tuple[Assignment, ...], name: str) -> Expr | None:
    return next((a.value for a in made if a.name == name), None)


def _computed(value: Expr, rows: Rel | None) -> list[Json] | None:
    """An expression's value in every row; without rows, in one."""
    match value:
        case Literal(type=kind) if kind in _PLAIN:
            return [value.value] * (1 if rows is None else _count(rows))  # type: ignore[list-item]
        case Column(name=name) if rows is not None and value.type in _PLAIN:
            return _cells(rows, name)
        case Convert(operand=operand, type=T.LONG):
            return _computed(operand, rows)
        case Call(function="parse_json", arguments=(text,)):
            texts = _computed(text, rows)
            return None if texts is None else [_parsed(t) for t in texts]
        case Call(function="bag_pack", arguments=pairs):
            parts = [_computed(p, rows) for p in pairs]
            if not all(parts):
                return None
            return [dict(zip(row[::2], row[1::2], strict=True)) for row in zip(*(p for p in parts if p), strict=True)]
        case _:
            return None


def _count(rel: Rel) -> int:
    found = next((v for c in rel.columns if (v := _cells(rel, c.name)) is not None), None)
    return 0 if found is None else len(found)


def _parsed(text: Json) -> Json:
    """What `parse_json` gives, as far as bags go; a text that is no JSON stays a text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, parse_constant=_no_number)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return text


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")
