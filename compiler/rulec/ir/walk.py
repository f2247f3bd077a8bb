"""Walking and rebuilding the IR without recursion: a chain may be thousands of nodes long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, assert_never

from rulec.ir.exprs import Aggregate, Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.ir.rels import (
    Extend,
    External,
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
    Range,
    Rel,
    Sample,
    Scan,
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
from rulec.records import replace


def operands(value: Expr) -> tuple[Expr, ...]:
    """The direct operands of an expression, the relations inside it aside."""
    match value:
        case Column() | Literal() | Parameter() | ToScalar() | StepColumn():
            return ()
        case Convert(operand=operand) | InRelation(operand=operand):
            return (operand,)
        case Call(arguments=arguments) | Window(arguments=arguments):
            return arguments
        case Case(branches=branches, default=default):
            return (*(part for branch in branches for part in branch), default)
        case Path(base=base, steps=steps):
            return (base, *(s for s in steps if not isinstance(s, str | int)))
        case _:
            assert_never(value)


def with_operands(value: Expr, new: tuple[Expr, ...]) -> Expr:
    """The expression over other operands, in the order of `operands`."""
    match value:
        case Column() | Literal() | Parameter() | ToScalar() | StepColumn():
            return value
        case Convert() | InRelation():
            return replace(value, operand=new[0])
        case Call() | Window():
            return replace(value, arguments=new)
        case Case():
            return replace(value, branches=tuple(zip(new[:-1:2], new[1:-1:2], strict=True)), default=new[-1])
        case Path(steps=steps):
            rest = iter(new[1:])
            return replace(value, base=new[0], steps=tuple(s if isinstance(s, str | int) else next(rest) for s in steps))
        case _:
            assert_never(value)


def expressions(root: Expr) -> Iterator[Expr]:
    """The expression and all its parts, each before its operands; relations inside are not entered."""
    stack = [root]
    while stack:
        value = stack.pop()
        yield value
        stack.extend(reversed(operands(value)))


def columns_read(values: Iterable[Expr]) -> set[str]:
    """The names of the columns in expressions. Written out, without `expressions`, since every pass asks for it of every node."""
    names: set[str] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is Column:
            names.add(value.name)  # type: ignore[union-attr]
        elif kind is Call:
            stack.extend(value.arguments)  # type: ignore[union-attr]
        elif kind is not Literal:
            stack.extend(operands(value))
    return names


def subqueries(root: Expr) -> tuple[InRelation | ToScalar, ...]:
    """The parts of an expression that hold a relation, written out for the same reason."""
    if isinstance(root, Column | Literal | Parameter | StepColumn):
        return ()
    try:
        return root._subqueries
    except AttributeError:
        found = tuple(_subqueries(root))
        object.__setattr__(root, "_subqueries", found)
        return found


def holds_relations(rel: Rel) -> bool:
    """Whether an expression of the relation holds another relation."""
    try:
        return rel._holds
    except AttributeError:
        found = any(subqueries(value) for value in own_expressions(rel) if type(value) not in _PLAIN)
        object.__setattr__(rel, "_holds", found)
        return found


_PLAIN: Final = frozenset({Column, Literal})


def holding_none(rel: Rel) -> Rel:
    """The relation, of which it is known that its expressions hold no relation."""
    object.__setattr__(rel, "_holds", False)
    return rel


def _subqueries(root: Expr) -> list[InRelation | ToScalar]:
    found: list[InRelation | ToScalar] = []
    stack = [root]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is Column or kind is Literal:
            continue
        if isinstance(value, InRelation | ToScalar):
            found.append(value)
        stack.extend(value.arguments if isinstance(value, Call) else reversed(operands(value)))
    return found


def conjuncts(predicate: Expr) -> list[Expr]:
    """The conditions that must all hold: the operands of `and`, flat."""
    if isinstance(predicate, Call) and predicate.function == "and":
        return [part for argument in predicate.arguments for part in conjuncts(argument)]
    return [predicate]


def map_expression(root: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with `change` applied to every part, operands first."""
    done: list[Expr] = []
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        value, ready = stack.pop()
        parts = operands(value)
        if not ready and parts:
            stack.append((value, True))
            stack.extend((part, False) for part in reversed(parts))
            continue
        new = value
        if parts:
            changed = tuple(done[-len(parts) :])
            del done[-len(parts) :]
            new = value if all(a is b for a, b in zip(parts, changed, strict=True)) else with_operands(value, changed)
        done.append(change(new))
    return done[0]


