"""Every published rule binds with the published functions and the catalogue's tables, but for a table of reasons."""

from __future__ import annotations

import pytest

from rulec.bind import Environment, SavedFunction
from rulec.errors import Severity
from rulec.source import Source
from tests.bind.bound import result
from tests.oracle.texts import SHARED, rule_query

CORPUS = SHARED / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="needs ../shared")

#: Why a rule is refused, by the start of its first error. Microsoft's analyzer refuses those of the first block too, or does
#: not look into the function in which the error is.
REASONS = {
    # The rule reads what the corpus does not hold: functions of other solutions, columns that the tables no longer have.
    "no table is named": "a function or table outside the corpus",
    "`Event` is a table": "a column of an older parser",
    "no column or `let` is named": "a column of an older schema, or a client's placeholder",
    "unexpected `|`": "no KQL: the parser of Microsoft refuses it too",
    "the keyword `string`": "a template with placeholders",
    "`==` is not defined for int and string": "compares a column with text that is no number",
    # The analyzer accepts these.
    "`autocluster` is not compiled": "a data-mining plugin",
    "`basket` is not compiled": "a data-mining plugin",
    "`between` is not defined for string and datetime": "a column of a table without schema, taken to be a string",
    "`>=` is not defined for string and datetime": "a column of a table without schema, taken to be a string",
}
EXPECTED_TO_BIND = 464


def rules() -> list[tuple[str, str]]:
    found = []
    for path in sorted((CORPUS / "rules").rglob("*.y*ml")):
        query = rule_query(path)
        if query is not None:
            found.append((path.relative_to(CORPUS).as_posix(), query))
    return found


def workspace() -> Environment:
    functions = {}
    for path in sorted((CORPUS / "functions").glob("*.kql")):
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        functions[path.stem] = SavedFunction(Source.of_text(text, path.name))
    return Environment(functions=functions)


def test_every_rule_binds_or_has_its_reason() -> None:
    env, bound, unexplained = workspace(), 0, {}
    for name, query in rules():
        found = result(query, env)
        if found.query is not None:
            bound += 1
            continue
        first = next(d for d in found.diagnostics if d.severity is Severity.ERROR)
        if not any(first.message.startswith(reason) for reason in REASONS):
            unexplained[name] = first.message
    assert unexplained == {}
    assert bound >= EXPECTED_TO_BIND


def test_the_functions_of_the_corpus_bind() -> None:
    env = workspace()
    assert {n for n in env.functions if result(f"{n} | take 1", env).query is None} == set()
