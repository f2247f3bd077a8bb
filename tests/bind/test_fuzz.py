"""A broken query gives findings, never an exception; what still binds keeps every invariant of the IR."""

from __future__ import annotations

import random

import pytest

from rulec.bind import Environment, bind
from rulec.errors import Severity
from rulec.ir.show import show
from rulec.ir.verify import verify
from rulec.source import Source
from rulec.syntax.parser import parse
from tests.oracle.texts import SHARED, texts
from tests.syntax.mutation import mutated, vocabulary_of

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
MUTANTS = 2500


def test_mutated_queries_are_refused_with_an_error_or_bind_to_a_sound_query() -> None:
    rng = random.Random(20261124)
    known = [text for name, text in texts() if name.startswith(("kusto_", "docs_"))]
    vocabulary = vocabulary_of(rng.sample(known, 200))
    environment = Environment()
    bound = 0
    for _ in range(MUTANTS):
        program = parse(Source.of_text(mutated(rng.choice(known), vocabulary, rng))).program
        if program is None:
            continue
        found = bind(program, environment)
        if found.query is None:
            assert any(d.severity is Severity.ERROR for d in found.diagnostics)
            continue
        verify(found.query)
        assert show(found.query)
        bound += 1
    assert bound > 50
