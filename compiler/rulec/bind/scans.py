"""The `scan` operator."""

from __future__ import annotations

from rulec.bind import exprs, rows
from rulec.bind.coerce import coerce, widens
from rulec.bind.scope import Context, Table
from rulec.bind.state import Refused
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, ScanOperator, ScanStepDef
from rulec.records import replace
from rulec.scalars import ScalarType
from rulec.syntax import nodes


def scan(node: nodes.Scan, table: Table, context: Context) -> Table:
    """`scan`: steps over ordered rows; the output has the input's columns, the declared ones and the match number."""
    if node.order:
        table = rows.ordered(table, rows.sort_keys(node.order, context.over(table)), node.span)
    if not table.serialized:
        hint = "`| sort by …` or `| serialize` before it fixes an order"
        raise context.state.refuse(node.span, "RC305", "`scan` needs rows in a fixed order", hint)
    declared = _declared(node, table, context)
    columns = table.columns + tuple(a.column for a in declared)
    match_id = _match_id(node)
    index = {c.name: c for c in columns}
    inner = Context(context.state, context.scope, index, steps={s.name.text: index for s in node.steps})
    partition = tuple(exprs.bind_all(node.partition, context.over(table)))
    steps = _steps(node, declared, inner)
    rel = ScanOperator(table.rel, partition, match_id, declared, steps, node.span)
    if match_id is not None:
        columns = (*columns, ColumnDef(match_id, ScalarType.LONG, False))
    return table.reshaped(rel, columns)


def _match_id(node: nodes.Scan) -> str | None:
    for written in node.properties:
        if written.name.lower() == "with_match_id" and isinstance(written.value, nodes.Name):
            return written.value.text
    return None


def _declared(node: nodes.Scan, table: Table, context: Context) -> tuple[Assignment, ...]:
    """The declared columns with their values before a step assigns one."""
    found: dict[str, Assignment] = {}
    for one in node.declarations:
        name = one.name.text
        if name in table.index or name in found:
            raise context.state.refuse(one.span, "RC304", f"column `{name}` exists already")
        default: Expr = Literal("" if one.type is ScalarType.STRING else None, one.type, one.span)
        if one.default is not None:
            default = exprs.bind(one.default, context.alone())
            if not widens(default.type, one.type) and default.type is not ScalarType.DYNAMIC:
                raise context.state.refuse(one.span, "RC302", f"column `{name}` is {one.type.value}, its default {default.type.value}")
            default = coerce(default, one.type)
        # A step may assign null, so the column is nullable even where its default is not.
        found[name] = Assignment(name, default)
    return tuple(found.values())


def _steps(node: nodes.Scan, declared: tuple[Assignment, ...], context: Context) -> tuple[ScanStepDef, ...]:
    kinds = {a.name: a.value.type for a in declared}
    found: list[ScanStepDef] = []
    failed = False
    for step in node.steps:
        try:
            if step.output == "last":
                # The page says the last of repeated matches; its steps of the algorithm say the first.
                hint = "`output=all` and a `summarize arg_max(…)` by the match id keeps the last row"
                raise context.state.refuse(step.span, "RC307", "`output=last` is not compiled: its page contradicts itself", hint)
            condition = exprs.predicate(step.condition, context)
            assignments = tuple(_assignment(one, kinds, context) for one in step.assignments)
            found.append(ScanStepDef(step.name.text, step.optional, step.output, condition, assignments))
        except Refused:
            failed = True
    if failed:
        raise Refused
    return tuple(found)


def _assignment(one: nodes.Named, kinds: dict[str, ScalarType], context: Context) -> Assignment:
    name = one.names[0].text if one.names else ""
    if name not in kinds:
        raise context.state.refuse(one.span, "RC301", f"`scan` declares no column `{name}`")
    value = exprs.bind(one.value, replace(context))
    if not widens(value.type, kinds[name]) and value.type is not ScalarType.DYNAMIC:
        raise context.state.refuse(one.span, "RC302", f"column `{name}` is {kinds[name].value}, found {value.type.value}")
    return Assignment(name, coerce(value, kinds[name]))
