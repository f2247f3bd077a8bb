"""Neighbours of given queries: `python -m tests.differential --mutants CASES.jsonl`.

A case's query is parsed and changed at one to three places (`sites`). What the binder takes is run on the engines as random queries
are. A disagreement is shrunk by taking away operators, rows and items as long as the same engines disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

from rulec.source import Source, Span
from rulec.syntax import nodes as n
from rulec.syntax.parser import parse
from tests.conformance.cases import Case, load_cases
from tests.conformance.engines import Engine, open_engine
from tests.differential.running import Engines, Verdict
from tests.differential.sites import Edit, nodes, sites

#: How often a case is changed anew when the binder refuses what came out.
ATTEMPTS: Final = 8
#: How many smaller queries are tried at most.
BUDGET: Final = 120
#: What makes arrays whose order is open, and answers that are random.
_OPEN_ARRAYS: Final = re.compile(r"\bmake_?(?:list|set|bag)|\bset_|\bbag_keys")
_RANDOM: Final = re.compile(r"\b(?:rand|new_guid|sample|sample-distinct|externaldata|cursor_\w+)\b")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed query: the case's id, what was changed, and the text."""

    origin: str
    edits: tuple[Edit, ...]
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(edit.kind for edit in self.edits)


class Mutants:
    """The mutants of the cases of some files."""

    def __init__(self, paths: list[Path]) -> None:
        cases = [case for path in paths for case in load_cases(path)]
        self._cases = [case for case in cases if not _RANDOM.search(case.kql)]
        self._binds: Engine = open_engine("bind")

    def mutant(self, number: int) -> Mutant | None:
        """The mutant of a number; None when none of the changes drawn binds."""
        case = self._cases[number % len(self._cases)]
        random = Random(number)
        for _ in range(ATTEMPTS):
            made = changed(random, case.kql)
            if made is None or made[1] == case.kql:
                continue
            found = self._binds(Case("mutant", "differential", made[1]))
            if found.error is None or found.code is None:
                return Mutant(case.id, *made)
        return None


def program_of(text: str) -> n.Program | None:
    """The syntax tree of a text that has no syntax errors."""
    return parse(Source.of_text(text)).program


def changed(random: Random, text: str) -> tuple[tuple[Edit, ...], str] | None:
    """A text with one to three places changed."""
    program = program_of(text)
    if program is None:
        return None
    places = sites(program)
    edits: list[Edit] = []
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        edit = random.choice(places[random.choice(sorted(places))])(random)
        if all(edit.end <= other.start or edit.start >= other.end for other in edits):
            edits.append(edit)
    return tuple(edits), apply(text, edits)


def apply(text: str, edits: list[Edit]) -> str:
    """The text with all edits made."""
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


# --- comparing -----------------------------------------------------------------------------------------------------


def judge(engines: Engines, text: str, names: tuple[str, ...] = ()) -> Verdict:
    """What the engines say of a text. Rows are compared in order where a sort by columns is the last thing that orders them."""
    program = program_of(text)
    keys = sort_keys(program) if program is not None else ()
    return engines.judge_text(text, ordered=bool(keys), as_sets=bool(_OPEN_ARRAYS.search(text)), names=names, keys=keys)


def sort_keys(program: n.Program) -> tuple[str, ...]:
    """The columns that the answer is sorted by; () when it has no order, or keys that are no columns of it."""
    last = program.statements[-1]
    value = last.value if isinstance(last, n.ExpressionStatement) else None
    if not isinstance(value, n.Pipeline):
        return ()
    for operator in reversed(value.operators):
        match operator:
            case n.Sort(keys=keys) | n.Top(keys=keys):
                found = tuple(k.value.value.text for k in keys if isinstance(k.value.value, n.Name) and not k.value.names)
                return found if len(found) == len(keys) else ()
            case n.Where() | n.Take() | n.Serialize():
                continue
            case _:
                return ()
    return ()


