"""The state of one compilation and of one pipeline under construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from rulec.backend import TargetOptions
from rulec.errors import Diagnostic, Severity
from rulec.ir.exprs import Expr
from rulec.source import Span
from rulec_backends.splunk import tree
from rulec_backends.splunk.tree import Command, Eval, Field, Fields, Node, Pipeline, Text, is_atom

#: Helper fields start with this; the final `table` leaves them out. Internal fields (`_…`) do not match `*`.
HELPER = "_"
#: The oldest Splunk whose commands and functions the output uses.
OLDEST_SPLUNK = (9, 0)


class Expressions(Protocol):
    """The lowering of expressions, `rulec_backends.splunk.exprs`; function rows reach it through the builder."""

    def value(self, b: Builder, e: Expr) -> Node: ...

    def truth(self, b: Builder, e: Expr) -> Node: ...

    def falsity(self, b: Builder, e: Expr) -> Node: ...


@dataclass(slots=True)
class Context:
    """What all pipelines of a compilation share: options, findings, helper names, and the limits that the output depends on."""

    exprs: Expressions
    options: TargetOptions
    taken: frozenset[str]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    limits: dict[str, None] = field(default_factory=dict)
    #: A literal beyond 2^53 is in the query: arithmetic and comparisons of integers are refused.
    big_integers: bool = False
    #: A literal NaN is in the query: ordering of reals is refused.
    nan: bool = False
    #: The query has functions whose results may be NaN or infinite: their JSON is a string.
    odd_reals: bool = False
    #: A time finer than a microsecond may be in the query, under these columns: they are split by text.
    fine_times: bool = False
    fine_columns: frozenset[str] = frozenset()
    #: Helper fields that hold whole microseconds.
    coarse: set[str] = field(default_factory=set)
    #: A time near the ends of KQL's range is in the query: results of arithmetic beyond it are null.
    far_times: bool = False
    #: Columns that hold the event's own time, which the search's time range bounds.
    time_columns: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, hint: str, visible: bool = False) -> str:
        """A new helper field's name. `visible` for `appendcols`, which leaves internal fields out."""
        while True:
            name = f"{'' if visible else HELPER}{hint}{next(self.numbers)}"
            if name not in self.taken:
                return name

    def refuse(self, span: Span, message: str, hint: str = "", code: str = "RC401") -> Node:
        """Records a refusal; the node only stands in so that further refusals are found."""
        self.diagnostics.append(Diagnostic.at(span, code, message, hint))
        return Text("")

    def warn(self, span: Span, message: str, hint: str = "", code: str = "RC501") -> None:
        """Records that the output is kept with a known difference, once for each message."""
        if message not in self.limits:
            self.limits[message] = None
            self.diagnostics.append(Diagnostic.at(span, code, message, hint, Severity.WARNING))


