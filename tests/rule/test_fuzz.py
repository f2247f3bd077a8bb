"""Whatever the bytes, loading returns findings with places inside the file and never raises."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulec.errors import Severity
from rulec.rule.load import load_kql, load_text
from tests.rule.cases import DATA

SEEDS = [path.read_bytes() for path in sorted([*DATA.glob("*.*"), *(DATA / "hazards").iterdir()])]
#: Bytes that mean something to YAML, to KQL or to a decoder.
SPICE = [b"\t", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc2\xa0", b"\xe2\x80\xa8", b":", b"- ", b"|", b">", b"'", b'"', b"{{"]
SPICE += [b"}}", b"  ", b"9" * 400, b"\\", b"\\u00"]
SPICE += [b"[", b"]", b"{", b"}", b"*a", b"&a ", b"!!int ", b"---\n", b"...\n", b"? ", b"%", b"@", b"`", b"#"]


def check(data: bytes) -> None:
    for result in (load_text(data), load_kql(data), load_text(data, profile="microsoft")):
        assert (result.rule is None) == any(d.severity is Severity.ERROR for d in result.diagnostics)
        for diagnostic in result.diagnostics:
            assert diagnostic.begin.line >= 1
            assert diagnostic.begin.column >= 1
            assert diagnostic.begin <= diagnostic.end
            assert diagnostic.code.startswith("RC1")
            assert diagnostic.message
            assert not diagnostic.message.endswith(".")
        if result.query is not None:
            for offset in (0, len(result.query.text) // 2, len(result.query.text)):
                assert result.query.locate(offset).line >= 1


def mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        size = chance.choice((0, 0, 1, 3, 20))
        data = data[:at] + chance.choice([*SPICE, bytes([chance.randrange(256)]), data[at : at + 30]]) + data[at + size :]
    return data


@pytest.mark.parametrize("part", range(4))
def test_mutated_rule_files_never_raise(part: int) -> None:
    chance = random.Random(part)
    for _ in range(250):
        check(mutated(chance.choice(SEEDS), chance))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_never_raise(data: bytes) -> None:
    check(data)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=" \n\t:-|>'\"{}[]&*!?#%@`aT0\\\u2028\u0085\u00a0é", max_size=80))
def test_any_text_after_a_query_key_never_raises(text: str) -> None:
    check(("query: " + text).encode())
