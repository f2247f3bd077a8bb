"""Commands on fields: fields, table, rename, fillnull, filldown, replace, makemv, mvexpand, nomv, mvcombine, strcat, convert, rangemap, …

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.spl import pcre, timefmt
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import boolean, closing, merged, options, tokens
from tests.spl.values import Delimited, Num, Row, field_texts, number_text, pack, parse_number


def names_of(body: str) -> list[str]:
    return [t.text for t in merged(tokens(body)) if t.kind != ","]


def _selected(name: str, patterns: list[str]) -> bool:
    return any(pcre.wildcard_regex(p, False).fullmatch(name) for p in patterns)


def fields(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """fields: keeps the listed ones and the internal ones (`_…`); with `-` removes the listed ones."""
    names = names_of(body)
    remove = bool(names) and names[0] == "-"
    if names and names[0] in ("+", "-"):
        names = names[1:]
    elif names and names[0][:1] in "+-" and len(names[0]) > 1 and body.lstrip()[0] in "+-":
        remove = names[0][0] == "-"
        names[0] = names[0][1:]
    if remove:
        return [{k: v for k, v in r.items() if not _removed(k, names)} for r in rows or []]
    return [{k: r[k] for k in _ordered(r, names)} for r in rows or []]


def _removed(name: str, patterns: list[str]) -> bool:
    """`*` alone does not stand for internal fields."""
    return any(pcre.wildcard_regex(p, False).fullmatch(name) for p in patterns if not (name.startswith("_") and p.startswith("*")))


def _ordered(row: Row, patterns: list[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        regex = pcre.wildcard_regex(pattern, False)
        found += [k for k in row if regex.fullmatch(k) and k not in found and not (k.startswith("_") and pattern.startswith("*"))]
    return found + [k for k in row if k.startswith("_") and k not in found]


def table(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """table: exactly the listed fields, in that order."""
    names = names_of(body)
    out: list[Row] = []
    for row in rows or []:
        made: Row = {}
        for pattern in names:
            regex = pcre.wildcard_regex(pattern, False)
            for key in row if "*" in pattern else [pattern]:
                if key in row and regex.fullmatch(key) and not (key.startswith("_") and pattern.startswith("*")):
                    made[key] = row[key]
        out.append(made)
    return out


def rename(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """rename: one pair after the other; the target loses its old value even where the source is missing; wildcards in pairs."""
    names = names_of(body)
    if len(names) % 3 or any(n.lower() != "as" for n in names[1::3]):
        raise SplError("rename expects pairs with as")
    if len(set(names[::3])) < len(names[::3]):
        raise SplError("rename of one field to several names")
    for old, new in zip(names[::3], names[2::3], strict=True):
        if old.count("*") != new.count("*"):
            raise SplError("rename: as many wildcards are needed in both names")
        old, new = old.replace("\\\\", "\\"), new.replace("\\\\", "\\")
        for row in rows or []:
            for source, target in _renamed(old, new, row):
                value = row.pop(source, None)
                row.pop(target, None)
                if value is not None:
                    row[target] = value
    return rows or []


def _renamed(old: str, new: str, row: Row) -> list[tuple[str, str]]:
    if "*" not in old:
        return [(old, new)]
    regex = pcre.wildcard_regex(old, False)
    found: list[tuple[str, str]] = []
    for key in list(row):
        match = regex.fullmatch(key)
        if match and not (key.startswith("_") and old.startswith("*")):
            target = new
            for part in match.groups():
                target = target.replace("*", part, 1)
            found.append((key, target))
    return found


def fillnull(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """fillnull: of the listed fields, which it makes if missing; without a list, of the fields that some row has."""
    found, rest = options(body, {"value": "string"})
    names = [t.text for t in merged(rest) if t.kind != ","]
    given = rows or []
    wanted = names or list(dict.fromkeys(k for r in given for k in r))
    for row in given:
        for name in wanted:
            if name not in row:
                row[name] = found.get("value", "0")
    return given


def filldown(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """filldown: the last non-null value of a field, of all fields by default."""
    names = names_of(body) or ["*"]
    last: Row = {}
    for row in rows or []:
        for key in dict.fromkeys([*last, *row]):
            if not _selected(key, names):
                continue
            if key in row:
                last[key] = row[key]
            else:
                row[key] = last[key]
    return rows or []


def replace(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """replace: whole values, with wildcards, case-sensitive; in the listed fields or all."""
    items = names_of(body)
    at = next((i for i, n in enumerate(items) if n.upper() == "IN"), len(items))
    only = items[at + 1 :]
    pairs = [(items[i], items[i + 2]) for i in range(0, at, 3)]
    for row in rows or []:
        for key, value in list(row.items()):
            if only and key not in only:
                continue
            row[key] = pack([_replaced(t, pairs) for t in field_texts(value)]) or ""
    return rows or []


def _replaced(text: str, pairs: list[tuple[str, str]]) -> str:
    for old, new in pairs:
        match = pcre.wildcard_regex(old, False).fullmatch(text)
        if match:
            for part in match.groups():
                new = new.replace("*", part, 1)
            return new
    return text


def makemv(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """makemv: at a delimiter (a blank by default) or by a tokenizer's first group; empty values only with allowempty."""
    found, rest = options(body, {"delim": "string", "tokenizer": "regex", "allowempty": "bool", "setsv": "bool"})
    name = rest[-1].text
    for row in rows or []:
        if name not in row:
            continue
        text = "\n".join(field_texts(row[name]))
        if "tokenizer" in found:
            parts = [m.group(1) or "" for m in pcre.compiled(found["tokenizer"]).finditer(text)]
        else:
            parts = text.split(found.get("delim", " "))
        kept = parts if boolean(found.get("allowempty", "f")) else [p for p in parts if p]
        stored = pack(kept)
        row.pop(name)
        if stored is not None:
            row[name] = stored
    return rows or []


