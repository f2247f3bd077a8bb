"""Every offset of a query leads to the line and column of the YAML file, whatever style the scalar has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulec.rule.load import load_text
from rulec.source import Source

STYLES = {
    "literal": "query: |\n  T\n\n    | where a == 1\n  | take 5\n",
    "literal_strip": "query: |-\n  T\n  | take 5",
    "literal_keep": "query: |+\n  T\n  | take 5\n\n\nname: x\n",
    "literal_comment": "query: | # the query\n   T\n   | take 5\n",
    "literal_blank_first": "query: |\n\n  \n  T\n  | take 5\n",
    "literal_digit": "query: |1\n  T\n  | take 5\n",
    "literal_nested": "a:\n    b: 1\nquery: |\n        T\n          | take 5\n",
    "literal_separator": "query: |\n  T \u2028  | take 5\n",
    "folded": "query: >\n  T\n  | where a == 1\n\n  | take 5\n    | more\n  | end\n",
    "folded_strip": "query: >-\n  T\n  | take 5\n",
    "plain": "query: T | take 5\n",
    "plain_lines": "query: T\n  | where a == 1\n\n  | take 5\n",
    "single": "query: 'T | where a == ''x'' and b'\n",
    "single_lines": "query: 'T\n  | where a == ''x''\n\n  | take 5'\n",
    "double": 'query: "T | where a == \\"x\\" and b"\n',
    "double_lines": 'query: "T\n  | where a == \\"x\\"\n\n  | take 5"\n',
    "double_escapes": 'query: "T\\n| where a == \\u00e9x and \\x41b \\\n   | take 5"\n',
}


def query_of(text: str) -> Source:
    query = load_text(text, "x.yaml").query
    assert query is not None
    return query


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_word_is_found_where_the_file_has_it(name: str, ends: str) -> None:
    text = STYLES[name]
    query = query_of("id: x\n".replace("\n", ends) + text.replace("\n", ends))
    lines = ("id: x\n" + text).split("\n")
    checked = 0
    for offset, character in enumerate(query.text):
        if character.isascii() and not character.isspace() and character not in "\"'A":
            place = query.locate(offset)
            assert lines[place.line - 1][place.column - 1] == character, (offset, place)
            checked += 1
    assert checked >= 7


def test_the_excerpt_of_a_query_line_is_the_files_line() -> None:
    query = query_of(STYLES["literal"])
    assert query.line_text(4) == "    | where a == 1"


def test_the_end_of_the_query_is_in_the_query() -> None:
    query = query_of("id: x\nquery: |-\n  T\n  | take 5\nname: y\n")
    assert query.locate(len(query.text)) == (4, 11)


LINES = st.lists(st.text(alphabet=" |aé😀\t#:'\"\\-", max_size=12), min_size=1, max_size=8)


@settings(deadline=None)
@given(LINES, st.integers(1, 6), st.sampled_from(["|", "|-", "|+"]))
def test_any_literal_block_maps_character_for_character(body: list[str], indent: int, header: str) -> None:
    body = ["T", *body]
    text = f"query: {header}\n" + "".join(" " * indent + line + "\n" for line in body)
    query, lines = query_of(text), text.split("\n")
    for offset, character in enumerate(query.text):
        if character != "\n":
            place = query.locate(offset)
            assert lines[place.line - 1][place.column - 1] == character


@settings(deadline=None)
@given(st.lists(st.text(alphabet="|aé😀#:'\"\\- ", min_size=1, max_size=12), min_size=1, max_size=6), st.sampled_from("\"'>"))
def test_any_folded_or_quoted_text_maps_its_words_to_their_lines(body: list[str], style: str) -> None:
    words = [f"w{number}" for number in range(len(body))]
    lines = [f"{word} {text.strip()}" for word, text in zip(words, body, strict=True)]
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') if style == '"' else line.replace("'", "''") for line in lines]
    if style == ">":
        text = "query: >\n" + "".join(f"  {line}\n" for line in lines)
    else:
        text = f"query: {style}" + "\n  ".join(escaped) + style + "\n"
    query = query_of(text)
    for number, word in enumerate(words):
        assert query.locate(query.text.index(word)).line == number + 1 + (style == ">")
