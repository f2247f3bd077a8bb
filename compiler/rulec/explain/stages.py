"""A query as numbered stages; neighbours of one kind are one stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rulec.records import record
from rulec.source import Span
from rulec.syntax import nodes

#: Operators whose word is not their class's name with hyphens.
_WORDS: Final = {"MvExpand": "mv-expand", "MvApply": "mv-apply", "GetSchema": "getschema", "SampleDistinct": "sample-distinct"}


@record(frozen=True, slots=True)
class Stage:
    """A run of consecutive steps of one kind (`where`, `extend`, `source`, `let`), each with its text."""

    kind: str
    texts: tuple[str, ...]

    @property
    def title(self) -> str:
        """`extend (4 consecutive steps)`."""
        return self.kind if len(self.texts) == 1 else f"{self.kind} ({len(self.texts)} consecutive steps)"


def stages_of(program: nodes.Program) -> tuple[Stage, ...]:
    """The stages of a program: its lets, the source, then the operators of the query itself."""
    steps = list(_steps(program))
    return tuple(Stage(kind, tuple(text for _, text in run)) for kind, run in groupby(steps, key=lambda step: step[0]))


def _steps(program: nodes.Program) -> Iterator[tuple[str, str]]:
    for statement in program.statements:
        match statement:
            case nodes.ExpressionStatement(value=value):
                yield from _query_steps(value)
            case _:
                yield _kind(statement), tidy(statement.span)


def _query_steps(value: nodes.Expr) -> Iterator[tuple[str, str]]:
    if not isinstance(value, nodes.Pipeline):
        yield "source", tidy(value.span)
        return
    source = value.source
    is_operator = isinstance(source, nodes.Print | nodes.Range | nodes.Union | nodes.Search | nodes.Find)
    yield (_kind(source) if is_operator else "source"), tidy(source.span)
    for operator in value.operators:
        yield _kind(operator), "| " + tidy(operator.span).removeprefix("|").lstrip()


def _kind(node: nodes.Operator | nodes.Statement | nodes.SourceOperator | nodes.Expr) -> str:
    """KQL's word for a node: `project-away` of `ProjectAway`."""
    name = type(node).__name__
    return _WORDS.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


kind_of = _kind


def tidy(span: Span) -> str:
    """The text under a span without the indentation that its lines share."""
    first, *rest = span.text.strip().rstrip(";").split("\n")
    shared = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.rstrip(), *(f"  {line[shared:].rstrip()}" for line in rest if line.strip())])
