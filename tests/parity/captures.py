"""Captures of `parse` and `parse-kv`: read from a text, and texts made so that a capture has a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from rulec.ir.rels import Parse, ParseKv
from rulec.scalars import ScalarType
from tests.parity import regexes
from tests.parity.store import Patch, Solving
from tests.parity.values import of_text, text_of

_TYPED: Final[Mapping[ScalarType, str]] = {
    ScalarType.LONG: r"(-?\d+)",
    ScalarType.INT: r"(-?\d+)",
    ScalarType.REAL: r"(-?\d+(?:\.\d+)?)",
    ScalarType.DATETIME: r"([-\d]{10}T[\d:.]+Z)",
}
_SAMPLES: Final[Mapping[ScalarType, str]] = {
    ScalarType.LONG: "7", ScalarType.INT: "7", ScalarType.REAL: "7.5", ScalarType.DATETIME: "2026-05-31T10:00:00Z", ScalarType.BOOL: "true",
    ScalarType.TIMESPAN: "01:00:00",
}  # fmt: skip


@dataclass(slots=True)
class Pattern:
    """A `parse` pattern: `regex` reads captures in order, `columns` are their types."""

    parse: Parse
    regex: re.Pattern[str] | None
    columns: tuple[ScalarType, ...]

    @staticmethod
    def of(parse: Parse) -> Pattern:
        """The pattern of a parse operator."""
        parts: list[str] = []
        for i, piece in enumerate(parse.pieces):
            last = i == len(parse.pieces) - 1
            if piece.text is not None:
                parts.append(regexes.as_python(piece.text) if parse.kind == "regex" else re.escape(piece.text))
            elif piece.column is None:
                parts.append(".*?")
            else:
                parts.append(_TYPED.get(piece.column.type, "(.*)" if last else "(.*?)"))
        try:
            regex = re.compile("".join(parts), re.DOTALL)
        except re.error:
            regex = None
        return Pattern(parse, regex, tuple(p.column.type for p in parse.pieces if p.column is not None))

    def captures(self, text: Any) -> tuple[str, ...] | None:
        """The captured texts; None when the text does not match."""
        found = self.regex.fullmatch(text) if self.regex is not None and isinstance(text, str) else None
        return None if found is None else tuple(g or "" for g in found.groups())

    def text(self, captures: Sequence[str]) -> str:
        """A text with these captures."""
        parts: list[str] = []
        given = iter(captures)
        for piece in self.parse.pieces:
            if piece.column is not None:
                parts.append(next(given))
            elif piece.text is not None:
                parts.append(next(iter(regexes.samples(piece.text)), "") if self.parse.kind == "regex" else piece.text)
        return "".join(parts)


@dataclass(slots=True)
class Captured:
    """One capture of a `parse`; `at` None: whether the text matches at all."""

    pattern: Pattern
    source: int
    at: int | None

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.source,)

    def evaluate(self, values: Sequence[Any]) -> Any:
        found = self.pattern.captures(values[self.source])
        if self.at is None:
            return found is not None
        type_ = self.pattern.columns[self.at]
        if found is None:
            return "" if type_ is ScalarType.STRING else None
        try:
            return of_text(found[self.at], type_)
        except ValueError:
            return None

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        found = self.pattern.captures(solver.store.values[self.source])
        captures = list(found or (_SAMPLES.get(t, f"part{i}") for i, t in enumerate(self.pattern.columns)))
        if self.at is None:
            if value is not True:
                yield from islice(solver.want(self.source, "zz9"), 8)
                return
        elif value is None or (value == "" and found is None):
            yield from islice(solver.want(self.source, "zz9"), 8)
            return
        else:
            captures[self.at] = text_of(value, self.pattern.columns[self.at])
        yield from islice(solver.want(self.source, self.pattern.text(captures)), 8)


@dataclass(slots=True)
class KeyValue:
    """One key of a `parse-kv`."""

    parse: ParseKv
    key: str
    type: ScalarType
    source: int

    @property
    def inputs(self) -> tuple[int, ...]:
        return (self.source,)

    def _delimiters(self) -> tuple[str, str, str]:
        options = dict(self.parse.options)
        quote = options.get("quote", "")
        quote = quote[0] if isinstance(quote, tuple) else quote
        return str(options.get("pair_delimiter") or " "), str(options.get("kv_delimiter") or "="), str(quote or "")

    def _pairs(self, text: Any) -> dict[str, str]:
        pair, between, quote = self._delimiters()
        found = (p.split(between, 1) for p in str(text).split(pair) if between in p)
        return {k.strip(): v.strip().strip(quote or None) for k, v in reversed(list(found))}

    def evaluate(self, values: Sequence[Any]) -> Any:
        found = self._pairs(values[self.source]).get(self.key)
        try:
            return ("" if self.type is ScalarType.STRING else None) if found is None else of_text(found, self.type)
        except ValueError:
            return None

    def want(self, solver: Solving, value: Any) -> Iterator[Patch]:
        pair, between, quote = self._delimiters()
        pairs = self._pairs(solver.store.values[self.source])
        pairs = {k: pairs[k] for k in reversed(pairs)} | {self.key: "" if value is None else text_of(value, self.type)}
        text = pair.join(f"{k}{between}{quote}{v}{quote}" for k, v in pairs.items())
        yield from islice(solver.want(self.source, text), 8)
