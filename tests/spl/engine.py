"""Runs a search: `run(spl, events)`.

Source: Search Manual, "About the search pipeline", "About subsearches".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tests.spl import searchexpr, timefmt
from tests.spl.caps import DEFAULT, Caps
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import Scope, evaluate
from tests.spl.evalparse import Expr
from tests.spl.lexer import end_of_bracket, end_of_string, expand_macros, quoted_resets, split_pipeline, strip_comments
from tests.spl.refusals import REFUSED
from tests.spl.values import Field, Row, store

#: Rows as tests give them: texts, numbers, lists, None.
Given: TypeAlias = "Mapping[str, object]"


@dataclass(slots=True)
class Engine:
    """One search's surroundings. `events` is what `search` finds before a pipeline has rows."""

    events: list[Row]
    lookups: dict[str, list[Row]]
    macros: Mapping[str, str]
    now: float
    caps: Caps
    saved: dict[str, str] = field(default_factory=dict)
    #: Fields that are shown in another form: field and expression.
    formats: list[tuple[str, Expr]] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        return Scope(self.now, lambda text, row: searchexpr.matches(searchexpr.parse(text), row, self.now), self.lookups)

    def pipeline(self, text: str, rows: list[Row] | None = None) -> list[Row]:
        """The rows of a search; `rows` when it continues a pipeline (appendpipe, foreach)."""
        parts = split_pipeline(text)
        if parts and not parts[0]:
            parts = parts[1:]
        elif rows is None and parts and not _starts_with_command(parts[0]):
            parts[0] = "search " + parts[0]
        elif rows is None and parts and not text.lstrip().startswith("|"):
            pass
        for part in parts:
            rows = self.command(part, rows)
        return rows if rows is not None else []

    def command(self, text: str, rows: list[Row] | None) -> list[Row]:
        """One command on the rows; None when it comes first."""
        match = re.match(r"([A-Za-z_][A-Za-z0-9_]*)\s*", text)
        if match is None:
            raise SplError(f"no command in {text!r}")
        name = match.group(1).lower()
        if name not in COMMANDS:
            raise Refused(f"command {name}: {REFUSED.get(name, 'unknown')}")
        body = text[match.end() :]
        if rows is None and name not in GENERATING and name != "search":
            rows = copies(self.events)
        if name not in RAW_BRACKETS:
            body = self.substitute(body)
        return COMMANDS[name](self, rows, body)

    def subsearch(self, text: str, cap: int) -> list[Row]:
        """A bracketed search's rows, at most `cap`."""
        return self.pipeline(text.strip())[:cap]

    def substitute(self, body: str) -> str:
        """Replaces bracketed searches in a command's arguments by their text: `return`'s or `format`'s."""
        out: list[str] = []
        i = 0
        while i < len(body):
            if body[i] == '"':
                end = end_of_string(body, i)
                out.append(body[i:end])
            elif body[i] == "[":
                end = end_of_bracket(body, i)
                out.append(self.search_text(body[i + 1 : end - 1]))
            else:
                end = i + 1
                out.append(body[i])
            i = end
        return "".join(out)

    def search_text(self, text: str) -> str:
        """What a subsearch puts in its place: its field `search` or `query` if there is one, otherwise `format` of its rows."""
        rows = self.subsearch(text, self.caps.subsearch)
        if len(rows) == 1 and isinstance(rows[0].get("search"), str):
            return str(rows[0]["search"])
        formatted = COMMANDS["format"](self, rows, "")
        return str(formatted[0]["search"])

    def with_caps(self, caps: Caps) -> Engine:
        return replace(self, caps=caps)


Command: TypeAlias = "Callable[[Engine, list[Row] | None, str], list[Row]]"
COMMANDS: dict[str, Command] = {}
#: Commands that take no rows.
GENERATING: set[str] = set()
#: Commands whose brackets are not replaced by text.
RAW_BRACKETS: set[str] = {"append", "appendcols", "appendpipe", "join", "foreach", "map", "multisearch", "union", "set", "rex", "regex"}


def _starts_with_command(part: str) -> bool:
    match = re.match(r"([A-Za-z_]+)\b(?!\s*[=<>!])", part)
    return match is not None and match.group(1).lower() in COMMANDS


def copies(rows: Sequence[Row]) -> list[Row]:
    return [dict(r) for r in rows]


def stored(value: object) -> Field | None:
    """A test's value as a field: numbers as text, None as missing."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case list():
            texts = [t for t in (stored(v) for v in value) if isinstance(t, str)]
            return texts if len(texts) > 1 else (texts[0] if texts else None)
        case float() if value == int(value) and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def as_rows(given: Sequence[Given], extra: Mapping[str, str] | None = None) -> list[Row]:
    rows: list[Row] = []
    for item in given:
        row: Row = dict(extra or {})
        for name, value in item.items():
            kept = stored(value)
            if name == "_time" and isinstance(kept, str):
                kept = timefmt.shown_time(kept) or kept
            if kept is not None:
                row[name] = kept
        rows.append(row)
    return rows


def _labelled(key: str) -> dict[str, str]:
    """The default fields that a mapping's key gives: `index=a sourcetype=b`, or a plain sourcetype."""
    found = dict(re.findall(r'(\w+)="?([^"\s]+)"?', key)) if "=" in key else {}
    return found or {"sourcetype": key}


def run(
    spl: str,
    events: Mapping[str, Sequence[Given]] | Sequence[Given] = (),
    *,
    lookups: Mapping[str, Sequence[Given]] | None = None,
    macros: Mapping[str, str] | None = None,
    now: float = 1_700_000_000.0,
    caps: Caps = DEFAULT,
) -> list[Row]:
    """The rows of a search. Numbers are texts, a multivalue is a list, a null field is missing.

    Args:
        events: base rows, or rows by sourcetype or by `index=… sourcetype=…`.
        now: the search's start, epoch seconds; the user's time zone is UTC.

    Raises:
        SplError: Splunk would refuse the search.
        Refused: the evaluator does not know a command, function or behaviour.
    """
    from tests.spl import registry  # noqa: F401  (fills the tables)

    rows: list[Row] = []
    if isinstance(events, Mapping):
        for key, given in events.items():
            rows.extend(as_rows(given, _labelled(key)))
    else:
        rows = as_rows(events)
    tables = {k: as_rows(v) for k, v in (lookups or {}).items()}
    engine = Engine(rows, tables, macros or {}, now, caps)
    text = expand_macros(strip_comments(quoted_resets(spl)), macros or {})
    found = engine.pipeline(text.strip())
    for name, expr in engine.formats:
        for row in found:
            shown = store(evaluate(expr, row, engine.scope))
            if shown is not None:
                row[name] = shown
    return found
