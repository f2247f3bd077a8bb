"""Commands that reshape tables: addtotals, addcoltotals, xyseries, untable, transpose, contingency, fieldsummary.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

from collections import Counter

from tests.spl import jsonio, pcre
from tests.spl.aggregates import FUNCTIONS, Sample
from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.jsonio import JsonNumber
from tests.spl.lexer import boolean, merged, options, tokens
from tests.spl.stats import sorted_groups
from tests.spl.values import Num, Row, field_texts, number_text, parse_number


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    found = parse_number(value) if isinstance(value, str) else None
    return found.value if found else None


def addtotals(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """addtotals: a Total of each row's numbers; with `col=t` a row of each column's numbers too."""
    found, rest = options(body, dict.fromkeys(("row", "col", "labelfield", "label", "fieldname"), "string"))
    patterns = [t.text for t in merged(rest) if t.kind != ","]
    given = rows or []
    if boolean(found.get("row", "t")):
        for row in given:
            numbers = [n for k in row if _chosen(k, patterns) and (n := _number(row, k)) is not None]
            row[found.get("fieldname", "Total")] = number_text(Num(sum(numbers)))
    if boolean(found.get("col", "f")):
        return [*given, _column_totals(given, patterns, found)]
    return given


def _chosen(name: str, patterns: list[str]) -> bool:
    if not patterns:
        return not name.startswith("_")
    return any(pcre.wildcard_regex(p, False).fullmatch(name) for p in patterns)


def _column_totals(rows: list[Row], patterns: list[str], found: dict[str, str]) -> Row:
    made: Row = {}
    for name in dict.fromkeys(k for r in rows for k in r):
        numbers = [n for r in rows if (n := _number(r, name)) is not None]
        if numbers and (
            _chosen(name, patterns) or (patterns and name == found.get("fieldname", "Total") and boolean(found.get("row", "t")))
        ):
            made[name] = number_text(Num(sum(numbers)))
    if "labelfield" in found:
        made[found["labelfield"]] = found.get("label", "Total")
    return made


def addcoltotals(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """addcoltotals: a last row with each column's sum."""
    found, rest = options(body, dict.fromkeys(("labelfield", "label"), "string"))
    given = rows or []
    return [*given, _column_totals(given, [t.text for t in merged(rest) if t.kind != ","], {**found, "row": "f"})]


def xyseries(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """xyseries: x field, names field, values: one row an x, in their order, one column a name."""
    found, rest = options(body, dict.fromkeys(("grouped", "sep", "format"), "string"))
    names = [t.text for t in merged(rest) if t.kind != ","]
    if len(names) < 3:
        raise SplError("xyseries needs three fields")
    x, column, values = names[0], names[1], names[2:]
    out: dict[tuple[str, ...], Row] = {}
    for row in rows or []:
        key, label = row.get(x), row.get(column)
        if not isinstance(key, str) or not isinstance(label, str):
            continue
        made = out.setdefault((key,), {x: key})
        for value in values:
            if value in row:
                made[_series(value, label, len(values), found)] = row[value]
    return [out[key] for key in sorted_groups(out)]


def _series(value: str, label: str, count: int, found: dict[str, str]) -> str:
    """The name of a column: the label, before it the value's field if there are several; `format` decides otherwise."""
    if "format" in found:
        return found["format"].replace("$AGG$", value).replace("$VAL$", label)
    return label if count == 1 else f"{value}{found.get('sep', ': ')}{label}"


def untable(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """untable: x field, then a row for each other column with its name and value."""
    names = [t.text for t in merged(tokens(body)) if t.kind != ","]
    x, label, value = names
    out: list[Row] = []
    for row in rows or []:
        for key, stored in row.items():
            if key != x and not key.startswith("_") and x in row:
                out.append({x: row[x], label: key, value: stored})
    return out


def transpose(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """transpose: the first rows (5 by default, 0 for all) as columns `row 1` …; a header field names them."""
    found, rest = options(body, dict.fromkeys(("column_name", "header_field", "include_empty"), "string"))
    limit = int(rest[0].text) if rest else 5
    given = (rows or [])[:limit] if limit else rows or []
    header = found.get("header_field")
    out: list[Row] = []
    for name in dict.fromkeys(k for r in given for k in r if not k.startswith("_")):
        if name == header:
            continue
        made: Row = {found.get("column_name", "column"): name}
        for i, row in enumerate(given):
            label = "".join(field_texts(row.get(header))) if header else f"row {i + 1}"
            if name in row:
                made[label] = row[name]
        out.append(made)
    return out


def contingency(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """contingency: counts of the values of two fields against each other, with TOTAL row and column, rows by their totals."""
    found, rest = options(body, dict.fromkeys(("usetotal", "totalstr", "maxrows", "maxcols"), "string"))
    if {"maxrows", "maxcols"} & set(found):
        raise Refused("contingency with maxrows or maxcols")
    first, second = (t.text for t in rest if t.kind != ",")
    total = found.get("totalstr", "TOTAL")
    table: dict[str, dict[str, int]] = {}
    for row in rows or []:
        for a in field_texts(row.get(first)):
            for b in field_texts(row.get(second)):
                a, b = a or "EMPTY_STR", b or "EMPTY_STR"
                line = table.setdefault(a, {})
                line[b] = line.get(b, 0) + 1
    columns = list(dict.fromkeys(b for line in table.values() for b in line))
    out: list[Row] = []
    for a, line in sorted(table.items(), key=lambda kv: -sum(kv[1].values())):
        made: Row = {first: a, **{b: str(line.get(b, 0)) for b in columns}}
        if boolean(found.get("usetotal", "t")):
            made[total] = str(sum(line.values()))
        out.append(made)
    if boolean(found.get("usetotal", "t")):
        sums = {b: sum(line.get(b, 0) for line in table.values()) for b in columns}
        out.append({first: total, **{b: str(n) for b, n in sums.items()}, total: str(sum(sums.values()))})
    return out


def fieldsummary(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """fieldsummary: statistics of each field, and its values from the most frequent on; exact up to `maxvals` (100) values."""
    found, rest = options(body, {"maxvals": "int"})
    patterns = [t.text for t in merged(rest) if t.kind != ","]
    limit = int(found.get("maxvals", "100"))
    out: list[Row] = []
    for name in sorted({k for r in rows or [] for k in r if _chosen(k, patterns)}):
        samples = [Sample(tuple(field_texts(r.get(name))), None) for r in rows or [] if name in r]
        counts = Counter(t for s in samples for t in s.texts)
        if limit and len(counts) > limit:
            raise Refused("fieldsummary of more values than maxvals: the count of distinct ones is an estimate")
        numbers = [n for s in samples for t in s.texts if (n := parse_number(t))]
        made: Row = {"field": name, "count": str(len(samples)), "distinct_count": str(len(counts)), "is_exact": "1"}
        made["numeric_count"] = str(len(numbers))
        for function in ("max", "mean", "min", "stdev") if numbers else ():
            result = FUNCTIONS[function]([Sample((number_text(n),), None) for n in numbers], 0.0, engine.caps)
            if result is not None:
                made[function] = result
        listed = sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
        made["values"] = jsonio.dump([{"value": v, "count": JsonNumber(str(n))} for v, n in listed])
        out.append(made)
    return out


COMMANDS.update(
    {
        "addtotals": addtotals,
        "addcoltotals": addcoltotals,
        "xyseries": xyseries,
        "maketable": xyseries,
        "untable": untable,
        "transpose": transpose,
        **dict.fromkeys(("contingency", "counttable", "ctable"), contingency),
        "fieldsummary": fieldsummary,
    }
)
