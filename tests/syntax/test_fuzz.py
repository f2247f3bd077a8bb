"""Broken texts: the parser always ends, raises nothing and places every node and finding inside the text.

2,000 texts in the normal run; the long run is `RULEC_FUZZ=100000 pytest tests/syntax/test_fuzz.py`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from rulec.codes import CODES
from rulec.source import Source, Span
from rulec.syntax.nodes import Program
from rulec.syntax.parser import parse
from tests.oracle.texts import SHARED, texts
from tests.syntax.mutation import mutated, vocabulary_of

SEED = 20240131
#: No text here is longer than a few kilobytes; a parser that needs a second for one hangs on a longer one.
SECONDS = 1.0
OWN = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "trees").glob("*.kql"))]


def corpus() -> list[str]:
    return [*OWN, *(text for _, text in texts())] if SHARED.is_dir() else OWN


def broken_texts(count: int) -> Iterator[str]:
    rng = random.Random(SEED)
    originals, vocabulary = corpus(), vocabulary_of(OWN)
    for _ in range(count):
        yield mutated(rng.choice(originals), vocabulary, rng)


def check_spans(program: Program, length: int) -> None:
    """Every node lies inside the node around it."""
    pending: list[tuple[object, int, int]] = [(program, 0, length)]
    while pending:
        node, start, end = pending.pop()
        assert is_dataclass(node)
        span = node.span  # type: ignore[attr-defined]
        assert isinstance(span, Span)
        assert start <= span.start <= span.end <= end, (type(node).__name__, span[:2], (start, end))
        for field in fields(node):
            value = getattr(node, field.name)
            for child in value if isinstance(value, tuple) and not isinstance(value, Span) else (value,):
                if is_dataclass(child):
                    pending.append((child, span.start, span.end))


def check(text: str) -> bool:
    source = Source.of_text(text)
    begin = time.process_time()
    result = parse(source)
    assert time.process_time() - begin < SECONDS, "too slow"
    assert (result.program is None) == bool(result.diagnostics)
    lines = text.count("\n") + 1
    for finding in result.diagnostics:
        assert finding.code in CODES
        assert (1, 1) <= finding.begin <= finding.end
        assert finding.end.line <= lines
    if result.program is not None:
        check_spans(result.program, len(text))
    return result.program is not None


def test_broken_texts_are_parsed_in_time_without_a_crash() -> None:
    count = int(os.environ.get("RULEC_FUZZ", "2000"))
    accepted = 0
    for text in broken_texts(count):
        try:
            accepted += check(text)
        except BaseException as error:
            error.add_note(f"text: {text!r}")
            raise
    assert 0 < accepted < count


def test_every_query_has_its_spans_inside_each_other() -> None:
    for text in corpus():
        check(text)