def mvexpand(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """mvexpand: one row a value; a row without the field stays; memory above max_mem_usage_mb truncates."""
    found, rest = options(body, {"limit": "int"})
    name = rest[0].text
    limit = int(found.get("limit", "0"))
    out: list[Row] = []
    size = 0
    for row in rows or []:
        values = field_texts(row.get(name))
        if not values:
            out.append(row)
        for value in values[:limit] if limit else values:
            size += sum(len(k) + len("".join(field_texts(v))) for k, v in row.items() if k != name) + len(value)
            if size > engine.caps.mvexpand_mb * 1_000_000:
                return out
            out.append({**row, name: value})
    return out


def nomv(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """nomv: the values of a field joined by newlines, or by the delimiter that mvcombine gave."""
    for row in rows or []:
        for name in names_of(body):
            if name in row:
                stored = row[name]
                row[name] = (stored.delimiter if isinstance(stored, Delimited) else "\n").join(field_texts(stored))
    return rows or []


def mvcombine(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """mvcombine: rows that are equal but for one field become one with its values."""
    found, rest = options(body, {"delim": "string"})
    name = rest[0].text
    groups: dict[str, tuple[Row, list[str]]] = {}
    for i, row in enumerate(rows or []):
        others = {k: v for k, v in row.items() if k != name and k != "_raw"}
        key = repr(sorted(others.items())) if name in row else f"#{i}"
        groups.setdefault(key, (row, []))[1].extend(field_texts(row.get(name)))
    out: list[Row] = []
    for row, values in groups.values():
        made = dict(row)
        if values:
            made[name] = Delimited(values, found.get("delim", " ")) if len(values) > 1 else values[0]
        out.append(made)
    return out


def strcat(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """strcat: fields and quoted texts joined; a missing field is empty unless allrequired."""
    found, rest = options(body, {"allrequired": "bool"})
    target = rest[-1].text
    for row in rows or []:
        parts = [t.text if t.kind == "string" else "".join(field_texts(row.get(t.text))) for t in rest[:-1]]
        missing = any(t.kind == "word" and t.text not in row for t in rest[:-1])
        if not (missing and boolean(found.get("allrequired", "f"))):
            row[target] = "".join(parts)
    return rows or []


def rangemap(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """rangemap: the names of the ranges that hold a number, both ends included; several names are a multivalue."""
    items = tokens(body)
    given: dict[str, str] = {items[i].text: items[i + 2].text for i in range(0, len(items) - 2, 3)}
    name, default = given.pop("field"), given.pop("default", None)
    for row in rows or []:
        number = parse_number("".join(field_texts(row.get(name))))
        hits: list[str] = []
        for label, text in given.items():
            match = re.fullmatch(r"(-?[\d.]+)-(-?[\d.]+)", text)
            if match and number and float(match.group(1)) <= number.value <= float(match.group(2)):
                hits.append(label)
        stored = pack(hits) or default
        if stored is not None:
            row["range"] = stored
    return rows or []


def _num(text: str) -> str | None:
    """num and auto: a number, with thousands separators or as HH:MM:SS (convert, extended example 3)."""
    number = parse_number(text.replace(",", ""))
    return _dur2sec(text) if number is None else number_text(Num(number.value))


def _memk(text: str) -> str | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgKMG]?)", text)
    scale = {"": 1, "k": 1, "m": 1024, "g": 1024 * 1024}
    return number_text(Num(float(match.group(1)) * scale[match.group(2).lower()])) if match else None


def _dur2sec(text: str) -> str | None:
    match = re.fullmatch(r"(?:(\d+)\+)?(?:(\d+):)?(\d+):(\d+)", text)
    if not match:
        return None
    days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
    return str(days * 86400 + hours * 3600 + minutes * 60 + seconds)


def _mstime(text: str) -> str | None:
    match = re.fullmatch(r"(?:(\d+):)?(\d+)\.(\d+)", text)
    if match and match.group(1) is None:
        return text
    return number_text(Num(int(match.group(1) or 0) * 60 + float(f"{match.group(2)}.{match.group(3)}"))) if match else None


def _rmunit(text: str) -> str | None:
    match = re.match(r"-?\d+(?:\.\d+)?", text)
    return match.group() if match else None


def convert(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """convert: auto, num, none, ctime, mktime, dur2sec, memk, mstime, rmcomma, rmunit; values that do not convert go away, with auto
    a field stays that has one.
    """
    found, rest = options(body, {"timeformat": "string"})
    kept = {t.text for i, t in enumerate(rest) if i > 1 and rest[i - 2].text.lower() == "none"}
    form = found.get("timeformat", "%m/%d/%Y %H:%M:%S")
    i = 0
    while i < len(rest):
        if rest[i].kind == ",":
            i += 1
            continue
        name, end = rest[i].text.lower(), closing(rest, i + 1)
        fields_ = [t.text for t in rest[i + 2 : end] if t.kind != ","]
        target = rest[end + 2].text if end + 2 < len(rest) and rest[end + 1].text.lower() == "as" else None
        if name != "none":
            _convert(rows or [], name, fields_, target, form, kept)
        i = end + (3 if target else 1)
    return rows or []


def _convert(rows: list[Row], name: str, patterns: list[str], target: str | None, form: str, kept: set[str]) -> None:
    table_: dict[str, Callable[[str], str | None]] = {
        "auto": _num,
        "num": _num,
        "ctime": lambda t: timefmt.strftime(n.value, form) if (n := parse_number(t)) else None,
        "mktime": lambda t: number_text(Num(e)) if (e := timefmt.strptime(t, form)) is not None else None,
        "dur2sec": _dur2sec,
        "memk": _memk,
        "mstime": _mstime,
        "rmcomma": lambda t: t.replace(",", ""),
        "rmunit": _rmunit,
    }
    if name not in table_:
        raise Refused(f"convert function {name}")
    whole = {k: True for r in rows for k in r}
    if name == "auto":
        whole = {k: all(_num(t) is not None for r in rows for t in field_texts(r.get(k))) for k in whole}
    for row in rows:
        for key in [k for k in row if _selected(k, patterns) and k not in kept and whole[k]]:
            value = pack([c for c in (table_[name](t) for t in field_texts(row[key])) if c is not None])
            where = target or key
            row.pop(where, None)
            if value is not None:
                row[where] = value


def addinfo(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """addinfo: the search's time range and id."""
    for row in rows or []:
        row.update({"info_min_time": "0.000", "info_max_time": "+Infinity", "info_search_time": str(engine.now), "info_sid": "0"})
    return rows or []


def same(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """Commands that do not change the stored values."""
    return rows or []


def setfields(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """setfields: the same values in every row."""
    items = tokens(body)
    pairs = [(items[i].text, items[i + 2].text) for i in range(len(items) - 2) if items[i + 1].kind == "="]
    for row in rows or []:
        row.update(pairs)
    return rows or []


def require(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """require: the search fails if there are no rows."""
    if not rows:
        raise SplError("require: no results")
    return rows


TABLE: dict[str, Callable[[Engine, list[Row] | None, str], list[Row]]] = {
    "fields": fields,
    "table": table,
    "rename": rename,
    "fillnull": fillnull,
    "filldown": filldown,
    "replace": replace,
    "makemv": makemv,
    "mvexpand": mvexpand,
    "nomv": nomv,
    "mvcombine": mvcombine,
    "strcat": strcat,
    "rangemap": rangemap,
    "convert": convert,
    "addinfo": addinfo,
    "highlight": same,
    "iconify": same,
    "localop": same,
    "redistribute": same,
    "nokv": same,
    "collect": same,
    "outputcsv": same,
    "setfields": setfields,
    "require": require,
}
COMMANDS.update(TABLE)
