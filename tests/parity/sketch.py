"""Symbolic execution: the events that a query needs for some result rows, as variables, with the conditions that they must meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, TypeAlias

from rulec.ir.exprs import Call, Column, Expr, InRelation, Literal, ToScalar, Window
from rulec.ir.rels import External, MvExpand, Rel, Scan
from rulec.ir.walk import conjuncts, expressions, map_expression
from rulec.scalars import TICKS_PER_SECOND, ScalarType
from tests.parity.gathers import Element, Near
from tests.parity.store import Cell, Constant, Formula, Gather, Store
from tests.parity.templates import Template, Unanswerable
from tests.parity.values import HOUR, default

#: The variables that stand for the columns of one symbolic row.
Scope: TypeAlias = dict[str, int]
Origin: TypeAlias = tuple[Any, ...]
#: More events than this are not made for one rule.
MAX_ROWS: Final = 6000
#: Between the times of two events that nothing is asked of: 10 ms.
_APART: Final = TICKS_PER_SECOND // 100


class Unsketchable(Exception):
    """The query has a part for which no events are made; the text says which."""


@dataclass(slots=True)
class Choices:
    """What a sketch is built with: options chosen, sizes of groups, and cell values of an earlier sketch, all by origin."""

    options: dict[Origin, int] = field(default_factory=dict)
    sizes: dict[Origin, int] = field(default_factory=dict)
    warm: dict[Origin, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A row of a table: its cells' variables by column."""

    table: str
    cells: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """A conjunct of a filter for one symbolic row: the check's variable."""

    expr: Expr
    number: int


@dataclass(slots=True)
class Workshop:
    """What the sketches of one query share: run moments, the tables' columns, compiled templates, expressions made for relations.

    Keys are identities of the query's nodes, which live as long as the query; a node is kept beside what was made of it."""

    moments: Mapping[str, int]
    tables: Mapping[str, Mapping[str, ScalarType]]
    templates: dict[int, tuple[Expr, Template]] = field(default_factory=dict)
    made: dict[tuple[int, str], Expr] = field(default_factory=dict)
    rewritten: dict[int, tuple[Expr, Expr, tuple[tuple[str, Expr], ...]]] = field(default_factory=dict)

    def template(self, expr: Expr) -> Template:
        """The compiled form of an expression of the query."""
        found = self.templates.get(id(expr))
        if found is None:
            found = self.templates[id(expr)] = (expr, Template(expr, self.moments))
        return found[1]

    def without_relations(self, expr: Expr) -> tuple[Expr, tuple[tuple[str, Expr], ...]]:
        """The expression with columns in place of its relations and window functions, and what the columns stand for."""
        found = self.rewritten.get(id(expr))
        if found is None:
            places: list[tuple[str, Expr]] = []
            found = self.rewritten[id(expr)] = (expr, map_expression(expr, lambda e: _placed(e, places)), tuple(places))
        return found[1], found[2]


#: `x in (relation)` over the relation's chosen row.
_IN_ROW: Final = {"in": "==", "in~": "=~", "has_any": "has", "has_all": "has"}


def _placed(expr: Expr, places: list[tuple[str, Expr]]) -> Expr:
    match expr:
        case InRelation(op=op) if op.startswith("!"):
            return Literal(True, ScalarType.BOOL, expr.span)
        case InRelation(op=op, operand=operand, relation=relation):
            first = relation.columns[0]
            name = f"§{len(places)}"
            places.append((name, expr))
            column = Column(name, first.type, first.nullable, expr.span)
            item: Expr = column
            if first.type is ScalarType.DYNAMIC and operand.type is ScalarType.STRING:  # the binder has expanded arrays to their elements
                item = Call("tostring", (column,), ScalarType.STRING, False, expr.span)
            return Call(_IN_ROW[op], (operand, item), ScalarType.BOOL, True, expr.span)
        case ToScalar() | Window():
            name = f"§{len(places)}"
            places.append((name, expr))
            return Column(name, expr.type, expr.nullable, expr.span)
        case _:
            return expr