#: Most relations of a query, asked for first.
_ONE_INPUT: Final = frozenset({Filter, Extend, Project, Summarize, Sort, Take, Serialize, MvExpand, Parse})


def inputs(rel: Rel) -> tuple[Rel, ...]:
    """The relations that a relation reads, the body of `mv-apply` and `partition` last."""
    if type(rel) in _ONE_INPUT:
        return (rel.input,)  # type: ignore[union-attr]
    match rel:
        case Join(left=left, right=right):
            return (left, right)
        case Union(inputs=sources) | Plugin(inputs=sources):
            return sources
        case MvApply(expand=expand, body=body):
            return (expand.input, body)
        case Partition(input=source, body=body):
            return (source, body)
        case Shared(relation=relation):
            return (relation,)
        case Scan() | Values() | External() | Range() | Given():
            return ()
        case (
            Filter() | Extend() | Project() | Summarize() | Sort() | Take() | Sample() | Serialize() | MvExpand() | Parse() | ParseKv()
        ) | (MakeSeries() | TopNested() | ScanOperator()):
            return (rel.input,)
        case _:
            assert_never(rel)


def read_by(rel: Rel) -> tuple[Rel, ...]:
    """The relations that a relation reads: its inputs, and those inside its expressions."""
    if not holds_relations(rel):
        return inputs(rel)
    return (*inputs(rel), *(e.relation for value in own_expressions(rel) for e in subqueries(value)))


def own_expressions(rel: Rel) -> tuple[Expr, ...]:
    """The scalar expressions of one relation, not those of its inputs."""
    match rel:
        case Scan() | External() | Given() | Shared() | Serialize() | Union():
            return ()
        case Values(rows=rows):
            return tuple(cell for row in rows for cell in row)
        case Range(start=start, stop=stop, step=step):
            return (start, stop, step)
        case Filter(predicate=predicate):
            return (predicate,)
        case Extend(assignments=assignments) | Project(assignments=assignments):
            return tuple(a.value for a in assignments)
        case Summarize(keys=keys, aggregates=aggregates):
            return (*(k.value for k in keys), *(e for a in aggregates for e in _of_aggregate(a.aggregate)))
        case Sort(keys=sort_keys):
            return tuple(k.value for k in sort_keys)
        case Take(count=count) | Sample(count=count):
            return (count,)
        case Join(keys=pairs):
            return tuple(side for pair in pairs for side in pair)
        case MvExpand(expanded=expanded, limit=limit):
            return (*(e.value for e in expanded), *((limit,) if limit is not None else ()))
        case MvApply(expand=expand):
            return own_expressions(expand)
        case Partition(key=key):
            return (key,)
        case Parse(value=value) | ParseKv(value=value):
            return (value,)
        case MakeSeries():
            return _of_series(rel)
        case TopNested(levels=levels):
            return tuple(
                e for level in levels for e in (level.key.value, *_of_aggregate(level.aggregate), *_given(level.count, level.others))
            )
        case ScanOperator(partition=partition, declared=declared, steps=steps):
            inside = (e for s in steps for e in (s.condition, *(a.value for a in s.assignments)))
            return (*partition, *(d.value for d in declared), *inside)
        case Plugin(arguments=arguments):
            return arguments
        case _:
            assert_never(rel)


def _of_aggregate(aggregate: Aggregate) -> tuple[Expr, ...]:
    return (*aggregate.arguments, *_given(aggregate.condition))


def _of_series(rel: MakeSeries) -> tuple[Expr, ...]:
    columns = (e for a in rel.aggregates for e in (*_of_aggregate(a.aggregate), a.default))
    return (*columns, rel.axis.value, *_given(rel.start, rel.stop), rel.step, *(k.value for k in rel.keys))


def _given(*values: Expr | None) -> tuple[Expr, ...]:
    return tuple(v for v in values if v is not None)


def relations(root: Rel) -> Iterator[Rel]:
    """The relation and all below it, those inside expressions too; a shared one once."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        rel = stack.pop()
        if isinstance(rel, Shared):
            if rel.key in seen:
                continue
            seen.add(rel.key)
        yield rel
        stack.extend(reversed(inputs(rel)))
        for value in own_expressions(rel):
            stack.extend(e.relation for e in subqueries(value))


def all_expressions(root: Rel) -> Iterator[Expr]:
    """Every expression of a relation and of all below it."""
    for rel in relations(root):
        for value in own_expressions(rel):
            yield from expressions(value)
