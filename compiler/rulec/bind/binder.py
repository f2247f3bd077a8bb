"""The way in: a syntax tree and an environment to a typed query, or to what is wrong with it."""

from __future__ import annotations

from rulec.bind import lets, sketches, unpack
from rulec.bind.environment import Environment
from rulec.bind.graph_model import Graph
from rulec.bind.scope import EMPTY_SCOPE, Table
from rulec.bind.state import ColumnsOf, Inlined, Place, Refused, State, TooLarge
from rulec.errors import Diagnostic, Severity
from rulec.ir.rels import Query
from rulec.records import record
from rulec.syntax import nodes


@record(frozen=True, slots=True)
class BindResult:
    """The query, or None when there are errors; warnings may go with a query."""

    query: Query | None
    diagnostics: tuple[Diagnostic, ...]


def bind(program: nodes.Program, environment: Environment, columns_of: ColumnsOf = lambda _: None) -> BindResult:
    """Gives a query its types, null rules, names and order. Never raises for a mistake in the query.

    `columns_of`: all columns of a plugin's result that the data decide, where the data are in the text; None where they are not."""
    known: dict[Place, tuple[str, ...]] = {}
    inlined = Inlined()
    while True:
        state = State(environment, columns_of, known=known, inlined=inlined)
        try:
            query = _round(program, state)
        except TooLarge as error:
            finding = Diagnostic.at(error.span, "RC309", str(error), "call a function fewer times, or name its result with `let`")
            return BindResult(None, (finding,))
        if not state.asked:
            return BindResult(query, _in_order(state.diagnostics))
        # A relation whose columns depend on the data was read: the next round gives it those columns. A name is asked for once.
        known = known | {here: (*known.get(here, ()), *names) for here, names in state.asked.items()}


def _round(program: nodes.Program, state: State) -> Query | None:
    """One pass over the tree; None when it found errors."""
    try:
        result = lets.bind_program(program, EMPTY_SCOPE, state)
        if state.sketches and isinstance(result, Table):
            sketches.check(result.rel, state)
    except Refused:
        return None
    except RecursionError:
        state.refuse(program.span, "RC309", "functions and expressions nest too deep for the stack that is left")
        return None
    if not isinstance(result, Table):
        state.refuse(
            program.span, "RC302", f"the query's result is a {result.type.value}, not a table", "`print` makes a table of a scalar"
        )
        return None
    if isinstance(result, Graph):
        state.refuse(program.span, "RC302", "the query's result is a graph, not a table", "`graph-match` or `graph-to-table` makes one")
    if any(d.severity is Severity.ERROR for d in state.diagnostics):
        return None
    if not result.columns and result.open is None:
        state.refuse(program.span, "RC302", "the query's result has no columns")
        return None
    if result.open is not None and unpack.loses(result.rel):
        hint = "`| project …` at the end names those that are wanted"
        state.refuse(program.span, "RC302", "the result has columns that the data decide, and they cannot be known", hint)
        return None
    settle = state.plugins and result.open is None
    return Query(unpack.settled(result.rel) if settle else result.rel, result.ordered)


def _in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, in order of place."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: (d.path, d.begin)))
