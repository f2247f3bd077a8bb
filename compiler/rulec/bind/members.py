"""Parts of dynamic values: `a.b`, `a["b"]`, `a[0]`, fused to one path; and the columns of `scan` steps."""

from __future__ import annotations

from rulec.bind import exprs
from rulec.bind.coerce import constant
from rulec.bind.scope import Context
from rulec.ir.exprs import Expr, Path, StepColumn
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes


def bind_member(node: nodes.Member, context: Context) -> Expr:
    """`base.name`."""
    if isinstance(node.name, nodes.Call):
        raise context.state.refuse(node.span, "RC302", "a scalar is expected here, found a reference to a table or function elsewhere")
    if context.steps is not None and isinstance(node.base, nodes.Name) and node.base.text in context.steps:
        return _step_column(node.base.text, node.name, node.span, context)
    if isinstance(node.base, nodes.Name) and node.base.text in ("$left", "$right"):
        raise context.state.refuse(node.base.span, "RC301", f"`{node.base.text}` has a meaning in the conditions of a join only")
    return _step(exprs.bind(node.base, context), node.name.text, node, context)


def bind_element(node: nodes.Element, context: Context) -> Expr:
    """`base[index]`."""
    base = exprs.bind(node.base, context)
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
