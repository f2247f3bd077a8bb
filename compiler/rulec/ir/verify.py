"""Invariants of the IR: what every pass and every backend may rely on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from rulec.ir import walk
from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import (
    ColumnDef,
    Extend,
    Filter,
    Given,
    Join,
    MakeSeries,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Plugin,
    Project,
    Query,
    Range,
    Rel,
    Sample,
    ScanOperator,
    Serialize,
    Shared,
    Sort,
    Summarize,
    Take,
    TopNested,
    Union,
    Values,
)
from rulec.scalars import ScalarType

_T = ScalarType
_LOGIC: Final = frozenset({"and", "or", "not"})
_COMPARES: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_WIDENS: Final = {_T.INT: {_T.LONG, _T.REAL, _T.DECIMAL}, _T.LONG: {_T.REAL, _T.DECIMAL}, _T.REAL: {_T.DECIMAL}}
_CARRIERS: Final = {
    _T.BOOL: (bool,),
    _T.INT: (int,),
    _T.LONG: (int,),
    _T.REAL: (float,),
    _T.STRING: (str,),
    _T.DATETIME: (int,),
    _T.TIMESPAN: (int,),
    _T.GUID: (str,),
}


class InternalError(AssertionError):
    """A bug of the compiler: a value of the IR that must not exist."""


def verify(query: Query) -> None:
    """Checks a whole query.

    Raises:
        InternalError: An invariant does not hold; the message names it and the node.
    """
    found = list(walk.relations(query.relation))
    columns: dict[int, tuple[ColumnDef, ...]] = {}
    shared: dict[int, tuple[ColumnDef, ...]] = {}
    for rel in reversed(found):
        columns[id(rel)] = _checked_columns(rel)
        if isinstance(rel, Shared):
            shared[rel.key] = columns[id(rel)]
    for rel in found:
        _relation(rel, _Inputs(columns, shared))
    _given(query.relation, None)


class _Inputs:
    """The columns of the relations below, each computed once."""

    def __init__(self, columns: Mapping[int, tuple[ColumnDef, ...]], shared: Mapping[int, tuple[ColumnDef, ...]]) -> None:
        self._columns = columns
        self._shared = shared

    def of(self, rel: Rel) -> dict[str, ColumnDef]:
        """A relation's columns by name."""
        return {c.name: c for c in self.ordered(rel)}

    def ordered(self, rel: Rel) -> tuple[ColumnDef, ...]:
        """A relation's columns in their order."""
        found = self._columns.get(id(rel))
        if found is None and isinstance(rel, Shared):
            found = self._shared.get(rel.key)
        return found if found is not None else rel.columns


def _fail(node: object, message: str) -> InternalError:
    return InternalError(f"{type(node).__name__}: {message}")


def _checked_columns(rel: Rel) -> tuple[ColumnDef, ...]:
    columns = rel.columns
    names = [c.name for c in columns]
    if len(set(names)) != len(names):
        raise _fail(rel, f"output names are not unique: {names}")
    for c in columns:
        if c.type is _T.STRING and c.nullable:
            raise _fail(rel, f"string column {c.name} is nullable")
    return columns


def _relation(rel: Rel, inputs: _Inputs) -> None:
    """The invariants of one relation over its inputs."""
    match rel:
        case Values(columns=columns, rows=rows):
            for row in rows:
                _cells(rel, columns, row)
        case Range(start=start, stop=stop, step=step):
            for value in (start, stop, step):
                _expression(rel, value, {})
        case Filter(input=source, predicate=predicate):
            _expressions(rel, (predicate,), inputs.of(source), serialized(source))
            _expect(rel, predicate, _T.BOOL)
        case Extend(input=source, assignments=assignments) | Project(input=source, assignments=assignments):
            _expressions(rel, (a.value for a in assignments), inputs.of(source), serialized(source))
        case Summarize(input=source, keys=keys, aggregates=aggregates):
            _expressions(rel, (k.value for k in keys), inputs.of(source), serialized(source))
            for group in aggregates:
                _aggregate(rel, group.aggregate, inputs.of(source))
        case Sort(input=source, keys=sort_keys):
            _expressions(rel, (k.value for k in sort_keys), inputs.of(source), serialized(source))
        case Take(count=count) | Sample(count=count):
            _expression(rel, count, {})
            if not count.type.is_integer:
                raise _fail(rel, f"the count is {count.type.value}")
        case Join():
            _join(rel, inputs)
        case Union(inputs=sources, columns=columns):
            for source in sources:
                _same_shape(rel, inputs.ordered(source), columns)
        case _:
            _rare_relation(rel, inputs)


