"""regex and rex.

Source: Search Reference, regex, rex.
"""

from __future__ import annotations

import re
from typing import Any

from tests.spl import pcre
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import end_of_string, unescape
from tests.spl.values import Row, field_texts, pack


def regex(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """regex: rows whose field (_raw by default) matches, or with `!=` does not."""
    text = body.strip()
    match = re.match(r"(\"[^\"]*\"|[^\s=!\"]+)\s*(!?=)\s*", text)
    name, op = "_raw", "="
    if match:
        name, op = match.group(1).strip('"'), match.group(2)
        text = text[match.end() :]
    pattern = unescape(text[1:-1]) if text.startswith('"') and text.endswith('"') else text
    out: list[Row] = []
    for row in rows or []:
        hit = any(pcre.found(pattern, t) for t in field_texts(row.get(name)))
        if hit == (op == "="):
            out.append(row)
    return out


def _rex_arguments(body: str) -> tuple[dict[str, str], str]:
    """The options (before or after) and the quoted expression."""
    found: dict[str, str] = {}
    pattern: str | None = None
    i = 0
    while i < len(body):
        if body[i].isspace():
            i += 1
            continue
        if body[i] == '"':
            end = end_of_string(body, i)
            pattern, i = unescape(body[i + 1 : end - 1]), end
            continue
        match = re.match(r'(field|max_match|offset_field|mode)\s*=\s*("(?:[^"\\]|\\.)*"|\S+)', body[i:])
        if match:
            found[match.group(1)] = match.group(2).strip('"')
            i += match.end()
            continue
        rest = body[i:].strip()
        if pattern is None:
            return found, rest
        raise SplError("unexpected text in rex")
    if pattern is None:
        raise SplError("rex needs a regular expression")
    return found, pattern


def rex(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """rex: named groups become fields (the first match; max_match=0 all, as multivalues); a row without a match keeps its fields.
    mode=sed replaces.
    """
    found, pattern = _rex_arguments(body)
    name = found.get("field", "_raw")
    if found.get("mode") == "sed":
        for row in rows or []:
            if name in row:
                row[name] = pack([_sed(pattern, t) for t in field_texts(row[name])]) or ""
        return rows or []
    limit = int(found.get("max_match", "1"))
    compiled = pcre.compiled(pattern)
    if not compiled.groupindex:
        raise SplError("rex needs a named group")
    for row in rows or []:
        texts = field_texts(row.get(name))
        if len(texts) > 1 and limit != 1:
            raise Refused("rex max_match on a multivalue")
        _extract(row, compiled, texts, limit, found.get("offset_field"))
    return rows or []


def _extract(row: Row, compiled: Any, texts: list[str], limit: int, offset_field: str | None) -> None:
    values: dict[str, list[str]] = {}
    offsets: list[str] = []
    for text in texts:
        for number, match in enumerate(compiled.finditer(text)):
            if limit and number >= limit:
                break
            for group in compiled.groupindex:
                if match.group(group) is not None:
                    values.setdefault(group, []).append(match.group(group))
                    begin, end = match.span(group)
                    offsets.append(f"{group}={begin}-{end - 1}")
    for group, found in values.items():
        stored = pack(found)
        if stored is not None:
            row[group] = stored
    if offset_field and offsets:
        row[offset_field] = "&".join(offsets)


def _sed(expression: str, text: str) -> str:
    kind = expression[:1]
    if kind not in ("s", "y") or len(expression) < 4:
        raise Refused("sed expression")
    parts = _sed_parts(expression[2:], expression[1])
    if kind == "y":
        return text.translate(str.maketrans(parts[0], parts[1]))
    flags = parts[2]
    if flags in ("g", ""):
        return pcre.substitute(parts[0], parts[1], text, count=0 if flags else 1)
    if flags.isdigit():
        return pcre.substitute(parts[0], parts[1], text, count=1, skip=int(flags) - 1)
    raise Refused(f"sed flags {flags}")


def _sed_parts(text: str, mark: str) -> list[str]:
    parts: list[str] = []
    current, i = "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            current += mark if text[i + 1] == mark else text[i : i + 2]
            i += 2
        elif text[i] == mark and len(parts) < 2:
            parts.append(current)
            current, i = "", i + 1
        else:
            current += text[i]
            i += 1
    parts.append(current)
    if len(parts) != 3:
        raise SplError("sed expression")
    return parts


COMMANDS.update({"regex": regex, "rex": rex})
