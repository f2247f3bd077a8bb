"""Every recorded verdict of Microsoft's parser, asked of rulec's parser again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rulec.source import Source
from rulec.syntax.parser import parse
from tests.oracle.texts import SHARED, fingerprint, texts

VERDICTS = Path(__file__).parent / "verdicts.jsonl.gz"

#: Accepted by Microsoft's parser, refused by the real engine (they stand in kusto_rejected) and by rulec already here.
LITERALS_THAT_ONLY_THE_ENGINE_REFUSES = {
    "kusto_rejected:r3-parse-search/agent-parse-search-0017",  # 9223372036854775808 in an expression is no long
    "kusto_rejected:r3-type-casts-coercion/agent-type-casts-coercion-0056",  # dynamic(1e400) is no JSON number
}

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the query texts under ../shared are absent")


def recorded() -> dict[str, list[str | int]]:
    return {row[0]: row[1:] for row in map(json.loads, gzip.decompress(VERDICTS.read_bytes()).decode().splitlines())}


def verdict(text: str) -> str:
    result = parse(Source.of_text(text))
    if result.program is not None:
        return "accepted"
    return "command" if [d.code for d in result.diagnostics] == ["RC212"] else "refused"


def test_every_verdict_equals_that_of_microsofts_parser() -> None:
    verdicts = recorded()
    asked, different = 0, []
    for name, text in texts():
        sha, expected, *_ = verdicts[name]
        assert fingerprint(text) == sha, f"{name} has changed since its verdict was recorded, see README.md"
        if name in LITERALS_THAT_ONLY_THE_ENGINE_REFUSES:
            expected = "refused"
        asked += 1
        if verdict(text) != expected:
            different.append(name)
    assert different == []
    assert asked == len(verdicts) >= 2296


def test_the_first_error_stands_where_microsofts_parser_finds_it() -> None:
    earlier = {"docs_cases:graph-query-language-guide.md#1"}  # [a, b] is refused at its bracket, not at its comma
    elsewhere = []
    verdicts = recorded()
    for name, text in texts():
        if verdicts[name][1] != "refused" or name in earlier:
            continue
        source, offset = Source.of_text(text), int(verdicts[name][3])
        while text[offset].isspace():  # what is missing is said to be missing where the last token ends
            offset += 1
        if parse(source).diagnostics[0].begin != source.locate(offset):
            elsewhere.append(name)
    assert elsewhere == []
