"""`find`: the matching rows of several tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from rulec.bind import columns, exprs, rows, search, unions
from rulec.bind.scope import Context, Table, column
from rulec.bind.state import nearest
from rulec.ir.exprs import Call, Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Filter
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

_PACK = "pack_"


def bind_find(node: nodes.Find, context: Context) -> Table:
    """`find`: the matching rows under the name of their table, with the columns that are asked for, or with those that the
    predicate reads or all tables have and a bag of the others.

    Source: Learn, "find operator".
    """
    source = "source_"
    for written in node.properties:
        if written.name.lower() == "withsource":
            source = written.value.text if isinstance(written.value, nodes.Name) else str(getattr(written.value, "value", source))
    legs = search.tables(node.tables, "find", node.span, context)
    _check_columns(node, legs, context)
    if node.projection == "project-away":
        hint = "`find … project column, …` names the columns"
        raise context.state.refuse(node.span, "RC307", "`project-away` of `find` is not compiled", hint)
    read = dict.fromkeys(name for name in _names(node.predicate) if any(name in leg.index for leg in legs))
    named = [replace(leg, name=leg.name or f"find_arg{at}") for at, leg in enumerate(legs)]
    used = [leg for leg in named if not read or leg.open is not None or not read.keys().isdisjoint(leg.index)]
    found = [_matching(node, leg, used, tuple(read), context) for leg in used]
    shaped = _asked(node, found, used, context) if node.columns else _smart(node, found, used, frozenset(read), context)
    united = unions.unite(shaped, unions.Options(inner=False, source=source, fuzzy=False), node.span)
    if _PACK not in united.index or united.columns[-1].name == _PACK:
        return united
    ordered = sorted(united.columns, key=lambda c: c.name == _PACK)
    return rows.kept(united, tuple(ordered), node.span)


def _check_columns(node: nodes.Find, legs: list[Table], context: Context) -> None:
    """Refuses a column of `project` that no table has."""
    for written in node.columns:
        name = written.value if isinstance(written, nodes.Named) else None
        if isinstance(name, nodes.Name) and not any(name.text in leg.index or leg.open is not None for leg in legs):
            hint = nearest(name.text, [known for leg in legs for known in leg.index])
            raise context.state.refuse(name.span, "RC301", f"no table of `find` has a column `{name.text}`", hint)


def _names(node: object) -> Iterator[str]:
    """The plain names in a condition, which may be columns."""
    match node:
        case nodes.Name(text):
            yield text
        case nodes.Call(_, parts) | tuple(parts):
            for part in parts:
                yield from _names(part)
        case nodes.Argument(value) | nodes.Member(value):
            yield from _names(value)
        case Span():
            pass
        case _ if is_dataclass(node):
            for part in fields(node):
                yield from _names(getattr(node, part.name))


def _matching(node: nodes.Find, leg: Table, legs: list[Table], read: tuple[str, ...], context: Context) -> Table:
    """The matching rows of a table; a column that only other tables have is empty there."""
    missing = [name for name in read if name not in leg.index and leg.open is None]
    padded = leg
    if missing:
        others = [next(other.index[name] for other in legs if name in other.index) for name in missing]
        own = tuple(Assignment(c.name, column(c, node.span)) for c in leg.columns)
        absent = tuple(Assignment(c.name, unions.absent(c.type, node.span)) for c in others)
        padded = rows.projected(leg, own + absent, node.span)
    predicate = search.predicate(node.predicate, False, context.over(padded))
    return replace(padded, rel=Filter(padded.rel, predicate, node.span), name=leg.name)


def _asked(node: nodes.Find, found: list[Table], legs: list[Table], context: Context) -> list[Table]:
    """`project`: the listed columns of each table, as far as it has them."""
    shaped = []
    for table, leg in zip(found, legs, strict=True):
        assignments: list[Assignment] = []
        for written in node.columns:
            assignments.extend(_column(written, node, table, leg, context))
        shaped.append(replace(rows.projected(table, tuple(assignments), node.span), name=leg.name))
    return shaped


def _column(
    written: nodes.Named | nodes.ColumnDeclaration, node: nodes.Find, table: Table, leg: Table, context: Context
) -> list[Assignment]:
    if isinstance(written, nodes.ColumnDeclaration):
        return [_declared(written, table, leg, context)]
    if isinstance(written.value, nodes.Call):
        if len(node.columns) > 1:
            hint = "`pack_all()` alone, or columns alone"
            message = "whether the bag of `find` holds the columns beside it too is told in two ways by the documentation"
            raise context.state.refuse(written.span, "RC307", message, hint)
        return [_packed(leg.columns, leg, written.span, context)]
    if isinstance(written.value, nodes.Name) and written.value.text not in leg.index and leg.open is None:
        return []
    return columns.bind_columns((written,), context.over(table))


def _declared(written: nodes.ColumnDeclaration, table: Table, leg: Table, context: Context) -> Assignment:
    """`name: type` of `project`: the column cast to that type, or null."""
    kind = written.type or ScalarType.STRING
    found = leg.index.get(written.name.text)
    if found is None:
        return Assignment(written.name.text, unions.absent(kind, written.span))
    if found.type is kind:
        return Assignment(found.name, column(found, written.span))
    cast = nodes.Call(nodes.Name(f"to{kind.value}", written.span), (nodes.Argument(written.name, None, written.span),), written.span)
    return Assignment(found.name, exprs.bind(cast, context.over(table)))


def _smart(node: nodes.Find, found: list[Table], legs: list[Table], read: frozenset[str], context: Context) -> list[Table]:
    """`project-smart`: the columns that the predicate reads or all tables have, the others in a bag; one table has no others."""
    if len(legs) == 1:
        return found
    common = read | frozenset[str].intersection(*(frozenset(leg.index) for leg in legs))
    shaped = []
    for table, leg in zip(found, legs, strict=True):
        shown = [Assignment(c.name, column(c, node.span)) for c in leg.columns if c.name in common]
        rest = tuple(c for c in leg.columns if c.name not in common)
        assignments = (*shown, _packed(rest, leg, node.span, context))
        shaped.append(replace(rows.projected(table, assignments, node.span), name=leg.name))
    return shaped


def _packed(packed: tuple[ColumnDef, ...], leg: Table, span: Span, context: Context) -> Assignment:
    """The bag of columns under their names."""
    if leg.open is not None:
        hint = "`find … project column, …` names the columns"
        raise context.state.refuse(span, "RC302", "`find` packs columns that depend on the data here", hint)
    pairs: list[Expr] = []
    for one in packed:
        pairs += (Literal(one.name, ScalarType.STRING, span), column(one, span))
    return Assignment(_PACK, Call("bag_pack", tuple(pairs), ScalarType.DYNAMIC, False, span))
