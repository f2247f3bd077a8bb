"""Tables written out in the query: `datatable`, `externaldata`, `inline_external_table`, `__contextual_datatable`."""

from __future__ import annotations

from rulec.syntax.cursor import Cursor, shown
from rulec.syntax.nodes import ColumnDeclaration, DataTable, Expr, ExternalData, Foreign, Literal, Name, Property
from rulec.syntax.terms import declared_name, literal, name, schema, string, type_name
from rulec.syntax.tokens import BOOL, DATETIME, DECLARABLE_KINDS, GUID, LONG, NAME, REAL, STRING

_PROPERTY_LITERALS = frozenset({STRING, LONG, REAL, BOOL, DATETIME, GUID})


def data_table(p: Cursor) -> DataTable:
    """`datatable(schema)[values]`."""
    start = p.at
    p.expect("datatable")
    columns = schema(p)
    p.expect("[")
    p.accept(",")
    values = p.commas(_cell, least=0, trailing=True)
    p.expect("]")
    table = DataTable(columns, values, p.span(start))
    if len(values) % max(1, len(columns)):
        counted = f"{len(values)} values do not fill rows of {len(columns)} columns"
        raise p.fault("RC205", counted, span=values[-1].span)
    return table


def _cell(p: Cursor) -> Expr:
    found = literal(p)
    if found is None:
        hint = "a null is written with its type: int(null)" if p.kind == "null" else "`datatable` rows hold literals only"
        raise p.fault("RC201", f"unexpected `{shown(p.text())}`, expected a literal", hint)
    return found


def external_data(p: Cursor) -> ExternalData:
    """`externaldata(schema)[uris] with (properties)`."""
    start = p.at
    p.at += 1
    columns = schema(p)
    p.expect("[")
    uris = p.commas(p.grammar.pipeline, least=0, trailing=True)
    p.expect("]")
    return ExternalData(columns, uris, with_clause(p), p.span(start))


def with_clause(p: Cursor) -> tuple[Property, ...]:
    """`with (name = value, …)`, if it is there."""
    if not p.accept("with"):
        return ()
    p.expect("(")
    properties = p.commas(_property, least=0)
    p.expect(")")
    return properties


def _property(p: Cursor) -> Property:
    start = p.at
    key = declared_name(p)
    p.expect("=")
    value = literal(p) if p.kind in _PROPERTY_LITERALS else declared_name(p)
    assert value is not None
    return Property(key.text, value, p.span(start))


def contextual_data_table(p: Cursor) -> Foreign:
    """`__contextual_datatable id (schema)`, which clients write into queries."""
    start = p.at
    p.at += 1
    if literal(p) is None:
        raise p.fault("RC209", "`__contextual_datatable` takes a literal")
    schema(p)
    return Foreign("__contextual_datatable", p.span(start))


def is_inline_external_table(p: Cursor) -> bool:
    """Whether `inline_external_table` starts a table here; else it is a name."""
    return p.peek() == "kind" or (p.peek() == "(" and p.peek(3) == ":")


def inline_external_table(p: Cursor) -> Foreign:
    """`inline_external_table (schema) kind=… [partition by …] [pathformat=…] dataformat=… (strings) [with (…)]`."""
    start = p.at
    p.at += 1
    if p.kind == "(":
        schema(p)
    p.expect("kind")
    p.expect("=")
    kind = p.text()
    if kind not in ("storage", "delta"):
        raise p.unexpected("", "`storage` or `delta`", ("storage", "delta"))
    p.at += 1
    if p.accept("partition"):
        p.expect("by")
        p.expect("(")
        p.accept(",")
        p.commas(_partition_column, least=0, trailing=True)
        p.expect(")")
    if p.accept("pathformat"):
        p.expect("=")
        _path_format(p)
    if p.kind == "dataformat" or kind != "delta":
        p.expect("dataformat")
        p.expect("=")
        p.expect(NAME)
    p.expect("(")
    p.commas(p.grammar.pipeline, least=0, trailing=True)
    p.expect(")")
    with_clause(p)
    return Foreign("inline_external_table", p.span(start))


def _partition_column(p: Cursor) -> ColumnDeclaration:
    start = p.at
    key = name(p, DECLARABLE_KINDS)
    p.expect(":")
    if p.kind not in ("datetime", "long", "string"):
        raise p.unexpected("", "`datetime`, `long` or `string`")
    of = type_name(p)
    if p.accept("="):
        p.grammar.pipeline(p)
    return ColumnDeclaration(key, of, p.span(start))


def _path_format(p: Cursor) -> None:
    p.expect("(")
    _separator(p)
    while not p.accept(")"):
        if p.accept("datetime_pattern"):
            p.expect("(")
            string(p)
            p.expect(",")
            name(p)
            p.expect(")")
        else:
            name(p)
        _separator(p)


def _separator(p: Cursor) -> Literal | Name | None:
    return string(p) if p.kind == STRING else None
