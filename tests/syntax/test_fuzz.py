"""Broken texts: the parser always ends, raises nothing and places every node and finding inside the text.

2,000 texts in the normal run; the long run is `RULEC_FUZZ=100000 pytest tests/syntax/test_fuzz.py`.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from rulec.codes import CODES
from rulec.source import Source, Span
from rulec.syntax.nodes import Program
from rulec.syntax.parser import parse
from tests.oracle.texts import SHARED, texts

SEED = 20240131
#: No text here is longer than a few kilobytes; a parser that needs a second for one hangs on a longer one.
SECONDS = 1.0
TOKEN = re.compile(r"""\s+|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
NESTS = [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("(T | where ", ")"), ("dynamic([", "])"), ("a in (", ")"), ("-", "")]
OWN = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "trees").glob("*.kql"))]


def corpus() -> list[str]:
    return [*OWN, *(text for _, text in texts())] if SHARED.is_dir() else OWN


def mutated(text: str, vocabulary: list[str], rng: random.Random) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(tokens) + 1)
        other = rng.randrange(len(tokens) + 1)
        match rng.randrange(8):
            case 0:
                del tokens[at : at + rng.randint(1, 3)]
            case 1:
                tokens[at:at] = tokens[other : other + 3]
            case 2 if at < len(tokens) and other < len(tokens):
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at : at + 1] = [rng.choice(vocabulary)]
            case 4:
                tokens.insert(at, f" {rng.choice(vocabulary)} ")
            case 5:
                del tokens[at:]
            case 6:
                opener, closer = rng.choice(NESTS)
                depth = rng.choice([2, 20, 300])
                tokens[at:at] = [opener * depth, *tokens[at : at + 2], closer * depth]
            case _:
                flipped = list("".join(tokens).encode("utf-8", "surrogatepass"))
                for _ in range(min(len(flipped), 3)):
                    flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
                tokens = TOKEN.findall(bytes(flipped).decode("utf-8", "replace"))
    return "".join(tokens)


def broken_texts(count: int) -> Iterator[str]:
    rng = random.Random(SEED)
    originals = corpus()
    vocabulary = sorted({token for text in OWN for token in TOKEN.findall(text) if not token.isspace()})
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
    begin = time.perf_counter()
    result = parse(source)
    assert time.perf_counter() - begin < SECONDS, "too slow"
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
