"""The state of one bind: findings, and what must be unique in a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeAlias

from rulec.bind.environment import Environment
from rulec.errors import Diagnostic, Severity
from rulec.ir.rels import ColumnDef, Rel
from rulec.records import record, replace
from rulec.scalars import ScalarType
from rulec.source import Span

if TYPE_CHECKING:
    from rulec.bind.scope import FunctionBinding


#: The type of a column that an open relation may have, by name; None for a name that it cannot have.
ColumnType: TypeAlias = Callable[[str], ScalarType | None]
#: All columns of a relation whose columns the data decide; None where the text alone does not decide them.
ColumnsOf: TypeAlias = Callable[[Rel], "tuple[ColumnDef, ...] | None"]
#: Where an open relation comes from: file, table and offset.
Place: TypeAlias = tuple[str, str, int]
#: The places whose columns a relation may have besides the known ones: several after a union, none after a join of two open
#: relations, where it is not known to which side a name belongs.
Open: TypeAlias = tuple[Place, ...]


class Refused(Exception):
    """A part of the query could not be bound; the reason is among the state's diagnostics already.

    Raised and caught inside the binder only: every list of independent parts (arguments, columns, legs, statements)
    catches it for one part, goes on with the others, and raises it once at the end.
    """


class TooLarge(Exception):
    """The end of a bind whose functions bring more than any rule does: no part goes on, for each would take as long."""

    def __init__(self, span: Span, message: str) -> None:
        super().__init__(message)
        self.span = span


#: What inlining may bring into one query. The most of any rule of the corpus is 80 calls, 104,000 characters, 2,600 expressions.
_MOST_CALLS: Final = 2_000
_MOST_TEXT: Final = 2_000_000
_MOST_PARTS: Final = 100_000
#: To walk a value costs as much less than to bind it.
_WALK: Final = 64


@record(slots=True)
class Inlined:
    """What inlining has brought into a query so far: calls, characters of the bodies, expressions in them."""

    calls: int = 0
    text: int = 0
    parts: int = 0

    def add_call(self, body: Span, place: Span) -> None:
        """Counts a call of a function.

        Raises:
            TooLarge: A call more than any rule needs.
        """
        self.calls += 1
        self.text += body.end - body.start
        if self.calls > _MOST_CALLS:
            raise TooLarge(place, f"with all functions replaced the query has more than {_MOST_CALLS} calls")
        if self.text > _MOST_TEXT:
            raise TooLarge(place, f"with all functions replaced the query has more than {_MOST_TEXT} characters")

    def add_parts(self, parts: int, place: Span) -> None:
        """Counts bound expressions.

        Raises:
            TooLarge: More than any rule needs.
        """
        self.parts += parts
        if self.parts > _MOST_PARTS:
            raise TooLarge(place, f"with all functions replaced the query has more than {_MOST_PARTS} expressions")

    def add_walk(self, parts: int, place: Span) -> None:
        """Counts the parts of a value that was only walked; raises as `add_parts`."""
        self.add_parts(parts // _WALK, place)


@record(slots=True)
class State:
    """One bind's mutable part, passed down.

    Attributes:
        columns_of: As `bind` was given it.
        poisoned: Names of columns and lets whose value was refused: a use of them is no second finding.
        doubtful: Names of columns of another type than the value that `column_ifexists` has for want of them.
        guesses: Names of columns taken to be strings for want of a schema.
        calls: Names of the functions being inlined, outermost first.
        inlined: How much inlining has brought so far, in all rounds.
        known: The same names from an earlier round: the columns that open relations are taken to have.
        open_types: The types of an open relation's columns where they are not all dynamic.
        parsed: Workspace functions that were used; None for one that is not valid KQL.
        plugins: Whether a plugin was met that `unpack.settled` may put in plain terms.
        sketches: Whether a function of `sketches` was met.
        patterns: Names of declared patterns.
        asked: Names read from open relations, by the place of the operator that made the relation open.
    """

    environment: Environment
    columns_of: ColumnsOf
    diagnostics: list[Diagnostic] = field(default_factory=list)
    poisoned: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    guesses: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    inlined: Inlined = field(default_factory=Inlined)
    asked: dict[Place, dict[str, None]] = field(default_factory=dict)
    known: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    open_types: dict[Place, ColumnType] = field(default_factory=dict)
    parsed: dict[str, FunctionBinding | None] = field(default_factory=dict)
    plugins: bool = False
    sketches: bool = False
    patterns: set[str] = field(default_factory=set)
    _key: int = 0

    def new_key(self) -> int:
        """A number that no other part of this query has."""
        self._key += 1
        return self._key

    def fresh(self, call: str) -> State:
        """The state for the body of a function that only its environment changes; `merge` brings back what it found."""
        return replace(
            State(self.environment, self.columns_of, inlined=self.inlined, known=self.known, parsed=self.parsed),
            calls=[call],
            _key=self._key,
        )

    def merge(self, inner: State) -> None:
        """Takes over the findings of a body that was bound on its own."""
        self.diagnostics.extend(inner.diagnostics)
        self.poisoned |= inner.poisoned
        self.doubtful |= inner.doubtful
        self.guesses |= inner.guesses
        for here, names in inner.asked.items():
            self.asked.setdefault(here, {}).update(names)
        self.open_types.update(inner.open_types)
        self.plugins = self.plugins or inner.plugins
        self.sketches = self.sketches or inner.sketches
        self._key = max(self._key, inner._key)

    def ask(self, places: Open, name: str) -> ScalarType | None:
        """The type of a column of an open relation, which from the next round on has it; None when it cannot have it."""
        if any(name in self.known.get(here, ()) for here in places):
            return None  # the relation has it already, so it was taken away or renamed since
        found: ScalarType | None = None
        for here in places:
            kind = self.open_type(here, name)
            if kind is not None:
                self.asked.setdefault(here, {})[name] = None
                found = found or kind
        return found

    def is_asked(self, places: Open | None, name: str) -> bool:
        """Whether a name is a column of an open relation only because the query reads it."""
        return any(name in self.asked.get(here, ()) or name in self.known.get(here, ()) for here in places or ())

    def open_type(self, here: Place, name: str) -> ScalarType | None:
        """The type that a column of an open relation would have."""
        rule = self.open_types.get(here)
        return ScalarType.DYNAMIC if rule is None else rule(name)

    def are_tables(self, places: Open | None) -> bool:
        """Whether relations that are open, if any, are stored tables: `*` is then what the schema and the query say."""
        return all(here in self.open_types for here in places or ())

    def may_have(self, places: Open | None, name: str) -> bool:
        """Whether an open relation can have a column of this name."""
        return any(self.open_type(here, name) is not None for here in places or ())

    def refuse(self, span: Span, code: str, message: str, hint: str = "") -> Refused:
        """Notes an error and gives the exception for it: `raise state.refuse(…)`."""
        self.diagnostics.append(Diagnostic.at(span, code, message, hint))
        return Refused()

    def absent(self, span: Span, what: str, name: str, hint: str) -> Refused:
        """Notes that no table or function has a name; Sentinel's own functions are there for it, so the query is not wrong for that."""
        if _SENTINELS_OWN.match(name):
            message = f"no {what} is named `{name}`: it is a parser of Sentinel's, whose text is not given"
            return self.refuse(span, "RC307", message, "give its file with `--functions`: `.kql`, or the parser's YAML")
        return self.refuse(span, "RC301", f"no {what} is named `{name}`", hint)

    def warn(self, span: Span, code: str, message: str, hint: str = "") -> None:
        """Notes a finding that does not stop the compilation."""
        self.diagnostics.append(Diagnostic.at(span, code, message, hint, Severity.WARNING))


#: Parsers of ASIM as every workspace has them (`_Im_Dns`), and as the gallery deploys them (`imDns`, `vimDnsNative`, `ASimDns`).
_SENTINELS_OWN: Final = re.compile(r"_(?:Im|ASim|ASIM)_|(?:im|vim|ASim)[A-Z]")


def is_absent(finding: Diagnostic) -> bool:
    """Whether a finding is about a table or function that does not exist, which `isfuzzy` lets pass."""
    return finding.code in ("RC301", "RC307") and finding.message.startswith(("no table is named", "no function is named"))


def nearest(name: str, candidates: Iterable[str]) -> str:
    """A hint that lists the known names nearest to one that is not known; empty when none is near."""
    known = {c.lower(): c for c in candidates}
    near = [known[key] for key in get_close_matches(name.lower(), known, n=3, cutoff=0.7)]
    return f"nearest: {', '.join(f'`{n}`' for n in near)}" if near else ""
