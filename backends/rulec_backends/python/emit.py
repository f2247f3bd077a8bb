"""Where code is written: the module, its functions, a place in a function, and the row that is at hand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rulec.backend import TargetOptions
from rulec.errors import Diagnostic
from rulec.ir.exprs import Call, Expr
from rulec.ir.rels import Rel
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec_backends.python import library
from rulec_backends.python.code import Block, Code, call, literal, name, raw
from rulec_backends.python.names import Names, camel, snake, upper

#: Values that every run has; `detect` makes them from its arguments.
RUN_VALUES = ("tables", "window_start", "window_end", "now", "externals")

#: Names that every module gives to its own functions and constants.
OWN_NAMES = frozenset(
    {"results", "window", "alert", "alerts", "triggered", "title", "description", "severity", "tactics", "entities", "custom_details"}
)

#: The name under which the columns that only the data knows go on; no KQL column has it.
OPEN_COLUMNS = "\0open"
#: The name of what comes with the rows and is not read.
UNREAD = "\0unread"


@dataclass(slots=True)
class Module:
    """One generated module while it is being written."""

    options: TargetOptions
    names: Names = field(default_factory=lambda: Names(library.names() | set(RUN_VALUES) | OWN_NAMES))
    runtime: set[str] = field(default_factory=set)
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    classes: list[Block] = field(default_factory=list)
    functions: list[Block] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    locals: set[str] = field(default_factory=set)
    scans: dict[str, int] = field(default_factory=dict)
    shared_uses: dict[int, int] = field(default_factory=dict)
    windowed: bool = False
    call_uses: dict[Expr, int] = field(default_factory=dict)
    invariants: dict[object, str] = field(default_factory=dict)
    given_columns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    main: Function | None = None

    def use(self, function: str) -> str:
        """Marks a run-time function as needed and returns its name."""
        self.runtime.add(function)
        return function

    def call(self, function: str, *arguments: Code | str) -> Code:
        """A call of a run-time function."""
        return call(self.use(function), *arguments)

    def constant(self, wish: str, text: str) -> Code:
        """A module-level constant with this value text, shared by equal texts."""
        if text not in self.constants:
            self.constants[text] = (self.global_name(upper(wish)), text)
        return name(self.constants[text][0])

    def pattern(self, wish: str, python_pattern: str) -> Code:
        """A precompiled pattern as a module-level constant; one with words is compiled at its first use, with more than Python's `\\w`."""
        if "\\w" in python_pattern or "\\W" in python_pattern:
            return self.call("word_pattern", raw(python_pattern))
        self.use("re")
        return self.constant(wish, f"re.compile({raw(python_pattern)})")

    def global_name(self, wish: str) -> str:
        """A module-level or run-level name that no function uses as a local."""
        return self.names.fresh(wish, self.locals)

    def refuse(self, span: Span, code: str, message: str, hint: str = "") -> Code:
        """Records a refusal; the code that stands in its place is never printed."""
        found = Diagnostic.at(span, code, message, hint)
        if found not in self.diagnostics:
            self.diagnostics.append(found)
        return Code("None")


@dataclass(slots=True)
class Function:
    """A function while it is being written. `parameters` grow as its code needs values of the run."""

    module: Module
    name: str
    given: tuple[str, ...] = ()
    parameters: dict[str, None] = field(default_factory=dict)
    constants: dict[str, Code] = field(default_factory=dict)
    spares: dict[str, str] = field(default_factory=dict)
    prologue: Block = field(default_factory=Block)
    body: Block = field(default_factory=Block)
    names: Names = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.given, self.module.names)

    def need(self, value: str) -> Code:
        """A value of the run (the tables, the time, a shared relation) as a parameter of this function."""
        self.parameters.setdefault(value)
        return name(value)

    def local(self, wish: str) -> str:
        """A fresh local name."""
        fresh = self.names.fresh(snake(wish))
        self.module.locals.add(fresh)
        return fresh

    def once(self, wish: str, value: Code) -> Code:
        """A local that is made before the loops, one for each text of code."""
        if value.text not in self.constants:
            local = self.local(wish)
            self.prologue.add(f"{local} = {value.text}")
            self.constants[value.text] = name(local)
        return self.constants[value.text]

    def spare(self, wish: str) -> str:
        """A local that holds a value within one expression only, the same at each call."""
        if wish not in self.spares:
            self.spares[wish] = self.local(wish)
        return self.spares[wish]

    def finish(self) -> None:
        """Adds the function to the module."""
        signature = ", ".join((*self.given, *self.parameters))
        block = Block(f"def {self.name}({signature}):")
        block.lines = [*self.prologue.lines, *self.body.lines]
        self.module.functions.append(block)

    def called_from(self, caller: Function, *given: Code) -> Code:
        """The call, with the run's values passed on by the caller."""
        return call(self.name, *given, *(caller.need(p) for p in self.parameters))


