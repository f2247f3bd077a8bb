"""`parse`, `parse-where` and `parse-kv`."""

from __future__ import annotations

from typing import Final

from rulec.bind import exprs, mixed, rows
from rulec.bind.coerce import coerce, constant
from rulec.bind.scope import Context, Table, definition
from rulec.catalogue.regexes import without_captures
from rulec.ir.exprs import Expr
from rulec.ir.rels import ColumnDef, Parse, ParseKv, ParsePiece
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

_FLAGS: Final = frozenset("Uimsx")


def parse(node: nodes.Parse, table: Table, context: Context) -> Table:
    """`parse`: the captures replace columns of their name or are added behind the others."""
    value = exprs.bind(node.value, context.over(table))
    if value.type not in (ScalarType.STRING, ScalarType.DYNAMIC):
        context.state.warn(node.value.span, "RC502", f"the text of a {value.type.value} is parsed", "`tostring(…)` says the same")
    value = coerce(value, ScalarType.STRING)
    _check_flags(node, context)
    pieces = _pieces(node, context)
    captures = [p.column for p in pieces if p.column is not None]
    rel = Parse(table.rel, value, pieces, node.kind, node.flags, node.where, node.span)
    return rows.with_columns(table, rel, captures)


def _text(node: nodes.Expr, operator: str, context: Context) -> Expr:
    value = exprs.bind(node, context)
    if value.type in (ScalarType.STRING, ScalarType.DYNAMIC):
        return coerce(value, ScalarType.STRING)
    raise context.state.refuse(node.span, "RC302", f"`{operator}` expects string, found {value.type.value}", "`tostring(…)` converts")


def _check_flags(node: nodes.Parse, context: Context) -> None:
    unknown = [f for f in node.flags if f not in _FLAGS]
    if unknown:
        raise context.state.refuse(node.span, "RC302", f"no regex flag is named `{unknown[0]}`", "flags: U, i, m, s")


def _pieces(node: nodes.Parse, context: Context) -> tuple[ParsePiece, ...]:
    """The pattern; two captures need a constant between them.

    Source: Microsoft's analyzer; recorded refusals.
    """
    pieces: list[ParsePiece] = []
    names: set[str] = set()
    after = "start"
    for piece in node.pattern.pieces:
        match piece:
            case nodes.Star():
                pieces.append(ParsePiece(None, None))
                after = "star"
            case nodes.Literal(value=text):
                if not isinstance(text, str):
                    raise context.state.refuse(piece.span, "RC302", "a `parse` pattern holds strings and columns")
                if node.kind == "regex":
                    text = without_captures(mixed.pattern_of_today(text, piece.span, context))
                pieces.append(ParsePiece(text, None))
                after = "text"
            case nodes.ColumnDeclaration():
                _check_place(piece, after, context)
                name = piece.name.text
                if name in names:
                    raise context.state.refuse(piece.span, "RC304", f"column `{name}` is captured twice")
                names.add(name)
                pieces.append(ParsePiece(None, definition(name, piece.type or ScalarType.STRING, True)))
                after = "column"
    return tuple(pieces)


def _check_place(piece: nodes.ColumnDeclaration, after: str, context: Context) -> None:
    if after in ("column", "star"):
        what = "another column" if after == "column" else "`*`"
        raise context.state.refuse(piece.span, "RC302", f"column `{piece.name.text}` follows {what}, a constant must be between them")


def parse_kv(node: nodes.ParseKv, table: Table, context: Context) -> Table:
    """`parse-kv`: the keys become columns."""
    value = _text(node.value, "parse-kv", context.over(table))
    keys = _keys(node.keys, node.span, context)
    options = tuple(sorted(_options(node.properties, context).items()))
    rel = ParseKv(table.rel, value, keys, options, node.span)
    return rows.with_columns(table, rel, keys)


def _keys(written: tuple[nodes.ColumnDeclaration, ...], span: Span, context: Context) -> tuple[ColumnDef, ...]:
    found: dict[str, ColumnDef] = {}
    for one in written:
        if one.name.text in found:
            raise context.state.refuse(one.span, "RC304", f"key `{one.name.text}` is named twice")
        found[one.name.text] = definition(one.name.text, one.type or ScalarType.STRING, True)
    return tuple(found.values())


def _options(properties: tuple[nodes.Property, ...], context: Context) -> dict[str, str | bool | tuple[str, ...]]:
    known = {"pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"}
    found: dict[str, str | bool | tuple[str, ...]] = {}
    for written in properties:
        name = written.name.lower()
        if name not in known:
            raise context.state.refuse(
                written.span, "RC302", f"`parse-kv` has no option `{written.name}`", f"options: {', '.join(sorted(known))}"
            )
        value = constant(exprs.bind(written.value, context.alone()))
        if value is None or not isinstance(value.value, (str, bool)):
            raise context.state.refuse(written.span, "RC302", f"option `{name}` must be a constant")
        if value.value == "":
            raise context.state.refuse(written.span, "RC302", f"option `{name}` is empty")
        if name == "quote" and isinstance(value.value, str) and len(value.value) == 2:
            found[name] = (value.value[0], value.value[1])
        else:
            found[name] = value.value
    return found
