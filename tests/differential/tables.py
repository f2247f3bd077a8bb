"""Random operators over several tables, over arrays and over texts: joins, unions, expansions, parsing, series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from rulec.scalars import ScalarType
from tests.differential.arguments import NUMBERS
from tests.differential.nodes import Node, Query
from tests.differential.scope import Scope
from tests.differential.steps import KEYS, SIMPLE, Making, Step, arg_extreme, sort, summarize, table, where

_T = ScalarType
_FULL: Final = ("inner", "leftouter", "rightouter", "fullouter")
_HALF: Final = ("leftsemi", "leftanti", "rightsemi", "rightanti")


def _second(making: Making) -> tuple[Node, Scope]:
    """A pipeline over the second table."""
    tables = making.query.tables
    if len(tables) == 1:
        tables.append(table(making.random, "R", making.random.randint(1, 5)))
    right = tables[1]
    scope = Scope(dict(right.columns), ("id",))
    if making.random.random() < 0.4:
        step = making.random.choice((where, summarize, arg_extreme))(replace_depth(making), scope)
        if step is not None:
            return Node((f"({right.name} | ", step[0], ")")), step[1]
    return Node((f"({right.name})",)), scope


def replace_depth(making: Making) -> Making:
    """The same query with plain expressions."""
    return Making(making.random, making.query, 1, None)


def _renamed(left: dict[str, ScalarType], right: dict[str, ScalarType]) -> dict[str, str]:
    """What the right columns are called after the join."""
    taken, names = set(left), {}
    for name in right:
        new, number = name, 0
        while new in taken:
            number += 1
            new = f"{name}{number}"
        taken.add(new)
        names[name] = new
    return names


def join(making: Making, scope: Scope) -> Step:
    pipeline, right = _second(making)
    shared = [n for n, t in scope.columns.items() if t in KEYS and right.columns.get(n) is t and n not in scope.open | right.open]
    if not shared:
        return None
    keys = making.random.sample(shared, min(len(shared), making.random.choice((1, 1, 2))))
    kind = making.random.choice((*_FULL, *_HALF, "innerunique"))
    if kind == "innerunique" and not (scope.unique and set(scope.unique) <= set(keys)):
        kind = "inner"  # the row that innerunique keeps would be open
    node = Node((f"join kind={kind} ", pipeline, " on " + ", ".join(keys)), name=f"join kind={kind}")
    if kind in _HALF:
        return node, scope.sealed() if kind.startswith("left") else replace(right, source=None)
    names = _renamed(scope.columns, right.columns)
    columns = {**scope.columns, **{names[n]: t for n, t in right.columns.items()}}
    unique = (*scope.unique, *(names[n] for n in right.unique)) if scope.unique and right.unique else ()
    after = scope.sealed(columns, unique)
    return node, replace(after, open=after.open | {names[n] for n in right.open})


def lookup(making: Making, scope: Scope) -> Step:
    pipeline, right = _second(making)
    shared = [n for n, t in scope.columns.items() if t in KEYS and right.columns.get(n) is t and n not in scope.open | right.open]
    if not shared:
        return None
    key = making.random.choice(shared)
    kind = making.random.choice(("leftouter", "inner"))
    rest = {n: t for n, t in right.columns.items() if n != key}
    names = _renamed(scope.columns, rest)
    columns = {**scope.columns, **{names[n]: t for n, t in rest.items()}}
    unique = (*scope.unique, *(names[n] for n in right.unique if n != key)) if scope.unique and right.unique else ()
    after = scope.sealed(columns, unique)
    node = Node((f"lookup kind={kind} ", pipeline, f" on {key}"), name="lookup")
    return node, replace(after, open=after.open | {names[n] for n in right.open if n != key})


def union(making: Making, scope: Scope) -> Step:
    pipeline, right = _second(making)
    kind = making.random.choice(("outer", "inner"))
    split = [n for n, t in right.columns.items() if scope.columns.get(n, t) is not t]
    if split:
        return None
    columns = {n: t for n, t in scope.columns.items() if n in right.columns} if kind == "inner" else {**scope.columns, **right.columns}
    if not columns:
        return None
    after = scope.sealed(columns, ())
    return Node((f"union kind={kind} ", pipeline), name="union"), replace(after, open=(scope.open | right.open) & columns.keys())


def in_table(making: Making, scope: Scope) -> Step:
    pipeline, right = _second(making)
    names = [n for n in scope.names(_T.LONG, _T.STRING) if right.columns.get(n) is scope.columns[n]]
    if not names:
        return None
    name = making.random.choice(names)
    operators = ("in", "!in", "in~", "!in~") if scope.columns[name] is _T.STRING else ("in", "!in")
    operator = making.random.choice(operators)
    return Node((f"where {name} {operator} (", pipeline, f" | project {name})"), name=f"{operator} table"), scope.sealed()


def to_scalar(making: Making, scope: Scope) -> Step:
    pipeline, right = _second(making)
    names = right.names(_T.LONG)
    if not names:
        return None
    name, column = making.random.choice(names), scope.fresh("t")
    node = Node((f"extend {column} = toscalar(", pipeline, f" | summarize max({name}))"), name="toscalar")
    return node, replace(scope.sealed({**scope.columns, column: _T.LONG}), serialized=False)


def mv_expand(making: Making, scope: Scope) -> Step:
    name = scope.column(making.random, _T.DYNAMIC)
    if name is None:
        return None
    index = scope.fresh("i")
    to = making.random.choice(("", "", " to typeof(long)", " to typeof(string)", " to typeof(real)"))
    kind = making.random.choice(("", "", "kind=array "))
    type_ = {" to typeof(long)": _T.LONG, " to typeof(string)": _T.STRING, " to typeof(real)": _T.REAL}.get(to, _T.DYNAMIC)
    columns = {**scope.columns, name: type_, index: _T.LONG}
    unique = (*(n for n in scope.unique if n != name), index) if scope.unique and name not in scope.unique else ()
    return Node((f"mv-expand {kind}with_itemindex={index} {name}{to}",), name="mv-expand"), scope.sealed(columns, unique)


def mv_apply(making: Making, scope: Scope) -> Step:
    name = scope.column(making.random, _T.DYNAMIC)
    if name is None:
        return None
    new, value = scope.fresh("m"), scope.fresh("e")
    inner = making.random.choice((
        f"summarize {new} = count()", f"summarize {new} = sum({value})", f"where {value} > 1 | extend {new} = {value}",
        f"summarize {new} = max({value})",
    ))  # fmt: skip
    columns = {**scope.columns, new: _T.LONG}
    if inner.startswith("where"):
        columns[value] = _T.LONG
    node = Node((f"mv-apply {value} = {name} to typeof(long) on ({inner})",), name="mv-apply")
    return node, scope.sealed(columns, () if inner.startswith("where") else None)


def parse(making: Making, scope: Scope) -> Step:
    name = scope.column(making.random, _T.STRING)
    if name is None:
        return None
    one, two = scope.fresh("y"), scope.fresh("y")
    pattern, types = making.random.choice((
        (f'{one} "a" {two}', (_T.STRING, _T.STRING)),
        (f'* "a" {one}:long *', (_T.LONG, None)),
        (f'{one} " " {two}', (_T.STRING, _T.STRING)),
        (f'* "-" {one} "." {two}', (_T.STRING, _T.STRING)),
        (f'{one}:long "," {two}:real', (_T.LONG, _T.REAL)),
        (f'{one}:string "l" * ":" {two}:int', (_T.STRING, _T.INT)),
    ))  # fmt: skip
    operator = making.random.choice(("parse", "parse-where", "parse kind=relaxed"))
    columns = {**scope.columns, one: types[0] or _T.STRING} | ({two: types[1]} if types[1] else {})
    return Node((f"{operator} {name} with {pattern}",), name=operator.partition(" ")[0]), scope.sealed(columns)


def make_series(making: Making, scope: Scope) -> Step:
    if "v" not in scope.columns or scope.columns["v"] is not _T.LONG or "id" not in scope.columns or scope.columns["id"] is not _T.LONG:
        return None
    if {"v", "id"} & scope.open:
        return None
    function = making.random.choice(("sum(v)", "count()", "min(v)", "max(v)", "avg(v)"))
    default = making.random.choice(("", " default=long(null)", " default=7"))
    bounds = making.random.choice((" from 0 to 6", " from 1 to 9", " from 2 to 4"))
    step = making.random.choice(("1", "2", "3"))
    key = making.random.choice(("", "g")) if scope.columns.get("g") is _T.LONG and "g" not in scope.open else ""
    new = scope.fresh("z")
    if "avg" in function and "long" in default:
        default = " default=real(null)"
    columns = ({"g": _T.LONG} if key else {}) | {new: _T.DYNAMIC, "id": _T.DYNAMIC}
    text = f"make-series {new} = {function}{default} on id{bounds} step {step}" + (f" by {key}" if key else "")
    return Node((text,), name="make-series"), scope.sealed(columns, ("g",) if key else ())


def series(making: Making, scope: Scope) -> Step:
    """Arrays of numbers, whatever came before: one more column of them while the table is open."""
    if scope.source is None:
        return None
    scope.shaped(making.random, NUMBERS, _T.DYNAMIC)
    return where(making, scope)


STEPS: Final[tuple[Callable[[Making, Scope], Step], ...]] = (
    *SIMPLE, *SIMPLE, join, join, lookup, union, in_table, to_scalar, mv_expand, mv_apply, parse, make_series, series,
)  # fmt: skip


def query(random: Random, focus: str | None = None, longest: int = 4) -> Query:
    """A random query. `focus`: the function or aggregate that it should use."""
    first = table(random, "T", random.randint(1, 8))
    made = Query([first], [])
    scope = Scope(dict(first.columns), ("id",), first)
    making = Making(random, made, random.choice((1, 2, 2, 3)), focus)
    for _ in range(random.randint(1, longest)):
        if len(scope.columns) > 14:
            break
        step = random.choice(STEPS)(making, scope)
        if step is not None:
            made.steps.append(step[0])
            scope = step[1]
    if focus is not None and focus not in made.names():
        scope = _add_focus(making, scope, focus)
    made.ordered = scope.serialized
    return made


def _add_focus(making: Making, scope: Scope, focus: str) -> Scope:
    """The scope after a step of the function in focus."""
    from tests.differential.steps import aggregates, extend, window_names, windows

    if focus in window_names() and not scope.serialized:
        step = sort(making, scope)
        if step is not None:
            making.query.steps.append(step[0])
            scope = step[1]
    maker = summarize if focus in aggregates() else windows if focus in window_names() else extend
    step = maker(making, scope)
    if step is None:
        return scope
    making.query.steps.append(step[0])
    return step[1]