class Sketch:
    """Variables, events and conditions of one attempt. The relations' part is in `tests.parity.relations`."""

    def __init__(self, workshop: Workshop, choices: Choices) -> None:
        self.workshop, self.choices = workshop, choices
        self.store = Store()
        self.events: list[Event] = []
        self.conditions: list[Condition] = []
        self.offered: dict[Origin, int] = {}
        self.sizes: list[int] = []
        self.built_sizes: dict[Origin, int] = {}
        self.given: list[Callable[[int, Origin], list[Scope]]] = []
        self.notes: list[str] = []
        self.never: list[str] = []
        self.shared: dict[tuple[int, int], list[Scope]] = {}
        self._constants: dict[tuple[str, str], int] = {}

    # --- variables ---

    def option(self, origin: Origin, count: int) -> int:
        """The chosen one of several ways to build a relation."""
        self.offered[origin] = count
        return self.choices.options.get(origin, 0) % max(count, 1)

    def size(self, origin: Origin, least: int = 1) -> tuple[int, int]:
        """How many rows a group gets, and the variable that says how many it should get."""
        count = max(least, min(self.choices.sizes.get(origin, least), MAX_ROWS))
        number = self.store.add(Cell(ScalarType.LONG, origin, limit=MAX_ROWS), count)
        self.sizes.append(number)
        self.built_sizes[origin] = count
        return count, number

    def pick(self, origin: Origin, limit: int) -> int:
        """A variable that picks one of constant rows or an element of an array."""
        return self.store.add(Cell(ScalarType.LONG, origin, limit=limit), min(self.choices.warm.get(origin, 0), limit))

    def constant(self, value: Any, type_: ScalarType) -> int:
        """A fixed value's variable."""
        key = (type_.value, repr(value))
        if key not in self._constants:
            self._constants[key] = self.store.add(Constant(type_), value)
        return self._constants[key]

    def gather(self, gather: Gather) -> int:
        """A gathered value's variable."""
        return self.store.add(gather)

    def nothing(self, type_: ScalarType) -> int:
        """What a side of a join that did not match has in a column."""
        return self.constant("" if type_ is ScalarType.STRING else None, type_)

    def event(self, table: str, columns: Mapping[str, ScalarType], origin: Origin) -> Scope:
        """A new row of a table."""
        if len(self.events) >= MAX_ROWS:
            raise Unsketchable(f"more than {MAX_ROWS} events")
        cells = {name: self._cell(table, name, type_, (*origin, name)) for name, type_ in columns.items()}
        self.events.append(Event(table, cells))
        return dict(cells)

    def _cell(self, table: str, name: str, type_: ScalarType, origin: Origin) -> int:
        at = len(self.events)
        warm = self.choices.warm
        if origin in warm:
            value = warm[origin]
        elif (generic := _generic(origin)) in warm:
            value = warm[generic]
            if type_ is ScalarType.DATETIME and value is not None:
                value += at * _APART
        else:
            moments = self.workshop.moments
            middle = moments["window_end"] - min((moments["window_end"] - moments["window_start"]) // 2, HOUR // 2)
            value = default(type_, name, middle + HOUR // 2)
            if type_ is ScalarType.STRING and self.option(("distinct",), 2):
                value += str(at)
            if type_ is ScalarType.DATETIME:
                value += at * _APART
        return self.store.add(Cell(type_, origin, table, at, name), value)

    # --- expressions ---

    def formula(self, expr: Expr, scope: Scope, origin: Origin, around: tuple[Sequence[Scope], int] | None = None) -> int:
        """The variable of an expression over a row; `around` are the ordered rows and the row's place, for window functions.

        Raises:
            Unanswerable: The Python target cannot say the expression.
        """
        match expr:
            case Column(name=name):
                return scope[name]
            case Literal(value=value, type=type_):
                return self.constant(value, type_)
        plain, places = self.workshop.without_relations(expr)
        if places:
            scope = dict(scope)
            for at, (name, node) in enumerate(places):
                scope[name] = self._place(node, scope, (*origin, id(expr), at), around)
            if isinstance(plain, Column):
                return scope[plain.name]
        template = self.workshop.template(plain)
        return self.store.add(Formula(template, {name: scope[name] for name in template.reads}))

    def value(self, expr: Expr, scope: Scope, origin: Origin, around: tuple[Sequence[Scope], int] | None = None) -> int:
        """As `formula`; what cannot be computed is unknown (null)."""
        try:
            return self.formula(expr, scope, origin, around)
        except Unanswerable as reason:
            self.notes.append(str(reason))
            return self.nothing(expr.type)

    def require(self, predicate: Expr, scope: Scope, origin: Origin, around: tuple[Sequence[Scope], int] | None = None) -> None:
        """Makes every conjunct of a predicate a check."""
        for part in conjuncts(predicate):
            try:
                number = self.formula(part, scope, origin, around)
            except Unanswerable as reason:
                self.notes.append(str(reason))
                continue
            if not isinstance(self.store.kinds[number], Constant) or self.store.values[number] is not True:
                self.store.require(number)
                self.conditions.append(Condition(part, number))
                if self.store.values[number] is not True and self._fixed(number):
                    self.never.append(" ".join(part.span.text.split())[:100])

    def _fixed(self, number: int) -> bool:
        """Whether a value depends on no cell."""
        todo, seen = [number], set[int]()
        while todo:
            at = todo.pop()
            kind = self.store.kinds[at]
            if isinstance(kind, Cell):
                return False
            if not isinstance(kind, Constant):
                todo.extend(n for n in kind.inputs if n not in seen)
                seen.update(kind.inputs)
        return True

    def _place(self, node: Expr, scope: Scope, origin: Origin, around: tuple[Sequence[Scope], int] | None) -> int:
        from tests.parity.relations import rows

        match node:
            case InRelation(relation=relation) | ToScalar(relation=relation):
                found = rows(self, relation, 1, origin)
                return found[0][relation.columns[0].name]
            case Window():
                return self._window(node, origin, around)
        raise AssertionError(node)

    def _window(self, node: Window, origin: Origin, around: tuple[Sequence[Scope], int] | None) -> int:
        if around is None:
            raise Unanswerable(f"{node.function} without ordered rows")
        scopes, at = around
        if node.function in ("prev", "next"):
            offset = node.arguments[1].value if len(node.arguments) > 1 and isinstance(node.arguments[1], Literal) else 1
            assert isinstance(offset, int)
            other = at - offset if node.function == "prev" else at + offset
            if 0 <= other < len(scopes):
                return self.value(node.arguments[0], scopes[other], origin)
            return self.value(node.arguments[2], scopes[at], origin) if len(node.arguments) > 2 else self.nothing(node.type)
        if node.function == "row_number":
            return self.constant(at + 1, ScalarType.LONG)
        if node.function == "row_window_session":
            return self._session(node, scopes, at, origin)
        return self.value(node.arguments[0], scopes[0], origin)

    def _session(self, node: Window, scopes: Sequence[Scope], at: int, origin: Origin) -> int:
        """The first row's time: all rows are made one session, each near to the one before it."""
        times = [self.value(node.arguments[0], s, origin) for s in scopes[: at + 1]]
        span = self.store.values[self.value(node.arguments[2], scopes[0], origin)]
        for before, after in pairwise(times):
            self.store.require(self.gather(Near(before, after, span)))
        return times[0]

    def element(self, expand: MvExpand, value: Expr, scope: Scope, at: int, origin: Origin) -> int:
        """An expanded element as dynamic; `at` is the index's variable."""
        return self.gather(Element(self.value(value, scope, origin), at))


def _generic(origin: Origin) -> Origin:
    """The origin of the first row of its kind: row and group numbers are small, node identities are not."""
    return tuple(0 if isinstance(part, int) and part < 100_000 else part for part in origin)


def scanned(root: Rel) -> dict[str, dict[str, ScalarType]]:
    """The columns that a query reads of each table (of each external source: `kind:key`), over all its scans."""
    from rulec.ir.walk import relations

    found: dict[str, dict[str, ScalarType]] = {}
    for rel in relations(root):
        if isinstance(rel, Scan | External):
            found.setdefault(source_name(rel), {}).update({c.name: c.type for c in rel.columns})
    return found


def source_name(rel: Scan | External) -> str:
    """The name under which a sketch keeps the rows of a table or an external source."""
    return rel.table if isinstance(rel, Scan) else f"{rel.kind}:{rel.key}"


def windowed(values: Sequence[Expr]) -> bool:
    """Whether an expression looks at other rows."""
    return any(isinstance(e, Window) for value in values for e in expressions(value))