class Builder:
    """A pipeline under construction. Helper fields are assigned before the command that needs them."""

    def __init__(self, ctx: Context, commands: tuple[Command, ...] = ()) -> None:
        self.ctx = ctx
        self.commands: list[Command] = list(commands)
        self._known: dict[Node, Field] = {}
        #: Fields that have a value in every row, whatever their column's type says: the events' own time.
        self.never_null: set[str] = set()
        #: Fields that hold an array in every row.
        self.arrays: set[str] = set()
        #: Fields whose values identify the row of an enclosing mv-apply or partition: every grouping includes them.
        self.scope: tuple[str, ...] = ()
        #: In such a body: the field that is 1 while the row counts, where rows must stay so that an empty group still gives its row.
        self.keep: str | None = None

    def emit(self, command: Command) -> None:
        """Adds a command; neighbouring evals become one, whose assignments run in order. Fields are not chosen twice."""
        self._unlearn(command)
        if isinstance(command, Fields) and not command.remove:
            before = next((c for c in reversed(self.commands) if not isinstance(c, tree.Comment)), None)
            if isinstance(before, Fields) and not before.remove and set(before.names) == set(command.names):
                return
        last = self.commands[-1] if self.commands else None
        match last, command:
            case Eval(), Eval():
                self.commands[-1] = Eval((*last.assignments, *command.assignments))
            case Fields(remove=False), Fields(remove=False) if set(command.names) <= set(last.names):
                self.commands[-1] = command
            case _:
                self.commands.append(command)

    def _unlearn(self, command: Command) -> None:
        """Forgets what was known of the fields that a command sets."""
        match command:
            case tree.Eval(assignments=assignments) | tree.Foreach(assignments=assignments):
                names = {name for name, _ in assignments}
                self.never_null -= names
                self.arrays -= names
            case tree.Join() | tree.Append() | tree.AppendCols() | tree.MultiSearch() | tree.Rename() | tree.Stats(command="stats"):
                self.never_null.clear()
                self.arrays.clear()
            case _:
                pass

    def assign(self, name: str, value: Node) -> None:
        if value != Field(name):
            self.emit(Eval(((name, value),)))

    def assign_all(self, pairs: list[tuple[str, Node]]) -> None:
        """Assignments that all read the row before any of them: a name that a later one still reads is assigned last."""
        from rulec_backends.splunk.reads import fields_of

        pairs = [(n, v) for n, v in pairs if v != Field(n)]
        delayed: list[tuple[str, Node]] = []
        last_read = {name: i for i, (_, v) in enumerate(pairs) for name in fields_of(v)}
        for i, (name, value) in enumerate(pairs):
            if last_read.get(name, i) > i:
                helper = self.ctx.fresh("t")
                self.assign(helper, value)
                delayed.append((name, Field(helper)))
            else:
                self.assign(name, value)
        for name, value in delayed:
            self.assign(name, value)
        self.forget()

    def temp(self, value: Node, hint: str = "t") -> Field:
        """A helper field with the value; the same value in the same stage has the same helper."""
        found = self._known.get(value)
        if found is None:
            found = Field(self.ctx.fresh(hint))
            self.assign(found.name, value)
            self._known[value] = found
            if self.ctx.fine_times and not self.fine(value):
                self.ctx.coarse.add(found.name)
        return found

    def fine(self, t: Node) -> bool:
        """Whether a time or span may be finer than a microsecond."""
        if not self.ctx.fine_times:
            return False
        match t:
            case Field(name):
                return name in self.ctx.fine_columns or (name.startswith(HELPER) and name != "_time" and name not in self.ctx.coarse)
            case tree.Number(text):
                return len(text.partition(".")[2]) > 6
            case tree.Fn("exact", (tree.Fn("round", (_, tree.Number("6"))),)) | tree.Fn("now" | "floor" | "ceiling" | "null"):
                return False
            case tree.Fn("if", (_, *values)) | tree.Fn("coalesce", values):
                return any(map(self.fine, values))
            case tree.Op("+" | "-" | "*", left, right):
                return self.fine(left) or self.fine(right)
            case _:
                return True

    def atom(self, value: Node, hint: str = "t") -> Node:
        """The value in a form that may be written twice."""
        return value if is_atom(value) else self.temp(value, hint)

    def field(self, value: Node, hint: str = "t") -> str:
        """The name of a field that holds the value."""
        return value.name if isinstance(value, Field) else self.temp(value, hint).name

    def forget(self) -> None:
        """After an assignment to a column, helpers may no longer hold what they are named for."""
        self._known.clear()

    def value(self, e: Expr) -> Node:
        """The carried value of an expression."""
        return self.ctx.exprs.value(self, e)

    def truth(self, e: Expr) -> Node:
        """A predicate that is true exactly where the expression is true."""
        return self.ctx.exprs.truth(self, e)

    def falsity(self, e: Expr) -> Node:
        """A predicate that is true exactly where the expression is false."""
        return self.ctx.exprs.falsity(self, e)

    def comment(self, text: str) -> None:
        """A line that says where the commands after it come from, once for an operator that is several steps."""
        last = next((c for c in reversed(self.commands) if isinstance(c, tree.Comment)), None)
        if text and last != tree.Comment(text):
            self.commands.append(tree.Comment(text))

    def pipeline(self) -> Pipeline:
        return Pipeline(tuple(self.commands))


class Each(Builder):
    """Builds an expression of every place of a multivalue: its helper fields hold one value for each place, and no value may be null.

    `at` turns an expression over them into the body of `mvmap(places, …)`."""

    def __init__(self, outer: Builder, places: Field) -> None:
        super().__init__(outer.ctx)
        self.outer, self.places = outer, places
        self._lists: set[str] = set()

    def temp(self, value: Node, hint: str = "t") -> Field:
        found = self.outer.temp(tree.fn("mvmap", self.places, self.at(value)), hint)
        if self.ctx.fine_times and not self.fine(value):
            self.ctx.coarse.add(found.name)
        self._lists.add(found.name)
        return found

    def at(self, value: Node) -> Node:
        """The expression for the place at hand."""
        match value:
            case Field(name) if name in self._lists:
                return tree.fn("mvindex", value, self.places)
            case tree.Fn(name, arguments):
                return tree.Fn(name, tuple(map(self.at, arguments)))
            case tree.Op(sign, left, right):
                return tree.Op(sign, self.at(left), self.at(right))
            case tree.Not(operand):
                return tree.Not(self.at(operand))
            case _:
                return value

    def every(self, value: Node) -> Node:
        """The multivalue of the expression's values."""
        return tree.fn("mvmap", self.places, self.at(value))
