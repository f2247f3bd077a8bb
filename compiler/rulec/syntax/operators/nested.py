"""Operators with a query or statements inside."""

from __future__ import annotations

from rulec.syntax.clauses import MV_APPLY, SCAN, UNION, orderings, properties
from rulec.syntax.cursor import Cursor
from rulec.syntax.expressions import entity, expression, name_or_call, simple_path
from rulec.syntax.nodes import (
    ContextualDataTable,
    Expr,
    Facet,
    Foreign,
    Fork,
    ForkLeg,
    MvApply,
    MvExpandColumn,
    Name,
    Named,
    Partition,
    Pipeline,
    Property,
    Scan,
    ScanDeclaration,
    ScanStep,
    Unknown,
)
from rulec.syntax.operators.shapes import expand_column
from rulec.syntax.terms import bracketed_length, declared_name, dynamic, literal, name, schema, type_name
from rulec.syntax.tokens import KEYWORDS, LIST_ENDS, NAME_KINDS

_SCAN_ENDS = LIST_ENDS | {"partition", "order", "by", "declare", "with"}
_FACET_ENDS = LIST_ENDS | {"with"}
_APPLY_ENDS = frozenset({"limit", "id", "on"})


def mv_apply(p: Cursor) -> MvApply:
    start = p.at
    p.at += 1
    found = properties(p, MV_APPLY)
    columns = p.commas(_apply_column)
    limit = expression(p) if p.accept("limit") else None
    at = p.at
    if p.accept("id"):
        found = (*found, Property("id", expression(p), p.span(at)))
    p.expect("on")
    return MvApply(columns, limit, found, parenthesised_subpipeline(p), p.span(start))


def _apply_column(p: Cursor) -> MvExpandColumn:
    if p.kind == "to" and p.peek() == "typeof":
        raise p.fault("RC209", "a column is missing before `to typeof(…)`")
    if p.kind in _APPLY_ENDS and p.peek() not in (",", "to", "="):
        raise p.unexpected("", "an expression")
    return expand_column(p)


def parenthesised_subpipeline(p: Cursor) -> Pipeline:
    """`(operators)`, their input the rows that the context gives."""
    p.expect("(")
    body = p.grammar.subpipeline(p)
    p.expect(")")
    return body


def partition(p: Cursor) -> Partition:
    start = p.at
    p.at += 1
    found = properties(p, bare=True)
    p.expect("by")
    key = simple_path(p)
    at = p.at
    if p.accept("in"):
        scope: Expr = dynamic(p) if p.kind == "dynamic" else name_or_call(p)
        found = (*found, Property("in", scope, p.span(at)))
    if p.accept("{"):
        body = as_pipeline(p.grammar.pipeline(p))
        p.expect("}")
    else:
        body = parenthesised_subpipeline(p)
    return Partition(key, body, found, p.span(start))


def as_pipeline(node: Expr) -> Pipeline:
    """A query as a pipeline, even when it is a table's name only."""
    return node if isinstance(node, Pipeline) else Pipeline(node, (), node.span)


def partition_by(p: Cursor) -> Unknown:
    start = p.at
    p.at += 1
    properties(p, bare=True)
    simple_path(p)
    if p.accept("id") and literal(p) is None:
        raise p.unexpected("", "a literal")
    parenthesised_subpipeline(p)
    return Unknown("__partitionby", p.span(start))


def fork(p: Cursor) -> Fork:
    start = p.at
    p.at += 1
    legs = [_leg(p)]
    while p.kind == "(" or _is_leg_name(p):
        legs.append(_leg(p))
    return Fork(tuple(legs), p.span(start))


def _is_leg_name(p: Cursor) -> bool:
    length = 1 if p.kind in NAME_KINDS else bracketed_length(p)
    return length > 0 and p.peek(length) == "="


