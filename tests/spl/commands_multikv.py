"""multikv and extract.

Source: Search Reference, multikv, extract.
"""

from __future__ import annotations

import re

from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused
from tests.spl.lexer import boolean, options, tokens
from tests.spl.values import Row, field_texts

_MULTIKV = dict.fromkeys(
    ("conf", "copyattrs", "forceheader", "multitable", "noheader", "passthru", "rmorig", "last_line", "start_line"), "string"
)


def multikv(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """multikv: a row for each line of the table in _raw, its columns named by the header line (the first, or `forceheader`)."""
    found, rest = options(body, _MULTIKV)
    words = [t.text for t in rest if t.kind != ","]
    if {"conf", "passthru", "last_line", "start_line"} & set(found) or not boolean(found.get("rmorig", "t")):
        raise Refused("multikv options")
    wanted, needed = _lists(words)
    out: list[Row] = []
    for row in rows or []:
        lines = [line for line in "\n".join(field_texts(row.get("_raw"))).split("\n") if line.strip()]
        names, lines = _header(lines, found)
        kept = dict(row) if boolean(found.get("copyattrs", "t")) else {}
        for line in lines:
            if needed and not any(term in line for term in needed):
                continue
            values = line.split()
            if len(values) != len(names):
                raise Refused("multikv of a line with more or fewer columns than the header")
            made = {n: v for n, v in zip(names, values, strict=True) if not wanted or n in wanted}
            out.append({**kept, **made, "_raw": line})
    return out


def _lists(words: list[str]) -> tuple[list[str], list[str]]:
    """The names after `fields` and the terms after `filter`."""
    found: dict[str, list[str]] = {"fields": [], "filter": []}
    current: list[str] | None = None
    for word in words:
        if word.lower() in found:
            current = found[word.lower()]
        elif current is None:
            raise Refused("multikv options")
        else:
            current.append(word)
    return found["fields"], found["filter"]


def _header(lines: list[str], found: dict[str, str]) -> tuple[list[str], list[str]]:
    """The columns' names and the lines below; without a header they are Column_1, Column_2, …"""
    if boolean(found.get("noheader", "f")):
        return [f"Column_{i + 1}" for i in range(len(lines[0].split()))] if lines else [], lines
    at = int(found.get("forceheader", "1")) - 1
    names = lines[at].split() if at < len(lines) else []
    if any(not re.fullmatch(r"\w+", n) for n in names) or len(set(names)) < len(names):
        raise Refused("multikv of a header with other characters than letters, digits and _")
    if not boolean(found.get("multitable", "t")) or all(len(line.split()) == len(names) for line in lines[at + 1 :]):
        return names, lines[at + 1 :]
    raise Refused("multikv of several tables, or of a line with more or fewer columns than the header")


_EXTRACT = dict.fromkeys(("segment", "reload", "kvdelim", "pairdelim", "limit", "maxchars", "mv_add", "clean_keys", "auto"), "string")
#: What is a pair when no delimiters are given: a name, `=`, and a quoted text or one up to a blank or separator.
_PAIR = re.compile(r'(?<![\w.])([A-Za-z_][\w.]*)=(?:"([^"]*)"|([^\s",;|&]+))')


def extract(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """extract (kv): the pairs of _raw, by delimiter characters or by `=`; fields that exist stay, `mv_add` adds values."""
    found, _ = options(body, _EXTRACT)
    if any(t.kind == "word" and "-" in t.text for t in tokens(body)) or ("kvdelim" in found) != ("pairdelim" in found):
        raise Refused("extract with a stanza, or with one of its delimiters")
    clean = boolean(found.get("clean_keys", "t"))
    for row in rows or []:
        for text in field_texts(row.get("_raw"))[:1]:
            made: dict[str, list[str]] = {}
            for key, value in _pairs(text[: int(found.get("maxchars", "10240"))], found):
                made.setdefault(re.sub(r"\W", "_", key) if clean else key, []).append(value)
            for key, values in made.items():
                if boolean(found.get("mv_add", "f")) and len(values) > 1:
                    row.setdefault(key, values)
                else:
                    row.setdefault(key, values[0])
    return rows or []


def _pairs(text: str, found: dict[str, str]) -> list[tuple[str, str]]:
    if "kvdelim" not in found:
        return [(m.group(1), m.group(3) if m.group(2) is None else m.group(2)) for m in _PAIR.finditer(text)]
    pieces = re.split(rf"[{re.escape(found['pairdelim'])}]", text)
    parts = (re.split(rf"[{re.escape(found['kvdelim'])}]", p, maxsplit=1) for p in pieces)
    return [(p[0].strip(), p[1].strip().strip('"')) for p in parts if len(p) == 2]


COMMANDS.update({"multikv": multikv, "extract": extract, "kv": extract})
