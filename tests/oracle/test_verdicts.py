"""Every recorded verdict of Microsoft's parser, asked of rulec's parser again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rulec.source import Source
from rulec.syntax.parser import parse
from tests.oracle.texts import SHARED, fingerprint, texts

FOLDER = Path(__file__).parent

#: Accepted by Microsoft's parser, refused by the real engine (they stand in kusto_rejected) and by rulec already here.
LITERALS_THAT_ONLY_THE_ENGINE_REFUSES = {
    "kusto_rejected:r3-parse-search/agent-parse-search-0017",  # 9223372036854775808 in an expression is no long
    "kusto_rejected:r3-type-casts-coercion/agent-type-casts-coercion-0056",  # dynamic(1e400) is no JSON number
}

#: The documentation's own examples that the engine takes, unlike the parser.
ONLY_THE_PARSER_REFUSES = {"docs_cases:find-operator.md#12"}  # `find … project pack_all()`

#: What rulec refuses although the grammar allows it: no value of its type, half a datatable row, no type, a form that the engine refuses.
STRICTER = {"RC204", "RC205", "RC208", "RC209"}

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the query texts under ../shared are absent")


def rows(name: str) -> list[list[str | int]]:
    return [json.loads(line) for line in gzip.decompress((FOLDER / name).read_bytes()).decode().splitlines()]


def recorded() -> dict[str, list[str | int]]:
    return {str(row[0]): row[1:] for row in rows("verdicts.jsonl.gz")}


def verdict(text: str) -> str:
    result = parse(Source.of_text(text))
    if result.program is not None:
        return "accepted"
    return "command" if [d.code for d in result.diagnostics] == ["RC212"] else "refused"


@needs_shared
def test_every_verdict_equals_that_of_microsofts_parser() -> None:
    verdicts = recorded()
    asked, different = 0, []
    for name, text in texts():
        sha, expected, *_ = verdicts[name]
        assert fingerprint(text) == sha, f"{name} has changed since its verdict was recorded, see README.md"
        if name in LITERALS_THAT_ONLY_THE_ENGINE_REFUSES:
            expected = "refused"
        if name in ONLY_THE_PARSER_REFUSES:
            expected = "accepted"
        asked += 1
        if verdict(text) != expected:
            different.append(name)
    assert different == []
    assert asked == len(verdicts) >= 2296


@needs_shared
def test_the_first_error_stands_where_microsofts_parser_finds_it() -> None:
    earlier = {"docs_cases:graph-query-language-guide.md#1"}  # [a, b] is refused at its bracket, not at its comma
    elsewhere = []
    verdicts = recorded()
    for name, text in texts():
        if verdicts[name][1] != "refused" or name in earlier | ONLY_THE_PARSER_REFUSES:
            continue
        source, offset = Source.of_text(text), int(verdicts[name][3])
        while text[offset].isspace():  # what is missing is said to be missing where the last token ends
            offset += 1
        if parse(source).diagnostics[0].begin != source.locate(offset):
            elsewhere.append(name)
    assert elsewhere == []


def test_whole_and_broken_texts_around_the_grammar_get_microsofts_verdict() -> None:
    different = []
    for text, expected in rows("grammar.jsonl.gz"):
        result = parse(Source.of_text(str(text)))
        stricter = bool(result.diagnostics) and {d.code for d in result.diagnostics} <= STRICTER
        too_deep = any(d.code == "RC207" for d in result.diagnostics)
        if verdict(str(text)) != expected and not (expected == "accepted" and (stricter or too_deep)):
            different.append((text, expected, result.diagnostics[:1]))
    assert different == []
