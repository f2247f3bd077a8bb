"""What is reported about texts with errors, one case an item of `errors.yaml`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from rulec.codes import CODES
from rulec.errors import CompileError, Diagnostic
from rulec.source import LineAnchor, Source
from rulec.syntax.limits import MAX_DEPTH, MAX_ERRORS, MAX_LENGTH
from rulec.syntax.parser import parse, parse_or_raise
from rulec.syntax.show import show

CASES = yaml.safe_load((Path(__file__).parent / "errors.yaml").read_text(encoding="utf-8"))


def placed(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.code} {diagnostic.begin.line}:{diagnostic.begin.column}"


def codes(text: str) -> set[str]:
    return {d.code for d in parse(Source.of_text(text)).diagnostics}


@pytest.mark.parametrize("case", CASES, ids=[c["text"] for c in CASES])
def test_errors_have_code_place_and_hint(case: dict[str, object]) -> None:
    result = parse(Source.of_text(str(case["text"])))
    assert result.program is None
    assert [placed(d) for d in result.diagnostics] == case["errors"]
    assert str(case.get("hint", "")) in result.diagnostics[0].hint
    assert all(d.code in CODES and not d.message.endswith(".") for d in result.diagnostics)


def test_errors_are_placed_in_the_file_that_holds_the_query() -> None:
    source = Source("rule.yaml", "T\n| wher x", (LineAnchor(0, 12, 3), LineAnchor(2, 13, 3)))
    (found,) = parse(source).diagnostics
    assert (found.path, found.begin.line, found.begin.column) == ("rule.yaml", 13, 5)


def test_parse_or_raise_carries_every_diagnostic() -> None:
    with pytest.raises(CompileError) as raised:
        parse_or_raise(Source.of_text("T | wher x | tak 5"))
    assert [placed(d) for d in raised.value.diagnostics] == ["RC210 1:5", "RC210 1:14"]


@pytest.mark.parametrize(
    "text", ["T" + " | where a b" * 1000, "\\\\ " * 100_000, "print 1" + ",\nint(x)" * 100_000, "datetime(1\n" * 100_000]
)
def test_only_the_first_errors_are_reported(text: str) -> None:
    assert len(parse(Source.of_text(text)).diagnostics) == MAX_ERRORS


NESTS = {
    "parentheses": ("print ", "(", "1", ")"),
    "calls": ("print ", "f(", "1", ")"),
    "elements": ("print ", "a[", "1", "]"),
    "lists": ("T | where ", "a in (", "1", ")"),
    "precedence": ("print ", "1 or 1 and 1 == 1 < 1 + 1 * (", "1", ")"),
    "dynamic": ("print dynamic(", "[", "1", "]"),
    "unions": ("", "union (", "T", ")"),
    "joins": ("", "T | join (", "T", ") on a"),
    "scalars": ("print ", "toscalar(print x = ", "1", ")"),
    "functions": ("", "let f = () { ", "1", " };"),
    "partitions": ("T | ", "partition by x (", "take 1", ")"),
    "forks": ("T | ", "fork (", "take 1", ")"),
    "applications": ("T | ", "mv-apply x on (", "take 1", ")"),
    "macros": ("", "macro-expand E as x (", "T", ")"),
}


@pytest.mark.parametrize("name", NESTS)
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 10_000])
def test_too_deep_nesting_is_an_error_not_a_crash(name: str, depth: int) -> None:
    head, opener, core, closer = NESTS[name]
    for text in (head + opener * depth + core + closer * depth, head + opener * depth):
        last = parse(Source.of_text(text)).diagnostics[-1]
        assert (last.code, f"{MAX_DEPTH} levels" in last.message) == ("RC207", True)


def test_nesting_is_an_error_too_when_the_callers_stack_is_deep_already() -> None:
    def called(levels: int) -> set[str]:
        return called(levels - 1) if levels else codes("print " + "(" * 150 + "1" + ")" * 150)

    assert called(10) == set()
    assert called(sys.getrecursionlimit() - 300) == {"RC207"}


@pytest.mark.parametrize("name", [n for n in NESTS if n not in ("precedence", "functions")])
def test_sixty_levels_of_nesting_are_read(name: str) -> None:
    head, opener, core, closer = NESTS[name]
    tail = ")" if name == "dynamic" else ""
    assert codes(head + opener * 60 + core + closer * 60 + tail) == set()


LONG = {
    "and": " and ".join(["a == 'x'"] * 5000),
    "or": " or ".join(["a has 'x'"] * 5000),
    "plus": "+".join(["a"] * 5000) + " > 0",
    "arguments": f"isnotempty(strcat({','.join(['a'] * 5000)}))",
    "members": "a" + ".b" * 5000 + " == 1",
    "elements": "a" + "[0]" * 5000 + " == 1",
    "values": f"a in ({','.join(['1'] * 5000)})",
    "strings": "a == " + " ".join(["'x'"] * 5000),
    "pipes": "a" + " | where a" * 5000,
}


@pytest.mark.parametrize("name", LONG)
def test_chains_of_thousands_of_terms_are_read_and_shown(name: str) -> None:
    program = parse_or_raise(Source.of_text(f"T | where {LONG[name]}"))
    assert show(program).startswith("Program")


def test_too_long_a_text_is_refused() -> None:
    assert codes("x" * (MAX_LENGTH + 1)) == {"RC211"}


@pytest.mark.parametrize("text", ["", "  \n", "// only a comment", "\ufeffT", "T\r\n| take 1\r\n"])
def test_white_space_marks_and_line_ends_do_not_matter(text: str) -> None:
    assert codes(text) == set()