#: The depth of a cell whose code is no local of its own.
NOT_OURS: Final = -1


@dataclass(slots=True)
class Cell:
    """A column of the row at hand: code that is ready, or code that is written when the column is first read.

    `raw` is the input cell before its conversion to text, `moment` that before its conversion to ticks, `stamp` a local that holds
    the moment as text in the result's form; `derived` are locals with values that several expressions share. `depth` is the loop in
    which the code's local was made for this column alone: there, a new value of the column may take the local's place."""

    code: Code | None = None
    make: Callable[[Place], Code] | None = None
    depth: int = NOT_OURS
    raw: Code | None = None
    moment: Code | None = None
    stamp: Code | None = None
    derived: dict[str, Code] = field(default_factory=dict)

    def copied(self) -> Cell:
        """A cell of its own: what is fetched or derived through it is unknown to the first one."""
        return Cell(self.code, self.make, self.depth, self.raw, self.moment, self.stamp, dict(self.derived))

    def read(self, place: Place) -> Code:
        """The column's value, simple enough to be repeated."""
        if self.code is None and self.stamp is not None:
            self.code = place.assign(f"{self.stamp.text}_ticks", place.module.call("input_ticks", self.stamp))
        elif self.code is None:
            assert self.make is not None
            self.code = self.make(place)
        return self.code

    @property
    def stampable(self) -> bool:
        """Whether the column is a moment of the input that nobody has asked the ticks of."""
        return self.code is None and self.moment is not None

    def read_stamp(self, name: str, place: Place) -> Code:
        """The moment as text in the result's form, in which texts compare like moments; None of null."""
        if self.stamp is None:
            assert self.moment is not None
            self.stamp = place.assign(name, place.module.call("stamp", self.moment))
        return self.stamp


@dataclass(slots=True)
class Place:
    """Where the next statement goes. `loop`: how many loops stand around it; without one, rows are skipped by nesting.
    `hint` is the name that the query gives to what is being written."""

    function: Function
    block: Block
    loop: int = 0
    said: Span | None = None
    hint: str = ""

    @property
    def module(self) -> Module:
        return self.function.module

    def add(self, text: str) -> None:
        self.block.add(text)

    def inside(self, header: str, loops: int = 0) -> Place:
        """The body of a new compound statement."""
        return Place(self.function, self.block.open(header), self.loop + loops, self.said, self.hint)

    def comment(self, span: Span) -> None:
        """The KQL text of a stage, once."""
        if self.said is not None and (span.start, span.end) == (self.said.start, self.said.end):
            return
        self.said = span
        if span.end > span.start:
            self.block.comment(span.text)

    def assign(self, wish: str, value: Code) -> Code:
        """The value as something simple: itself, or a new local."""
        if value.simple:
            return value
        local = self.function.local(wish)
        self.add(f"{local} = {value.text}")
        return name(local)

    def skip_unless(self, condition: Code, opposite: Code) -> Place:
        """Goes on only for rows where the condition holds; `opposite` is its exact contrary."""
        if condition.text == "True":
            return self
        if self.loop:
            self.block.open(f"if {opposite.text}:").add("continue")
            return self
        return self.inside(f"if {condition.text}:")


@dataclass(slots=True)
class Row:
    """The row at hand: where it is and what its columns are called there. `drawn` are the random values of expressions, by identity."""

    place: Place
    columns: dict[str, Cell]
    drawn: dict[int, tuple[Call, Code]] = field(default_factory=dict)

    def read(self, column: str) -> Code:
        """The code of a column, which may write the statement that fetches it."""
        return self.columns[column].read(self.place)

    def scoped(self, place: Place) -> Row:
        """The row inside a statement that may not run: what is fetched there is unknown outside."""
        return Row(place, {n: c.copied() for n, c in self.columns.items()}, dict(self.drawn))


#: What is done with each row of a relation.
Consume = Callable[[Row], None]
#: Emits a relation: `produce(relation, needed columns, place, consume)`.
Produce = Callable[[Rel, frozenset[str], Place, Consume], None]


def missing_value(type_: ScalarType) -> Code:
    """What a missing cell is: '' for a string, else null."""
    return literal("" if type_ is ScalarType.STRING else None)


def class_name(wish: str) -> str:
    """A class name from a stage's name."""
    return camel(wish)
