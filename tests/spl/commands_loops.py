"""foreach, map, format, return.

Source: Search Reference, the commands' pages; Search Manual, "Change the format of subsearch results".
"""

from __future__ import annotations

import re

from tests.spl import jsonio, pcre
from tests.spl.engine import COMMANDS, Engine, copies
from tests.spl.errors import Refused, SplError
from tests.spl.jsonio import Json, JsonNumber
from tests.spl.lexer import Token, options, split_pipeline, tokens
from tests.spl.values import Field, Row, field_texts

_FOREACH = dict.fromkeys(("mode", "fieldstr", "matchstr", "matchseg1", "matchseg2", "matchseg3", "itemstr", "iterstr"), "string")


def foreach(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """foreach: a subpipeline for each field that matches, or for each value of a multivalue or JSON array (one eval only)."""
    found, rest = options(body, _FOREACH)
    template = next((t.text for t in rest if t.kind == "bracket"), None)
    if template is None:
        raise SplError("foreach needs a subsearch")
    names = [t.text for t in rest if t.kind not in ("bracket", ",")]
    mode = found.get("mode", "multifield").lower()
    if mode == "multifield":
        return _fields(engine, rows or [], template, names, found)
    if mode == "auto_collections" and not names:
        names = list(dict.fromkeys(k for r in rows or [] for k in r if _is_collection(r[k])))
    if mode not in ("multivalue", "json_array", "auto_collections"):
        raise SplError(f"foreach mode {mode}")
    if len(split_pipeline(template.strip().removeprefix("|"))) != 1 or not template.strip().removeprefix("|").strip().startswith("eval"):
        raise SplError("foreach in this mode takes one eval")
    for name in names:
        rows = [_items(engine, row, template, name, mode, found) for row in rows or []]
    return rows or []


def _is_collection(stored: Field) -> bool:
    """Whether a field is a multivalue or a JSON array (foreach, mode auto_collections)."""
    return isinstance(stored, list) or isinstance(jsonio.parse(stored)[1], list)


def _fields(engine: Engine, rows: list[Row], template: str, names: list[str], found: dict[str, str]) -> list[Row]:
    present = list(dict.fromkeys(k for r in rows for k in r))
    for pattern in names:
        regex = pcre.wildcard_regex(pattern, False)
        for key in present if "*" in pattern else [pattern]:
            match = regex.fullmatch(key)
            if not match or (key.startswith("_") and pattern.startswith("*")):
                continue
            text = _filled(template, found.get("fieldstr", "<<FIELD>>"), key)
            text = _filled(text, found.get("matchstr", "<<MATCHSTR>>"), "".join(match.groups()))
            for i in (1, 2, 3):
                segment = match.group(i) if len(match.groups()) >= i else ""
                text = _filled(text, found.get(f"matchseg{i}", f"<<MATCHSEG{i}>>"), segment)
            rows = _kept(rows, engine.pipeline(text.strip(), copies(rows)), key)
    return rows


def _kept(before: list[Row], after: list[Row], name: str) -> list[Row]:
    """A row that lacks the field of this turn loses nothing by it (foreach, example 1: 800 and a missing value are 800)."""
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            if name not in old:
                new.update({k: v for k, v in old.items() if k not in new})
    return after


def _filled(text: str, place: str, value: str) -> str:
    return text.replace(place, value)


def _items(engine: Engine, row: Row, template: str, name: str, mode: str, found: dict[str, str]) -> Row:
    texts = field_texts(row.get(name))
    valid, parsed = jsonio.parse(texts[0]) if len(texts) == 1 else (False, None)
    if mode == "json_array" or (mode == "auto_collections" and isinstance(parsed, list)):
        items = [_literal(v) for v in parsed] if valid and isinstance(parsed, list) else []
    else:
        items = [_quoted(t) for t in texts]
    for number, item in enumerate(items):
        place = found.get("itemstr", "<<ITEM>>")
        text = template.replace(f'"{place}"', place).replace(place, item)
        text = text.replace(found.get("iterstr", "<<ITER>>"), str(number))
        row = engine.pipeline(text.strip(), [row])[0]
    return row


def _literal(value: Json) -> str:
    """A JSON value as an expression of eval."""
    match value:
        case None | bool():
            return f"{jsonio.dump(value)}()"
        case JsonNumber():
            return str(value)
        case str():
            return _quoted(value) if not re.fullmatch(r"-?\d+(\.\d+)?", value) else f'"{value}"'
        case _:
            return f"json({_quoted(jsonio.dump(value))})"


def _quoted(text: str) -> str:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def map_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """map: a search for each row (10 by default), `$field$` replaced by the row's value, `$_serial_id$` by its number."""
    found, rest = options(body, {"maxsearches": "int", "search": "string"})
    brackets = [t.text for t in rest if t.kind == "bracket"]
    text = found.get("search") or (brackets[0] if brackets else None)
    if text is None:
        raise Refused("map of a saved search")
    out: list[Row] = []
    for number, row in enumerate((rows or [])[: int(found.get("maxsearches", "10"))]):
        values = {k: "\n".join(field_texts(v)) for k, v in row.items()} | {"_serial_id": str(number + 1)}
        filled = re.sub(r"\$([^$\s]+)\$", lambda m: values.get(m.group(1), m.group(0)), text)  # noqa: B023
        out.extend(engine.pipeline(filled.strip()))
    return out


def format_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """format: one row whose field `search` is the rows as a search expression; fields by name, without internal ones."""
    found, rest = options(body, {"mvsep": "string", "maxresults": "int", "emptystr": "string", "quote": "bool"})
    marks = [t.text for t in rest] or ["(", "(", "AND", ")", "OR", ")"]
    if len(marks) != 6:
        raise SplError("format needs six separators")
    limit = int(found.get("maxresults", "0"))
    groups: list[str] = []
    for row in (rows or [])[:limit] if limit else rows or []:
        parts = [_term(k, v, found.get("mvsep", "OR")) for k, v in sorted(row.items()) if not k.startswith("_")]
        if parts:
            groups.append(f"{marks[1]} " + f" {marks[2]} ".join(parts) + f" {marks[3]}")
    if not groups:
        return [{"search": found.get("emptystr", "NOT ( )")}]
    return [{"search": f"{marks[0]} " + f" {marks[4]} ".join(groups) + f" {marks[5]}"}]


def _term(name: str, value: str | list[str], separator: str) -> str:
    texts = ['"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in field_texts(value)]
    if name in ("search", "query"):
        return f" {separator} ".join(texts)
    parts = [f"{name}={t}" for t in texts]
    return parts[0] if len(parts) == 1 else "( " + f" {separator} ".join(parts) + " )"


def return_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """return: the first rows as text: `f` is `f="v"`, `a=f` is `a="v"`, `$f` is the bare value; several joined with OR."""
    items = tokens(body)
    count = 1
    if items and items[0].kind == "word" and items[0].text.isdigit():
        count, items = int(items[0].text), items[1:]
    rows_text = [p for p in (_returned(items, r) for r in (rows or [])[:count]) if p]
    if len(rows_text) > 1:
        return [{"search": " OR ".join(f"({p})" for p in rows_text)}]
    return [{"search": rows_text[0] if rows_text else ""}]


def _returned(items: list[Token], row: Row) -> str:
    parts: list[str] = []
    i = 0
    while i < len(items):
        name = items[i].text
        if name.startswith("$"):
            parts += field_texts(row.get(name[1:]))
            i += 1
            continue
        source = name
        if i + 2 < len(items) and items[i + 1].kind == "=":
            source = items[i + 2].text
            i += 2
        parts += [f'{name}="{t}"' for t in field_texts(row.get(source))]
        i += 1
    return " ".join(parts)


COMMANDS.update({"foreach": foreach, "map": map_, "format": format_, "return": return_})
