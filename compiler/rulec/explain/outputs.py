"""The fields that a query makes, each with the stage that made it last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rulec.explain.stages import kind_of
from rulec.records import record
from rulec.syntax import nodes


@record(frozen=True, slots=True)
class OutputField:
    """A field of the result and the kind of stage that made it."""

    name: str
    stage: str


def output_fields(program: nodes.Program) -> tuple[OutputField, ...]:
    """The made fields in their order: `project` and `summarize` start anew, `extend` and its like add.

    Columns that only pass through from a table are not listed. A `let` that the query starts from is followed.
    """
    lets = {s.name.text: s.value for s in program.statements if isinstance(s, nodes.Let)}
    final = next((s.value for s in reversed(program.statements) if isinstance(s, nodes.ExpressionStatement)), None)
    made = _of(final, lets) if final is not None else {}
    return tuple(OutputField(name, stage) for name, stage in made.items())


def _of(value: object, lets: dict[str, nodes.Expr | nodes.Function]) -> dict[str, str]:
    match value:
        case nodes.Pipeline(source=source, operators=operators):
            made = _of(source, lets)
            for operator in operators:
                made = _after(operator, made, lets)
            return made
        case nodes.Name(text=text) if text in lets:
            rest = {name: body for name, body in lets.items() if name != text}
            return _of(lets[text], rest)
        case nodes.Union(tables=tables):
            return {name: stage for table in tables for name, stage in _of(table, lets).items()}
        case nodes.Print(columns=columns):
            return dict.fromkeys(_names(columns), "print")
        case nodes.Range(name=name):
            return {name.text: "range"}
        case nodes.DataTable(columns=declared):
            return {c.name.text: "datatable" for c in declared}
        case nodes.ExternalData(columns=declared):
            return {c.name.text: "externaldata" for c in declared}
        case _:
            return {}


def _after(operator: nodes.Operator, made: dict[str, str], lets: dict[str, nodes.Expr | nodes.Function]) -> dict[str, str]:
    kind = kind_of(operator)
    match operator:
        case nodes.Extend(columns=columns) | nodes.Serialize(columns=columns):
            return {**made, **dict.fromkeys(_names(columns), kind)}
        case nodes.Project(columns=columns):
            return dict.fromkeys(_names(columns), kind)
        case nodes.Distinct(columns=columns):
            return dict.fromkeys(_names(columns), kind) if not any(isinstance(c.value, nodes.Star) for c in columns) else made
        case nodes.Summarize(aggregates=aggregates, keys=keys):
            return dict.fromkeys((*_names(keys), *_names(aggregates)), kind)
        case nodes.MakeSeries(aggregates=series, axis=axis, keys=keys):
            return dict.fromkeys((*_names(keys), *_names(s.value for s in series), *_names([axis])), kind)
        case nodes.Count(as_name=name):
            return {name.text if name else "Count": kind}
        case nodes.ProjectAway(names=names):
            return {name: stage for name, stage in made.items() if not any(_matches(n, name) for n in names)}
        case nodes.ProjectRename(columns=columns):
            return _renamed(made, columns, kind)
        case nodes.MvExpand(columns=expanded):
            return {**made, **dict.fromkeys(_names(c.value for c in expanded), kind)}
        case nodes.Parse(pattern=nodes.ParsePattern(pieces=pieces)):
            return {**made, **{p.name.text: kind for p in pieces if isinstance(p, nodes.ColumnDeclaration)}}
        case nodes.ParseKv(keys=declared):
            return {**made, **{d.name.text: kind for d in declared}}
        case nodes.Join(right=right) | nodes.Lookup(right=right):
            return {**made, **{name: kind for name in _of(right, lets) if name not in made}}
        case nodes.Union(tables=tables):
            return {**made, **{name: stage for table in tables for name, stage in _of(table, lets).items()}}
        case _:
            return made


def _names(columns: Iterable[nodes.Named]) -> Iterator[str]:
    for column in columns:
        if column.names:
            yield from (n.text for n in column.names)
        elif name := _implied(column.value):
            yield name


def _implied(value: nodes.Expr) -> str:
    """The name that KQL gives an unnamed column, where the text shows it."""
    match value:
        case nodes.Name(text=text):
            return text
        case nodes.Member(name=nodes.Name(text=text), base=base):
            inner = _implied(base)
            return f"{inner}_{text}" if inner else text
        case nodes.Call(name=nodes.Name(text="bin" | "floor"), arguments=[first, *_]):
            return _implied(first.value)
        case nodes.Call(name=nodes.Name(text=function), arguments=[]):
            return f"{function}_"
        case nodes.Call(name=nodes.Name(text=function), arguments=[first, *_]):
            return f"{function}_{_implied(first.value)}"
        case _:
            return ""


def _matches(pattern: nodes.Name, name: str) -> bool:
    if not pattern.is_pattern:
        return pattern.text == name
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern.text)


def _renamed(made: dict[str, str], columns: Iterable[nodes.Named], kind: str) -> dict[str, str]:
    new = {c.value.text: c.names[0].text for c in columns if c.names and isinstance(c.value, nodes.Name)}
    kept = {new.get(name, name): kind if name in new else stage for name, stage in made.items()}
    return {**kept, **{target: kind for target in new.values() if target not in kept}}
