"""`union`: legs brought to the same columns."""

from __future__ import annotations

from typing import Final

from rulec.bind import relations, sources
from rulec.bind.coerce import coerce
from rulec.bind.naming import Names
from rulec.bind.scope import Context, Table, column, definition
from rulec.bind.state import Open, Refused, is_absent
from rulec.ir.exprs import Expr, Literal
from rulec.ir.rels import Assignment, ColumnDef, Project, Rel, Union
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes

#: Tables of one wildcard: the columns of a union are those of all of them.
_MOST_TABLES: Final = 100


@record(frozen=True, slots=True)
class Options:
    """What stands before the tables of `union`."""

    inner: bool
    source: str
    fuzzy: bool


def bind_union(node: nodes.Union, piped: Table | None, context: Context) -> Table:
    """`union`, as a source and as an operator; columns of one name and type are one, of one name and several types several."""
    options = _options(node, context)
    legs: list[Table] = [] if piped is None else [piped]
    failed = False
    for written in node.tables:
        try:
            legs.extend(_leg(written, options, context))
        except Refused:
            failed = True
    if failed:
        raise Refused
    if not legs:
        raise context.state.refuse(node.span, "RC301", "no table of the `union` exists")
    if options.inner and not options.source and not set.intersection(*(set(leg.index) for leg in legs)):
        raise context.state.refuse(node.span, "RC302", "the tables of the `union` have no column in common")
    return unite(legs, options, node.span)


def _options(node: nodes.Union, context: Context) -> Options:
    inner, source, fuzzy = False, "", False
    for written in node.properties:
        text = written.value.text if isinstance(written.value, nodes.Name) else getattr(written.value, "value", None)
        match written.name.lower():
            case "kind":
                if text not in ("inner", "outer"):
                    raise context.state.refuse(written.span, "RC302", f"no kind of `union` is named `{text}`", "kinds: inner, outer")
                inner = text == "inner"
            case "withsource" | "with_source":
                source = str(text)
            case "isfuzzy":
                fuzzy = text is True or str(text).lower() == "true"
            case _:
                pass
    return Options(inner, source, fuzzy)


def _leg(node: nodes.Expr, options: Options, context: Context) -> list[Table]:
    """The tables of one term: several of a wildcard, none of an absent table when `isfuzzy`."""
    if isinstance(node, nodes.Name) and node.is_pattern:
        return _matching(node, options, context)
    state = context.state
    before, poisoned, asked = len(state.diagnostics), set(state.poisoned), {k: dict(v) for k, v in state.asked.items()}
    try:
        return [relations.bind_table(node, context.alone())]
    except Refused:
        found = state.diagnostics[before:]
        if not options.fuzzy or not found or not all(map(is_absent, found)):
            raise
        del state.diagnostics[before:]
        state.poisoned = poisoned
        state.asked = asked
        for missing in found:
            state.warn(node.span, "RC308", f"a leg of the `union` is left out: {missing.message}")
        return []


def wildcard_tables(node: nodes.Name, context: Context) -> list[Table]:
    """The views of the query and the tables that a wildcard means, of `union`, `search` and `find`.

    Raises:
        Refused: They are so many that no table of a workspace can be meant, only the catalogue's.
    """
    views = [replace(node, text=name) for name in sorted(context.scope.views(node.text))]
    names = context.state.environment.matching_tables(node.text)
    if len(names) > _MOST_TABLES:
        hint = "a longer name, or the tables one by one"
        raise context.state.refuse(node.span, "RC307", f"`{node.text}` matches {len(names)} tables, more than {_MOST_TABLES}", hint)
    found = [sources.named_table(view, context.alone()) for view in views]
    return found + [sources.scan(name, node.span, context) for name in names if context.scope.find(name) is None]


def _matching(node: nodes.Name, options: Options, context: Context) -> list[Table]:
    found = wildcard_tables(node, context)
    if not found and not options.fuzzy:
        raise context.state.refuse(node.span, "RC301", f"no table matches `{node.text}`")
    return found


