"""Commands that make rows or read tables: makeresults, gentimes, inputlookup, lookup, outputlookup.

Source: Search Reference, the commands' pages; transforms.conf for lookups.
"""

from __future__ import annotations

import csv
import io
import re

from tests.spl import jsonio, searchexpr, timefmt
from tests.spl.engine import COMMANDS, GENERATING, Engine, copies
from tests.spl.errors import SplError
from tests.spl.functions_json import from_json
from tests.spl.lexer import boolean, options
from tests.spl.values import Num, Row, field_texts, number_text, pack, store


def makeresults(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """makeresults: `count` rows with _time, or the rows of `data` in JSON or CSV (then count and annotate are ignored)."""
    known = dict.fromkeys(("count", "annotate", "splunk_server", "splunk_server_group", "format", "data"), "string")
    found, rest = options(body, known)
    if len(rest) == 1 and rest[0].text.isdigit():
        found["count"] = rest.pop().text
    if rest:
        raise SplError(f"unexpected {rest[0].text!r} in makeresults")
    now = number_text(Num(float(int(engine.now))))
    if "format" in found or "data" in found:
        data = found.get("data", "")
        if len(data) > engine.caps.makeresults_data:
            raise SplError("makeresults data is too long")
        made = _json_rows(data) if found.get("format", "csv").lower() == "json" else _csv_rows(data)
        return [{"_time": now, **r} for r in made][: engine.caps.makeresults]
    count = min(int(found.get("count", "1")), engine.caps.makeresults)
    base: Row = {"_time": now}
    if boolean(found.get("annotate", "f")):
        base.update({"_raw": "", "host": "host", "source": "", "sourcetype": "", "splunk_server": "server", "splunk_server_group": ""})
    return [dict(base) for _ in range(count)]


def _json_rows(data: str) -> list[Row]:
    valid, value = jsonio.parse(data)
    if not valid or not isinstance(value, list):
        raise SplError("makeresults data is not a JSON array")
    rows: list[Row] = []
    for item in value:
        if not isinstance(item, dict):
            raise SplError("makeresults data needs JSON objects")
        row: Row = {"_raw": jsonio.dump(item)}
        for key, inner in item.items():
            kept = store(from_json(inner))
            if kept is not None:
                row[key] = kept
        rows.append(row)
    return rows


def _csv_rows(data: str) -> list[Row]:
    lines = list(csv.reader(io.StringIO(data.strip("\n"))))
    return [dict(zip([n.strip() for n in lines[0]], line, strict=False)) for line in lines[1:]] if lines else []


def gentimes(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """gentimes: starttime, endtime pairs from a day to a day (now by default), every `increment` (1d)."""
    found, _ = options(body, {"start": "time", "end": "time", "increment": "span"})
    start, end = _day(found["start"], engine.now), _day(found["end"], engine.now) if "end" in found else engine.now
    match = re.fullmatch(r"(\d*)([a-z]+)", found.get("increment", "1d"))
    if match is None:
        raise SplError("increment of gentimes")
    step = int(match.group(1) or 1) * timefmt.SPAN_SECONDS[match.group(2)]
    out: list[Row] = []
    at = start
    while at + step <= end:
        shape = "%a %b %e %H:%M:%S %Y"
        begin, stop = str(int(at)), str(int(at + step - 1))
        human = {"starthuman": timefmt.strftime(at, shape), "endhuman": timefmt.strftime(at + step - 1, shape)}
        out.append({"starttime": begin, "endtime": stop, **human})
        at += step
    return out


def _day(text: str, now: float) -> float:
    if re.fullmatch(r"-?\d+", text):
        return timefmt.relative(now, "@d") + int(text) * 86400
    form = "%m/%d/%Y:%H:%M:%S" if ":" in text else "%m/%d/%Y" if len(text.split("/")[-1]) == 4 else "%m/%d/%y"
    found = timefmt.strptime(text, form)
    if found is None:
        raise SplError(f"time {text}")
    return found


def inputlookup(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """inputlookup: the rows of a lookup table, filtered by `where` (a search expression)."""
    head, _, condition = body.partition(" where ")
    found, rest = options(head, {"append": "bool", "start": "int", "max": "int", "strict": "bool"})
    name = rest[0].text
    if name not in engine.lookups:
        raise SplError(f"no lookup table {name}")
    given = copies(engine.lookups[name])
    if condition.strip():
        node = searchexpr.parse(condition.strip())
        given = [r for r in given if searchexpr.matches(node, r, engine.now)]
    start = int(found.get("start", "0"))
    given = given[start : start + int(found.get("max", "1000000000"))]
    return [*(rows or []), *given] if boolean(found.get("append", "f")) else given


def outputlookup(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """outputlookup: writes the rows to a lookup table and passes them on."""
    found, rest = options(body, dict.fromkeys(("append", "create_empty", "override_if_empty", "max", "key_field", "createinapp"), "string"))
    name = rest[0].text
    before = engine.lookups.get(name, []) if boolean(found.get("append", "f")) else []
    engine.lookups[name] = [*before, *copies(rows or [])]
    return rows or []


def lookup(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """lookup: fields of the matching table rows; several matches become multivalues (up to max_matches); OUTPUT overwrites,
    OUTPUTNEW does not.
    """
    _, rest = options(body, {"local": "bool", "update": "bool", "event_time_field": "string"})
    words = [t.text for t in rest if t.kind != ","]
    name, words = words[0], words[1:]
    if name not in engine.lookups:
        raise SplError(f"no lookup table {name}")
    at = next((i for i, w in enumerate(words) if w.upper() in ("OUTPUT", "OUTPUTNEW")), len(words))
    keys, outputs = _aliases(words[:at]), _aliases(words[at + 1 :])
    only_new = at < len(words) and words[at].upper() == "OUTPUTNEW"
    entries = engine.lookups[name]
    if not outputs:
        used = {k for k, _ in keys}
        outputs = [(k, k) for k in dict.fromkeys(k for e in entries for k in e) if k not in used]
    for row in rows or []:
        hits = [e for e in entries if _hit(e, row, keys)][: engine.caps.max_matches]
        for source, target in outputs:
            if only_new and target in row:
                continue
            stored = pack([t for e in hits for t in field_texts(e.get(source))])
            row.pop(target, None)
            if stored is not None:
                row[target] = stored
    return rows or []


def _aliases(words: list[str]) -> list[tuple[str, str]]:
    """`a`, or `a as b`."""
    found: list[tuple[str, str]] = []
    i = 0
    while i < len(words):
        if i + 2 < len(words) and words[i + 1].lower() == "as":
            found.append((words[i], words[i + 2]))
            i += 3
        else:
            found.append((words[i], words[i]))
            i += 1
    return found


def _hit(entry: Row, row: Row, keys: list[tuple[str, str]]) -> bool:
    """A lookup compares with case unless its definition says otherwise."""
    return all(row.get(field) is not None and entry.get(key) in field_texts(row.get(field)) for key, field in keys)


COMMANDS.update(
    {
        "makeresults": makeresults,
        "gentimes": gentimes,
        "inputlookup": inputlookup,
        "inputcsv": inputlookup,
        "outputlookup": outputlookup,
        "lookup": lookup,
    }
)
GENERATING.update({"makeresults", "gentimes", "inputlookup", "inputcsv"})
