"""`declare pattern`: constant texts that stand for tables. A case is bound like a function without parameters.

Source: Learn, "Pattern statement".
"""

from __future__ import annotations

import json

from rulec.bind.scope import Context, FunctionBinding, Scope
from rulec.bind.state import State
from rulec.syntax import nodes


def declare(statement: nodes.DeclarePattern, scope: Scope, state: State) -> Scope:
    """The scope with a pattern's cases, each under a key that is no name of KQL."""
    pattern = statement.name.text
    state.patterns.add(pattern)
    for case in statement.cases:
        key = _key(pattern, case.values, case.path)
        if key is None:
            state.refuse(case.span, "RC302", f"the cases of the pattern `{pattern}` must be constant texts")
            continue
        scope = scope.define(key, FunctionBinding(nodes.Function((), case.body, case.span), scope, pattern))
    return scope


def called(node: nodes.Expr, context: Context) -> FunctionBinding | None:
    """The case that `P("x")`, `P("x").path` or `P("x")["path"]` means; None for what calls no pattern."""
    base, path = _parts(node)
    if base is None or base.name.text not in context.state.patterns:
        return None
    key = _key(base.name.text, tuple(a.value for a in base.arguments), path)
    found = None if key is None else context.scope.find(key)
    if not isinstance(found, FunctionBinding):
        raise context.state.refuse(node.span, "RC301", f"the pattern `{base.name.text}` has no case for these texts")
    return found


def _parts(node: nodes.Expr) -> tuple[nodes.Call | None, nodes.Expr | None]:
    match node:
        case nodes.Call():
            return node, None
        case nodes.Member(nodes.Call() as call, nodes.Name() as path) | nodes.Element(nodes.Call() as call, nodes.Literal() as path):
            return call, path
        case _:
            return None, None


def _key(pattern: str, values: tuple[nodes.Expr, ...], path: nodes.Expr | None) -> str | None:
    texts = [value.value for value in values if isinstance(value, nodes.Literal)]
    step = path.value if isinstance(path, nodes.Literal) else path.text if isinstance(path, nodes.Name) else None
    if len(texts) < len(values) or not all(isinstance(text, str) for text in (*texts, step or "")):
        return None
    return " pattern " + json.dumps([pattern, texts, step])
