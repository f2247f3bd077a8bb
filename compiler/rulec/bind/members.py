"""Parts of dynamic values: `a.b`, `a["b"]`, `a[0]`, fused to one path; and the columns of `scan` steps."""

from __future__ import annotations

from rulec.bind import exprs, graph_elements
from rulec.bind.coerce import constant
from rulec.bind.scope import Context
from rulec.ir.exprs import Expr, Path, StepColumn
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


def bind_path(node: nodes.Member | nodes.Element, context: Context) -> Expr:
    """`base.name`, `base[index]` and chains of them, bound from the left end: a long chain nests deep to the left."""
    chain: list[nodes.Member | nodes.Element] = []
    first: nodes.Expr = node
    while isinstance(first, nodes.Member | nodes.Element):
        chain.append(first)
        first = first.base
    value = _leading_column(chain, first, context)
    if value is None:
        value = exprs.bind(first, context)
    while chain:
        link = chain.pop()
        value = _member(value, link, context) if isinstance(link, nodes.Member) else _element(value, link, context)
    return value


def _leading_column(chain: list[nodes.Member | nodes.Element], first: nodes.Expr, context: Context) -> Expr | None:
    """The `step.column` of `scan`, or the `node.property` of a graph, that a path starts with; its link is taken from the chain."""
    link = chain[-1]
    if not isinstance(first, nodes.Name) or not isinstance(link, nodes.Member) or not isinstance(link.name, nodes.Name):
        return None
    if context.steps is not None and first.text in context.steps:
        chain.pop()
        return _step_column(first.text, link.name, link.span, context)
    if context.elements is not None and first.text not in context.row and context.elements.has(first.text):
        chain.pop()
        return graph_elements.property_of(first.text, link.name.text, link.span, context)
    if first.text in ("$left", "$right"):
        raise context.state.refuse(first.span, "RC301", f"`{first.text}` has a meaning in the conditions of a join only")
    return None


def _member(base: Expr, node: nodes.Member, context: Context) -> Expr:
    if isinstance(node.name, nodes.Call):
        raise context.state.refuse(node.span, "RC302", "a scalar is expected here, found a reference to a table or function elsewhere")
    return _step(base, node.name.text, node, context)


def _element(base: Expr, node: nodes.Element, context: Context) -> Expr:
    index = exprs.bind(node.index, context)
    known = constant(index)
    if known is not None and isinstance(known.value, (str, int)) and not isinstance(known.value, bool) and _is_index(known.type):
        return _step(base, known.value, node, context)
    if not _is_index(index.type) and index.type is not ScalarType.DYNAMIC:
        raise context.state.refuse(node.index.span, "RC302", f"an index is a string or an integer, found {index.type.value}")
    return _step(base, index, node, context)


def _is_index(kind: ScalarType) -> bool:
    return kind is ScalarType.STRING or kind.is_integer


def _step(base: Expr, step: str | int | Expr, node: nodes.Member | nodes.Element, context: Context) -> Expr:
    if base.type is not ScalarType.DYNAMIC:
        hint = "`parse_json(…)` reads JSON text" if base.type is ScalarType.STRING else ""
        raise context.state.refuse(node.span, "RC302", f"only a dynamic value has parts, found {base.type.value}", hint)
    if isinstance(base, Path):
        return Path(base.base, (*base.steps, step), node.span)
    return Path(base, (step,), node.span)


def _step_column(step: str, name: nodes.Name, span: Span, context: Context) -> Expr:
    assert context.steps is not None
    found = context.steps[step].get(name.text)
    if found is None:
        raise context.state.refuse(name.span, "RC301", f"step `{step}` has no column `{name.text}`")
    return StepColumn(step, found.name, found.type, found.type is not ScalarType.STRING, span)