def _rare_relation(rel: Rel, inputs: _Inputs) -> None:
    match rel:
        case MvExpand(input=source):
            _expand(rel, rel, inputs.of(source))
        case MvApply(expand=expand, body=body, outputs=outputs):
            _expand(rel, expand, inputs.of(expand.input))
            sides = {"row": inputs.of(expand.input), "body": inputs.of(body)}
            for output in outputs:
                _output(rel, output.column, sides[output.side].get(output.source))
        case Partition(input=source, key=key):
            _expressions(rel, (key,), inputs.of(source), False)
        case Parse(input=source, value=value) | ParseKv(input=source, value=value):
            _expressions(rel, (value,), inputs.of(source), False)
            _expect(rel, value, _T.STRING)
        case MakeSeries(input=source):
            _series(rel, inputs.of(source))
        case TopNested(input=source, levels=levels):
            for level in levels:
                _expression(rel, level.key.value, inputs.of(source))
                _aggregate(rel, level.aggregate, inputs.of(source))
        case ScanOperator():
            _scan(rel, inputs)
        case Plugin(inputs=sources, arguments=arguments):
            everything = {name: c for source in reversed(sources) for name, c in inputs.of(source).items()}
            for value in arguments:
                _types(rel, value, None if len(sources) > 1 else everything)
        case _:
            pass


def _cells(rel: Values, columns: tuple[ColumnDef, ...], row: tuple[Expr, ...]) -> None:
    if len(row) != len(columns):
        raise _fail(rel, f"a row has {len(row)} cells for {len(columns)} columns")
    for column, cell in zip(columns, row, strict=True):
        _expression(rel, cell, {})
        if cell.type is not column.type:
            raise _fail(rel, f"column {column.name} is {column.type.value}, a cell {cell.type.value}")
        if cell.nullable and not column.nullable:
            raise _fail(rel, f"column {column.name} is not nullable, a cell is")


def _join(rel: Join, inputs: _Inputs) -> None:
    left, right = inputs.of(rel.left), inputs.of(rel.right)
    for first, second in rel.keys:
        _expression(rel, first, left)
        _expression(rel, second, right)
        if first.type is not second.type or first.type is _T.DYNAMIC:
            raise _fail(rel, f"keys are {first.type.value} and {second.type.value}")
    for output in rel.outputs:
        _output(rel, output.column, (left if output.side == "left" else right).get(output.source))


def _output(rel: Rel, column: ColumnDef, source: ColumnDef | None) -> None:
    if source is None or source.type is not column.type or (source.nullable and not column.nullable):
        raise _fail(rel, f"output {column} comes from {source}")


def _same_shape(rel: Rel, found: tuple[ColumnDef, ...], wanted: tuple[ColumnDef, ...]) -> None:
    if [(c.name, c.type) for c in found] != [(c.name, c.type) for c in wanted]:
        raise _fail(rel, f"an input has columns {found}, the output {wanted}")
    for inner, outer in zip(found, wanted, strict=True):
        if inner.nullable and not outer.nullable:
            raise _fail(rel, f"{outer.name} is nullable in an input only")


def _expand(rel: Rel, expand: MvExpand, row: Mapping[str, ColumnDef]) -> None:
    for one in expand.expanded:
        _expression(rel, one.value, row)
        _expect(rel, one.value, _T.DYNAMIC)
    if expand.limit is not None:
        _expression(rel, expand.limit, {})


def _series(rel: MakeSeries, row: Mapping[str, ColumnDef]) -> None:
    for one in rel.aggregates:
        _aggregate(rel, one.aggregate, row)
        _expression(rel, one.default, {})
    _expression(rel, rel.axis.value, row)
    for key in rel.keys:
        _expression(rel, key.value, row)
    for bound in (rel.start, rel.stop):
        if bound is not None:
            _expect(rel, bound, rel.axis.value.type)


def _scan(rel: ScanOperator, inputs: _Inputs) -> None:
    if not serialized(rel.input):
        raise _fail(rel, "the input has no fixed order")
    row = inputs.of(rel)
    _expressions(rel, rel.partition, inputs.of(rel.input), False)
    steps = {s.name for s in rel.steps}
    for step in rel.steps:
        for value in (step.condition, *(a.value for a in step.assignments)):
            _types(rel, value, row)
            for part in walk.expressions(value):
                if isinstance(part, StepColumn) and part.step not in steps:
                    raise _fail(rel, f"no step is named {part.step}")


# --- expressions ---------------------------------------------------------------------------------------------------


def _aggregate(rel: Rel, aggregate: Aggregate, row: Mapping[str, ColumnDef]) -> None:
    for value in aggregate.arguments:
        _expression(rel, value, row)
    if aggregate.condition is not None:
        _expression(rel, aggregate.condition, row)
        _expect(rel, aggregate.condition, _T.BOOL)


