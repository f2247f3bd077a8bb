"""spath, tojson, fromjson, in JSON; XML is in commands_xml.

Source: Search Reference, spath, tojson, fromjson; limits.conf [spath].
"""

from __future__ import annotations

from tests.spl import jsonio, pcre
from tests.spl.commands_xml import spath_xml
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused
from tests.spl.functions_json import from_json
from tests.spl.jsonio import Json, JsonNumber
from tests.spl.lexer import boolean, options
from tests.spl.values import Row, field_texts, pack, store


def spath(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """spath: a path's values, or without a path every leaf, of the first 5,000 bytes (extraction_cutoff)."""
    found, rest = options(body, {"input": "field", "output": "field", "path": "path"})
    path = found.get("path") or (rest[0].text if rest else None)
    name = found.get("input", "_raw")
    for row in rows or []:
        texts = field_texts(row.get(name))
        if len(texts) != 1:
            continue
        if texts[0].lstrip().startswith("<"):
            if path is None and len(texts[0].encode()) > engine.caps.spath:
                raise Refused("spath of a text beyond the extraction cutoff")
            spath_xml(row, texts[0], path, found.get("output"))
            continue
        if path is not None:
            _one(row, texts[0], path, found.get("output", path))
            continue
        if len(texts[0].encode()) > engine.caps.spath:
            raise Refused("spath of a text beyond the extraction cutoff")
        valid, parsed = jsonio.parse(texts[0])
        made: dict[str, list[str]] = {}
        for leaf, value in jsonio.leaves(parsed) if valid else ():
            made.setdefault(leaf, []).append(_leaf(value))
        for leaf, values in made.items():
            stored = pack([*field_texts(row.get(leaf)), *values])
            if stored is not None:
                row[leaf] = stored
    return rows or []


def _one(row: Row, text: str, path: str, output: str) -> None:
    valid, parsed = jsonio.parse(text)
    if not valid:
        return
    steps = jsonio.steps(path)
    values = list(jsonio.find(parsed, steps))
    if not values and "." not in path and "{" not in path:
        return
    stored = pack([_leaf(v) for v in values])
    if stored is not None:
        row[output] = stored


def _leaf(value: Json) -> str:
    return value if isinstance(value, str) else jsonio.dump(value)


def tojson(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """tojson: the row's fields as a JSON object in _raw (`output_field`), types `auto`, `str`, `num`, `json`, `bool`, `none`."""
    known = {"fill_null": "bool", "include_internal": "bool", "output_field": "string", "default_type": "string"}
    found, rest = options(body, known)
    typed: dict[str, str] = {}
    plain: list[str] = []
    i = 0
    while i < len(rest):
        if i + 3 < len(rest) and rest[i + 1].kind == "(":
            typed[rest[i + 2].text] = rest[i].text.lower()
            plain.append(rest[i + 2].text)
            i += 4
        else:
            plain += [rest[i].text] if rest[i].kind != "," else []
            i += 1
    default = found.get("default_type", "none")
    internal, fill = boolean(found.get("include_internal", "f")), boolean(found.get("fill_null", "f"))
    for row in rows or []:
        made: dict[str, Json] = {}
        for name in _wanted(plain, row) or sorted(k for k in row if internal or not k.startswith("_")):
            if name in row:
                values = [_value(t, _kind(name, typed, default)) for t in field_texts(row[name])]
                kept = [None if v is _SKIPPED else v for v in values if v is not _SKIPPED or fill]
                if kept:
                    made[name] = _typed(kept)
            elif fill:
                made[name] = None
        row[found.get("output_field", "_raw")] = jsonio.dump(made)
    return rows or []


def _wanted(patterns: list[str], row: Row) -> list[str]:
    """The listed fields; wildcards stand for those that the row has."""
    found: list[str] = []
    for pattern in patterns:
        regex = pcre.wildcard_regex(pattern, False)
        found += [k for k in sorted(row) if regex.fullmatch(k) and not k.startswith("_")] if "*" in pattern else [pattern]
    return list(dict.fromkeys(found))


def _kind(name: str, typed: dict[str, str], default: str) -> str:
    """The type function of a field."""
    return next((kind for pattern, kind in typed.items() if pcre.wildcard_regex(pattern, False).fullmatch(name)), default)


def _typed(values: list[Json]) -> Json:
    return values if len(values) != 1 else values[0]


#: What a type function makes of a value that does not fit: nothing, or null with `fill_null`.
_SKIPPED = JsonNumber("skipped")


def _value(text: str, kind: str) -> Json:
    valid, parsed = jsonio.parse(text)
    number = valid and isinstance(parsed, JsonNumber)
    match kind:
        case "str":
            return text
        case "num":
            return parsed if number else _SKIPPED
        case "bool":
            low = text.lower()
            if number:
                return float(text) != 0
            return True if low in ("true", "t", "yes") else False if low in ("false", "f", "no") else _SKIPPED
        case "auto":
            return parsed if valid else text
        case "json":
            return parsed if valid else _SKIPPED
        case "none":
            return parsed if number else text
    raise Refused(f"tojson type {kind}")


def fromjson(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """fromjson: the members of a JSON object as fields, arrays as multivalues, nested objects as JSON text; null members make no field."""
    found, rest = options(body, {"prefix": "string"})
    prefix = found.get("prefix", "")
    for row in rows or []:
        texts = field_texts(row.get(rest[0].text))
        valid, parsed = jsonio.parse(texts[0]) if texts else (False, None)
        if not valid or not isinstance(parsed, dict):
            continue
        for key, value in parsed.items():
            stored = pack([_leaf(v) for v in value]) if isinstance(value, list) else store(from_json(value))
            if stored is not None:
                row[prefix + key] = stored
    return rows or []


COMMANDS.update({"spath": spath, "tojson": tojson, "fromjson": fromjson})
