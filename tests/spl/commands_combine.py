"""Commands with subsearches that give rows: append, appendcols, appendpipe, join, selfjoin, multisearch, union, set.

Source: Search Reference, the commands' pages; limits.conf [join], [searchresults].
"""

from __future__ import annotations

import itertools

from tests.spl.engine import COMMANDS, GENERATING, Engine, copies
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import Token, boolean, options, split_pipeline, tokens
from tests.spl.values import Row, field_texts

_SUB = {"extendtimerange": "bool", "maxtime": "int", "maxout": "int", "timeout": "int"}
#: Commands that multisearch allows: distributable streaming.
STREAMING = frozenset(
    [
        "search",
        "where",
        "eval",
        "fields",
        "rename",
        "rex",
        "regex",
        "fillnull",
        "makemv",
        "mvexpand",
        "nomv",
        "strcat",
        "replace",
        "spath",
        "extract",
        "kv",
        "convert",
        "rangemap",
        "lookup",
        "iplocation",
        "tojson",
        "fromjson",
    ]
)


def _bracket(rest: list[Token]) -> str:
    found = [t.text for t in rest if t.kind == "bracket"]
    if len(found) != 1 or len(rest) != 1:
        raise SplError("one subsearch is needed")
    return found[0]


def append(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """append: the subsearch's rows below, at most maxout (50,000)."""
    found, rest = options(body, _SUB)
    cap = min(int(found.get("maxout", str(engine.caps.append))), engine.caps.append)
    return [*(rows or []), *engine.subsearch(_bracket(rest), cap)]


def appendcols(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """appendcols: the subsearch's first row to the first row, and so on; internal fields are left out; `override` lets it win."""
    found, rest = options(body, {**_SUB, "override": "bool"})
    added = engine.subsearch(_bracket(rest), engine.caps.append)
    out = copies(rows or [])
    override = boolean(found.get("override", "f"))
    for i, extra in enumerate(added):
        if i >= len(out):
            out.append({})
        for key, value in extra.items():
            if not key.startswith("_") and (override or key not in out[i]):
                out[i][key] = value
    return out


def appendpipe(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """appendpipe: the rows, and below them what the subpipeline makes of them."""
    _, rest = options(body, {"run_in_preview": "bool"})
    return [*(rows or []), *engine.pipeline(_bracket(rest).strip(), copies(rows or []))]


def _join_keys(items: list[Token]) -> list[tuple[str, str]]:
    """`a b`, or `where L.a=R.b` pairs."""
    words = [t for t in items if t.kind not in (",", "bracket")]
    if words and words[0].text.lower() == "where":
        pairs = [t.text for t in words[1:] if t.text.upper() != "AND" and t.kind != "="]
        return list(zip(pairs[::2], pairs[1::2], strict=True))
    return [(t.text, t.text) for t in words]


def _prefixed(rows: list[Row], alias: str) -> list[Row]:
    """The rows of one side of a join with aliases: every field is named `alias.field`."""
    return [{f"{alias}.{k}": v for k, v in r.items()} for r in rows]


def join(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """join: inner by default, one match (max=1, 0 for all), at most 50,000 rows of the subsearch; its fields overwrite.

    Keys compare by text and with case; a null key matches nothing. Without keys all fields that both sides have are keys."""
    known = dict.fromkeys(("type", "usetime", "earlier", "overwrite", "max", "left", "right"), "string")
    found, rest = options(body, {**known, "return_multivalue": "bool"})
    text = next((t.text for t in rest if t.kind == "bracket"), None)
    if text is None:
        raise SplError("join needs a subsearch")
    if boolean(found.get("usetime", "f")) or boolean(found.get("return_multivalue", "f")):
        raise Refused("join by time or with multivalues")
    right = engine.subsearch(text, engine.caps.join)
    given = rows or []
    if ("left" in found) != ("right" in found):
        raise SplError("join needs both aliases")
    if "left" in found:
        given, right = _prefixed(given, found["left"]), _prefixed(right, found["right"])
    keys = _join_keys(rest) or [
        (k, k) for k in sorted({k for r in given for k in r} & {k for r in right for k in r}) if not k.startswith("_")
    ]
    kind = found.get("type", "inner").lower()
    if kind not in ("inner", "left", "outer"):
        raise SplError(f"join type {kind}")
    limit = int(found.get("max", "1"))
    index: dict[tuple[str, ...], list[Row]] = {}
    for row in right:
        key = _key(row, [r for _, r in keys])
        if key is not None:
            index.setdefault(key, []).append(row)
    overwrite = boolean(found.get("overwrite", "t"))
    out: list[Row] = []
    for row in given:
        key = _key(row, [k for k, _ in keys])
        hits = index.get(key, []) if key is not None else []
        hits = hits[:limit] if limit else hits
        if not hits and kind != "inner":
            out.append(row)
        for hit in hits:
            extra = {k: v for k, v in hit.items() if overwrite or k not in row}
            out.append({**row, **extra})
    return out


def _key(row: Row, names: list[str]) -> tuple[str, ...] | None:
    found: list[str] = []
    for name in names:
        texts = field_texts(row.get(name))
        if not texts:
            return None
        if len(texts) > 1:
            raise Refused("a multivalue as a join key")
        found.append(texts[0])
    return tuple(found)


def selfjoin(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """selfjoin: each row joined with the next one of equal fields, whose values win (basic example); the last of them gives no row.
    A row without a partner only comes with `keepsingle`.
    """
    found, rest = options(body, {"overwrite": "bool", "max": "int", "keepsingle": "bool"})
    names = [t.text for t in rest if t.kind != ","]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows or []:
        key = _key(row, names)
        if key is not None:
            groups.setdefault(key, []).append(row)
    out: list[Row] = []
    if found.get("max", "1") != "1" or not boolean(found.get("overwrite", "t")):
        raise Refused("selfjoin with max or without overwrite")
    for members in groups.values():
        if len(members) == 1 and boolean(found.get("keepsingle", "f")):
            out.extend(members)
        out.extend({**a, **b} for a, b in itertools.pairwise(members))
    return out


def multisearch(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """multisearch: two or more searches of streaming commands, interleaved by time."""
    items = tokens(body)
    if len(items) < 2 or any(t.kind != "bracket" for t in items):
        raise SplError("multisearch needs two searches")
    for item in items:
        other = _not_streaming(item.text)
        if other is not None:
            raise SplError(f"multisearch: {other} is not a streaming command")
    return _interleaved([r for item in items for r in engine.pipeline(item.text.strip())])


def _not_streaming(text: str) -> str | None:
    """The first command of a search that is not a distributable streaming one."""
    names = (p.split()[0].lower() for p in split_pipeline(text.strip().removeprefix("|")))
    return next((n for n in names if n not in STREAMING), None)


def _interleaved(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda r: -float(str(r.get("_time", "0"))))


def union(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """union: the rows of the pipeline and of the subsearches. Legs of streaming commands are interleaved by time, without a limit; from
    the first other one on they are appended, each at most maxout ("Why unioned results might be truncated").
    """
    found, rest = options(body, _SUB)
    cap = min(int(found.get("maxout", str(engine.caps.append))), engine.caps.append)
    if any(t.kind not in ("bracket", ",") for t in rest):
        raise Refused("union of datasets")
    out = list(rows or [])
    streaming = not out
    for item in rest:
        if item.kind != "bracket":
            continue
        streaming = streaming and _not_streaming(item.text) is None
        if streaming:
            out = _interleaved([*out, *engine.pipeline(item.text.strip())])
        else:
            out.extend(engine.subsearch(item.text, cap))
    return out


def set_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """set: union, diff or intersect of two searches' rows."""
    items = tokens(body)
    if len(items) != 3:
        raise SplError("set needs an operator between two searches")
    operator = next(t.text.lower() for t in items if t.kind == "word")
    left, right = (engine.subsearch(t.text, engine.caps.append) for t in items if t.kind == "bracket")
    a, b = ({repr(sorted(_visible(r).items())): r for r in side} for side in (left, right))
    match operator:
        case "union":
            return list({**a, **b}.values())
        case "intersect":
            return [r for k, r in a.items() if k in b]
        case "diff":
            return [r for k, r in a.items() if k not in b] + [r for k, r in b.items() if k not in a]
    raise SplError(f"set {operator}")


def _visible(row: Row) -> Row:
    return {k: v for k, v in row.items() if not k.startswith("_")}


COMMANDS.update(
    {
        "append": append,
        "appendcols": appendcols,
        "appendpipe": appendpipe,
        "join": join,
        "selfjoin": selfjoin,
        "multisearch": multisearch,
        "union": union,
        "set": set_,
    }
)
GENERATING.update({"multisearch", "union", "set"})