def _expressions(rel: Rel, values: Iterable[Expr], row: Mapping[str, ColumnDef], ordered: bool) -> None:
    for value in values:
        _types(rel, value, row)
        for part in walk.expressions(value):
            if isinstance(part, StepColumn) or (isinstance(part, Window) and not ordered):
                raise _fail(rel, f"{part} has no fixed order or no step here")


def _expression(rel: Rel, value: Expr, row: Mapping[str, ColumnDef]) -> None:
    """An expression in which window functions and step columns have no place."""
    _expressions(rel, (value,), row, False)


def _expect(rel: Rel, value: Expr, kind: ScalarType) -> None:
    if value.type is not kind:
        raise _fail(rel, f"expected {kind.value}, found {value.type.value}")


def _types(rel: Rel, root: Expr, row: Mapping[str, ColumnDef] | None) -> None:
    """Every part of an expression: its columns exist, its operands' types go together, no string is nullable."""
    for value in walk.expressions(root):
        if value.type is _T.STRING and value.nullable:
            raise _fail(rel, f"a string is nullable: {value}")
        match value:
            case Column(name=name):
                if row is not None and row.get(name) != (name, value.type, value.nullable):
                    raise _fail(rel, f"{value} is not a column of the input: {row.get(name)}")
            case Literal():
                _literal(rel, value)
            case Convert(operand=operand, type=kind):
                if kind not in _WIDENS.get(operand.type, set()):
                    raise _fail(rel, f"no widening from {operand.type.value} to {kind.value}")
            case Call():
                _call(rel, value)
            case Case(branches=branches, default=default):
                _case(rel, value, [v for _, v in branches] + [default])
            case Path(base=base):
                _expect(rel, base, _T.DYNAMIC)
            case Parameter() | InRelation() | ToScalar() | Window() | StepColumn():
                pass
            case _:
                assert_never(value)


def _literal(rel: Rel, value: Literal) -> None:
    carriers = _CARRIERS.get(value.type)
    if value.value is None and value.type is _T.STRING:
        raise _fail(rel, "a string literal is null")
    if carriers is None or value.value is None:
        return
    if not isinstance(value.value, carriers) or (isinstance(value.value, bool) and value.type is not _T.BOOL):
        raise _fail(rel, f"a {value.type.value} literal is carried as {type(value.value).__name__}")


def _call(rel: Rel, call: Call) -> None:
    kinds = [a.type for a in call.arguments]
    if call.function in _LOGIC and any(k is not _T.BOOL for k in kinds):
        raise _fail(rel, f"{call.function} of {[k.value for k in kinds]}")
    if call.function in _COMPARES:
        first, second = kinds
        mixed = {first, second}
        if first is not second and _T.DYNAMIC not in mixed and not (_T.BOOL in mixed and any(k.is_integer for k in mixed)):
            raise _fail(rel, f"{call.function} compares {first.value} with {second.value}")
    numeric = [k for k in kinds if k.is_numeric]
    if call.function in ("+", "-", "*", "/", "%") and len(numeric) == 2 and numeric[0] is not numeric[1]:
        raise _fail(rel, f"{call.function} of {[k.value for k in kinds]}")


def _case(rel: Rel, case: Case, values: list[Expr]) -> None:
    for condition, _ in case.branches:
        _expect(rel, condition, _T.BOOL)
    for value in values:
        _expect(rel, value, case.type)
        if value.nullable and not case.nullable:
            raise _fail(rel, "a branch is nullable, the case is not")


# --- order and context ---------------------------------------------------------------------------------------------


def serialized(rel: Rel) -> bool:
    """Whether the order of a relation's rows is fixed, as `prev` and its like need it."""
    while True:
        match rel:
            case Sort() | Serialize() | Range() | Values() | Given():
                return True
            case Filter() | Extend() | Project() | Take() | MvExpand() | Parse() | ParseKv() | ScanOperator():
                rel = rel.input
            case Shared(relation=relation):
                rel = relation
            case _:
                return False


def _given(root: Rel, wanted: tuple[ColumnDef, ...] | None) -> None:
    """`Given` stands in bodies only, and has the columns that the enclosing operator hands in."""
    stack: list[tuple[Rel, tuple[ColumnDef, ...] | None]] = [(root, wanted)]
    seen: set[int] = set()
    while stack:
        rel, columns = stack.pop()
        if id(rel) in seen:
            continue
        seen.add(id(rel))
        match rel:
            case Given():
                if columns is None or rel.columns != columns:
                    raise _fail(rel, f"given {rel.columns}, the enclosing operator has {columns}")
            case MvApply(expand=expand, body=body):
                stack += [(expand.input, columns), (body, expand.columns)]
            case Partition(input=source, body=body):
                stack += [(source, columns), (body, source.columns)]
            case _:
                stack += [(below, columns) for below in walk.inputs(rel)]