def _leg(p: Cursor) -> ForkLeg:
    start = p.at
    label = None
    if p.kind != "(":
        label = name(p)
        p.expect("=")
    p.expect("(")
    body = p.grammar.subpipeline(p) if p.kind in KEYWORDS else as_pipeline(p.grammar.pipeline(p))
    p.expect(")")
    return ForkLeg(label, body, p.span(start))


def facet(p: Cursor) -> Facet:
    start = p.at
    p.at += 1
    p.expect("by")
    names = p.commas(_facet_column, _FACET_ENDS)
    body = None
    if p.accept("with"):
        if p.kind == "(":
            body = parenthesised_subpipeline(p)
        else:
            at = p.at
            operator = p.grammar.operator(p)
            body = Pipeline(ContextualDataTable(operator.span), (operator,), p.span(at))
    return Facet(names, body, p.span(start))


def _facet_column(p: Cursor) -> Name:
    node = simple_path(p)
    if not isinstance(node, Name):
        raise p.fault("RC209", "`facet` takes column names", span=node.span)
    return node


def scan(p: Cursor) -> Scan:
    start = p.at
    p.at += 1
    found = properties(p, SCAN, bare=True)
    order = orderings(p) if p.accept("order") else ()
    keys: tuple[Expr, ...] = ()
    if p.accept("partition"):
        p.expect("by")
        keys = p.commas(expression, _SCAN_ENDS)
    declarations: tuple[ScanDeclaration, ...] = ()
    if p.accept("declare"):
        p.expect("(")
        declarations = p.commas(_scan_declaration, least=0)
        p.expect(")")
    p.expect("with")
    p.expect("(")
    steps = []
    while p.kind == "step":
        steps.append(_scan_step(p))
    p.expect(")")
    return Scan(declarations, tuple(steps), order, keys, found, p.span(start))


def _scan_declaration(p: Cursor) -> ScanDeclaration:
    start = p.at
    declared = declared_name(p)
    p.expect(":")
    of = type_name(p)
    return ScanDeclaration(declared, of, default_value(p), p.span(start))


def default_value(p: Cursor) -> Expr | None:
    """`= literal` of a parameter; KQL also takes a bare name there."""
    if not p.accept("="):
        return None
    return literal(p) or name(p)


def _scan_step(p: Cursor) -> ScanStep:
    start = p.at
    p.expect("step")
    label = declared_name(p)
    optional = p.accept("optional")
    output = "all"
    if p.accept("output"):
        p.expect("=")
        output = p.text()
        if output not in ("all", "last", "none"):
            raise p.unexpected("", "`all`, `last` or `none`", ("all", "last", "none"))
        p.at += 1
    p.expect(":")
    condition = expression(p)
    assignments = p.commas(_assignment) if p.accept("=>") else ()
    p.expect(";")
    return ScanStep(label, optional, output, condition, assignments, p.span(start))


def _assignment(p: Cursor) -> Named:
    start = p.at
    target = declared_name(p)
    p.expect("=")
    value = expression(p)
    return Named((target,), value, p.span(start))


def macro_expand(p: Cursor) -> Unknown:
    start = p.at
    p.at += 1
    properties(p, UNION)
    entity_group(p) if p.kind == "entity_group" else entity(p)
    if p.accept("as"):
        name(p)
    p.expect("(")
    p.grammar.statements(p, ")")
    p.expect(")")
    return Unknown("macro-expand", p.span(start))


def entity_group(p: Cursor) -> Expr:
    """`entity_group[cluster(…).database(…), …]` or `entity_group("name")`."""
    if p.peek() == "(":
        return name_or_call(p)
    start = p.at
    p.at += 1
    p.expect("[")
    p.commas(expression)
    p.expect("]")
    return Foreign("entity_group", p.span(start))


def assert_schema(p: Cursor) -> Unknown:
    start = p.at
    p.at += 1
    schema(p)
    return Unknown("assert-schema", p.span(start))


def execute_and_cache(p: Cursor) -> Unknown:
    start = p.at
    p.at += 1
    return Unknown("__executeAndCache", p.span(start))