def unite(legs: list[Table], options: Options, span: Span) -> Table:
    """The rows of all legs under the columns of all (or, if inner, of each)."""
    if len(legs) == 1 and not options.source:
        return replace(legs[0], serialized=False, ordered=False, name="")
    outputs = _outputs(legs, options)
    if all(_same_columns(leg, outputs) for leg in legs) and not options.source:
        columns = tuple(definition(c.name, c.type, any(leg.columns[at].nullable for leg in legs)) for at, c in enumerate(outputs))
        return _united(tuple(leg.rel for leg in legs), columns, legs, span)
    projected = [_projected(leg, at, outputs, options, span) for at, leg in enumerate(legs)]
    width = len(projected[0].assignments)
    nullable = [any(p.assignments[at].value.nullable for p in projected) for at in range(width)]
    columns = tuple(definition(a.name, a.value.type, nullable[at]) for at, a in enumerate(projected[0].assignments))
    return _united(tuple(projected), columns, legs, span)


def _united(rels: tuple[Rel, ...], columns: tuple[ColumnDef, ...], legs: list[Table], span: Span) -> Table:
    places = tuple(dict.fromkeys(here for leg in legs for here in leg.open or ()))
    opened = places if any(leg.open is not None for leg in legs) else None
    maybe = {name for leg in legs for name in leg.guessed}
    guessed = frozenset(name for name in maybe if all(name in leg.guessed or name not in leg.index for leg in legs))
    return Table(Union(rels, columns, span), columns, {c.name: c for c in columns}, open=opened, guessed=guessed)


def both_open(left: Table, right: Table) -> Open | None:
    """Where further columns of two sides come from; of two open sides it is not known which has a name."""
    if left.open is not None and right.open is not None:
        return ()
    return left.open if right.open is None else right.open


@record(frozen=True, slots=True)
class _Output:
    """An output column and the leg column, by name and type, that it takes."""

    name: str
    source: str
    type: ScalarType


def _same_columns(leg: Table, outputs: list[_Output]) -> bool:
    return len(leg.columns) == len(outputs) and all(
        c.name == o.source and c.name == o.name and c.type is o.type for c, o in zip(leg.columns, outputs, strict=True)
    )


def _outputs(legs: list[Table], options: Options) -> list[_Output]:
    """The columns in order of first appearance; a name with several types is split into name_type columns, side by side.

    A guessed type gives way to the type that another leg knows.
    Source: Microsoft's analyzer; recorded answers.
    """
    kinds: dict[str, dict[ScalarType, None]] = {}
    for leg in legs:
        for c in leg.columns:
            known = kinds.setdefault(c.name, {})
            if c.name not in leg.guessed:
                known[c.type] = None
    if options.inner:
        kinds = {n: ts for n, ts in kinds.items() if all(n in leg.index for leg in legs)}
    names = Names(n for n, types in kinds.items() if len(types) <= 1)
    if options.source:
        names.claim(options.source)
    outputs = []
    for name, types in kinds.items():
        if len(types) <= 1:
            chosen = names.derived(name) if name == options.source else name
            outputs.append(_Output(chosen, name, next(iter(types), ScalarType.DYNAMIC)))
            continue
        outputs.extend(_Output(names.derived(f"{name}_{kind.value}"), name, kind) for kind in types)
    return outputs


def _projected(leg: Table, at: int, outputs: list[_Output], options: Options, span: Span) -> Project:
    """A leg under the output columns, with null (or '') where it has none."""
    assignments: list[Assignment] = []
    if options.source:
        name = leg.name or f"union_arg{at}"
        assignments.append(Assignment(options.source, Literal(name, ScalarType.STRING, span)))
    given: set[str] = set()
    missing = {kind: absent(kind, span) for kind in ScalarType}
    for output in outputs:
        found = leg.index.get(output.source)
        if found is not None and found.type is output.type:
            value: Expr = column(found, span)
        elif found is not None and found.name in leg.guessed and found.name not in given:
            value = coerce(column(found, span), output.type)
            given.add(found.name)
        else:
            value = missing[output.type]
        assignments.append(Assignment(output.name, value))
    return Project(leg.rel, tuple(assignments), span)


def absent(kind: ScalarType, span: Span) -> Literal:
    """What a missing cell holds."""
    return Literal("" if kind is ScalarType.STRING else None, kind, span)
