"""Search terms for a condition: what the first search may ask of the index so that no row of the exact `where` is lost.

A term is a superset. Search compares text without case; a term for `has` and its like asks for the letters anywhere in the field; an
integer column's field is taken to hold plain digits, as the add-ons extract it. Terms of the raw text are never used: an escape of the
raw form (`\\nadmin`) may hide a word of the field.
Source: Search Reference, search (comparison expressions, wildcards); semantics sheet sections 1 and 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rulec.fields import TableMap
from rulec.ir.exprs import Call, Column, Convert, Expr, Literal, Window
from rulec.ir.rels import Extend, Filter, MvExpand, Parse, ParseKv, Project, Rel, adds
from rulec.ir.walk import columns_read, conjuncts, expressions, own_expressions
from rulec.scalars import ScalarType
from rulec_backends.splunk import compare
from rulec_backends.splunk.tree import AnyOf, Equals, Like, SearchNode

#: What search would read as a network or a wildcard, or what is no plain text.
_UNSAFE = re.compile(r"[*\x00-\x1f]|^[0-9A-Fa-f:.]+/\d+\Z")
#: Text that search finds inside a value whatever is beside it: a wildcard beside a breaker is not dependable.
_WORD = re.compile(r"[0-9A-Za-z]+", re.ASCII)
#: Operators of one text, with the pattern that a value where they hold must match.
_PATTERNS = {
    **dict.fromkeys(("has", "has_cs", "has_any", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs"), "*{}*"),
    **dict.fromkeys(("contains", "contains_cs"), "*{}*"),
    **dict.fromkeys(("startswith", "startswith_cs"), "{}*"),
    **dict.fromkeys(("endswith", "endswith_cs"), "*{}"),
}
_EQUALITIES = frozenset({"==", "=~", "in", "in~"})


def reaching(chain: Iterable[Rel]) -> list[Expr]:
    """The conditions above a scan, leaf first, that read only its own columns: what stands between works row by row."""
    found: list[Expr] = []
    made: set[str] = set()
    for rel in chain:
        if any(isinstance(part, Window) for e in own_expressions(rel) for part in expressions(e)):
            break
        match rel:
            case Filter(predicate=predicate):
                found += [p for p in conjuncts(predicate) if made.isdisjoint(columns_read((p,)))]
            case Extend() | Parse() | ParseKv() | MvExpand():
                made |= {c.name for c in adds(rel)}
            case Project(assignments=assignments):
                made |= {a.name for a in assignments if not (isinstance(a.value, Column) and a.value.name == a.name)}
            case _:
                break
    return found


def terms(e: Expr, table: TableMap | None) -> list[SearchNode]:
    """The search terms that every row of the condition has."""
    return [t for part in conjuncts(e) for t in _term(part, table)]


def _term(e: Expr, table: TableMap | None) -> Sequence[SearchNode]:
    match e:
        case Call(function="or", arguments=arguments):
            parts = [terms(a, table) for a in arguments]
            return [AnyOf(tuple(found[0] for found in parts))] if all(parts) else []
        case Call(function="has_all", arguments=(Column() as column, *_)):
            return [t for word in _texts(e) or () if (t := _like("*{}*", column, [word], table)) is not None]
        case Call(function=function, arguments=(Convert(operand=Column() as column) | (Column() as column), *_)):
            like = _like(_PATTERNS.get(function, ""), column, _texts(e), table)
            found = _equals(e, column, table) if function in _EQUALITIES else like
            return [] if found is None else [found]
        case _:
            return []


def _texts(e: Call) -> list[str] | None:
    """The constant texts of an operator."""
    items = compare.items_of(e) or ()
    values = [i.value for i in items if isinstance(i, Literal) and isinstance(i.value, str)]
    return values if values and len(values) == len(items) else None


def _equals(e: Call, column: Column, table: TableMap | None) -> SearchNode | None:
    field = _field_of(column, table)
    if field is None:
        return None
    if column.type is ScalarType.STRING:
        values = _texts(e)
        safe = values is not None and all(v and v.isascii() and not _UNSAFE.search(v) for v in values)
    else:
        items = compare.items_of(e) or ()
        values = [str(i.value) for i in items if isinstance(i, Literal) and isinstance(i.value, int) and i.type.is_integer]
        safe = bool(values) and len(values) == len(items)
    return Equals(field, tuple(dict.fromkeys(values))) if safe and values else None


def _like(pattern: str, column: Column, words: list[str] | None, table: TableMap | None) -> SearchNode | None:
    field = _field_of(column, table)
    if not pattern or field is None or column.type is not ScalarType.STRING or not words or not all(map(_WORD.fullmatch, words)):
        return None
    return Like(field, tuple(dict.fromkeys(pattern.format(w) for w in words)))


def _field_of(column: Column, table: TableMap | None) -> str | None:
    """The field that holds a string or integer column as it is; None for other columns and for what is read from the raw event."""
    if column.type is not ScalarType.STRING and not column.type.is_integer:
        return None
    if table is None:
        return column.name
    found = table.columns.get(column.name)
    if found is None or not found.path or found.json_from is not None or any(key.isdigit() for key in found.path):
        return None
    return ".".join(found.path) if found.conversion in ("text", "number", "native") else None