def calls(text: str) -> tuple[str, ...]:
    """The functions, aggregates and operators that a text uses: what tells kinds of disagreements apart."""
    program = program_of(text)
    found = {node.name.text for node in nodes(program) if isinstance(node, n.Call)}
    found |= {node.op for node in nodes(program) if isinstance(node, (n.Binary, n.ListTest, n.Between))}
    found |= {type(o).__name__ for node in nodes(program) if isinstance(node, n.Pipeline) for o in node.operators}
    return tuple(sorted(found))


def depends_on_order(engines: Engines, text: str, reference: str) -> bool:
    """Whether the reference's answer changes with the order of the tables' rows: such a difference may be no error."""
    turned = reversed_rows(text)
    return turned != text and bool(engines.differ(text, turned, reference, as_sets=bool(_OPEN_ARRAYS.search(text))))


def reversed_rows(text: str) -> str:
    """The text with the rows of every table in reverse."""
    program = program_of(text)
    edits = []
    for node in nodes(program):
        if isinstance(node, n.DataTable) and node.values:
            width, cells = len(node.columns), [value.span.text for value in node.values]
            rows = [", ".join(cells[at : at + width]) for at in range(0, len(cells), width)]
            edits.append(Edit("rows", node.values[0].span.start, node.values[-1].span.end, ", ".join(reversed(rows))))
    return apply(text, edits)


# --- shrinking -----------------------------------------------------------------------------------------------------


def first_answer(verdict: Verdict, names: tuple[str, ...]) -> str:
    """The engine that the others are compared with."""
    return next((name for name in names if name not in verdict.refused), names[0])


def shrink(engines: Engines, text: str, verdict: Verdict, names: tuple[str, ...]) -> tuple[str, Verdict]:
    """The smallest text found that the same engines are wrong about in the same way."""
    sides = tuple(dict.fromkeys((first_answer(verdict, names), *verdict.problems)))
    verdict = judge(engines, text, sides)
    budget, progress = BUDGET, True
    while progress and budget > 0:
        progress = False
        for smaller in _smaller(text):
            budget -= 1
            found = judge(engines, smaller, sides)
            if found.kind == verdict.kind and found.problems:
                text, verdict, progress = smaller, found, True
                break
            if budget <= 0:
                break
    return text, verdict


def _smaller(text: str) -> Iterator[str]:
    """Texts with a part less, the biggest parts first."""
    program = program_of(text)
    if program is None:
        return
    cuts = sorted(_cuts(program), key=lambda span: span.start - span.end)
    for span in dict.fromkeys((s.start, s.end) for s in cuts):
        yield text[: span[0]] + text[span[1] :]


def _cuts(program: n.Program) -> Iterator[Span]:
    statements = program.statements
    for statement, following in pairwise(statements):
        yield Span(statement.span.start, following.span.start, statement.span.source)
    for node in nodes(program):
        match node:
            case n.Pipeline(source=source, operators=operators):
                before = source.span
                for operator in operators:
                    yield Span(before.end, operator.span.end, before.source)
                    before = operator.span
            case n.DataTable(columns=columns, values=values) if values:
                rows = [values[at].span.to(values[at + len(columns) - 1].span) for at in range(0, len(values), len(columns))]
                yield from _items(rows)
            case n.Print(columns=items) | n.Extend(columns=items) | n.Project(columns=items) | n.Sort(keys=items):
                yield from _items([item.span for item in items])
            case n.Summarize(aggregates=aggregates, keys=keys):
                yield from _items([item.span for item in aggregates])
                yield from _items([item.span for item in keys])
            case n.Binary(op="and" | "or", left=left, right=right):
                yield Span(left.span.end, right.span.end, left.span.source)
                yield Span(left.span.start, right.span.start, left.span.source)
            case _:
                pass


def _items(spans: list[Span]) -> Iterator[Span]:
    """Each item of a list with the comma beside it."""
    for at in range(len(spans) if len(spans) > 1 else 0):
        yield Span(spans[at - 1].end, spans[at].end, spans[at].source) if at else Span(spans[0].start, spans[1].start, spans[0].source)
