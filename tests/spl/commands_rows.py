"""Commands that filter, order or compute rows: search, where, eval, head, tail, sort, dedup, reverse, uniq.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable

from tests.spl import searchexpr
from tests.spl.engine import COMMANDS, Engine, copies
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import assign, evaluate, truth
from tests.spl.evalparse import parse, parse_assignments
from tests.spl.lexer import Token, boolean, closing, options, tokens
from tests.spl.values import Row, field_texts, parse_number, text_of


def search(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """search: of the events when it comes first."""
    node = searchexpr.parse(body.strip())
    given = copies(engine.events) if rows is None else rows
    return [r for r in given if searchexpr.matches(node, r, engine.now)]


def where(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """where: rows whose expression is true (not null)."""
    expr, scope = parse(body), engine.scope
    return [r for r in rows or [] if truth(evaluate(expr, r, scope)) is True]


def eval_(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """eval: the assignments one after the other, each sees the ones before."""
    assignments, scope = parse_assignments(body), engine.scope
    for row in rows or []:
        for item in assignments:
            name = item.target
            if item.dynamic:
                parts = {part: row.get(part) for part in re.findall(r"\{([^{}]*)\}", name)}
                if not all(isinstance(held, str) for held in parts.values()):
                    continue
                name = re.sub(r"\{([^{}]*)\}", lambda m: str(parts[m.group(1)]), name)  # noqa: B023
            assign(row, name, evaluate(item.value, row, scope))
    return rows or []


#: What follows a number that an expression of head begins with.
_COMPARED = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})


def head(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """head: a count (10 by default), or rows while an expression is true, or both; `null` and `keeplast` decide about null and the last
    row.
    """
    given = rows or []
    found, rest = options(body, {"limit": "int", "null": "bool", "keeplast": "bool"})
    if rest and rest[0].kind == "word" and rest[0].text.isdigit() and (len(rest) == 1 or rest[1].kind not in _COMPARED):
        if "limit" in found:
            raise SplError("head with two limits")
        found["limit"] = rest.pop(0).text
    given = given[: int(found["limit"])] if "limit" in found else given
    if not rest:
        return given if "limit" in found else given[:10]
    text = body[rest[0].start : rest[-1].end]
    expr, scope = parse(text), engine.scope
    out: list[Row] = []
    for row in given:
        value = truth(evaluate(expr, row, scope))
        if value is True or (value is None and boolean(found.get("null", "f"))):
            out.append(row)
            continue
        if boolean(found.get("keeplast", "f")):
            out.append(row)
        break
    return out


def tail(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """tail: the last rows, in reverse order."""
    count = int(body) if body.strip() else 10
    given = rows or []
    return list(reversed(given[max(len(given) - count, 0) :]))


def reverse(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    return list(reversed(rows or []))


def uniq(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """uniq: drops a row that equals the one before it."""
    out: list[Row] = []
    for row in rows or []:
        if not out or out[-1] != row:
            out.append(row)
    return out


Key = tuple[str, bool, str]


def _sort_keys(body: str) -> tuple[int | None, list[Key]]:
    items = tokens(body)
    count: int | None = None
    keys: list[Key] = []
    i = 0
    descending = False
    reverse_all = False
    while i < len(items):
        token = items[i]
        text = token.text
        if token.kind == "word" and text.lower() == "limit" and i + 2 < len(items) and items[i + 1].kind == "=":
            count = int(items[i + 2].text)
            i += 3
            continue
        if token.kind == "word" and i == 0 and text.isdigit():
            count = int(text)
        elif token.kind == "word" and i == len(items) - 1 and i > 0 and text.lower() in ("d", "desc"):
            reverse_all = True
        elif token.kind == ",":
            descending = False
        elif token.kind == "word" and text in ("+", "-"):
            descending = text == "-"
        elif token.is_name:
            i, key, descending = _sort_key(items, i, descending)
            keys.append(key)
        else:
            raise SplError(f"unexpected {text!r} in sort")
        i += 1
    if reverse_all:
        keys = [(name, not down, kind) for name, down, kind in keys]
    return count, keys


def _sort_key(items: list[Token], i: int, descending: bool) -> tuple[int, Key, bool]:
    token = items[i]
    text, after = token.text, False
    if token.kind == "word" and text[:1] in "+-" and len(text) > 1:
        descending, text = text[0] == "-", text[1:]
    elif token.kind == "word" and i > 0 and items[i - 1].kind == "word" and items[i - 1].text in ("+", "-"):
        after = True
    if i + 1 < len(items) and items[i + 1].kind == "(" and text not in ("auto", "str", "ip", "num"):
        end = closing(items, i + 1)
        return end, (text + "".join(t.text for t in items[i + 1 : end + 1]), descending, "auto"), descending if after else False
    if text in ("auto", "str", "ip", "num") and i + 3 < len(items) and items[i + 1].kind == "(":
        return i + 3, (items[i + 2].text, descending, text), descending
    return i, (text, descending, "auto"), descending if after else False


def sort(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """sort: 10,000 rows unless a count is given (0 for all); nulls last in both directions; numbers or text decided pair by pair;
    stable.
    """
    count, keys = _sort_keys(body)
    if not keys:
        raise SplError("sort needs a field")

    def compare(a: Row, b: Row) -> int:
        for name, descending, kind in keys:
            x, y = field_texts(a.get(name)), field_texts(b.get(name))
            if len(x) > 1 or len(y) > 1:
                raise Refused("sort by a multivalue")
            if not x or not y:
                if x or y:
                    return -1 if x else 1
                continue
            order = _pair(x[0], y[0], kind)
            if order:
                return -order if descending else order
        return 0

    out = sorted(rows or [], key=functools.cmp_to_key(compare))
    limit = engine.caps.sort if count is None else count
    return out[:limit] if limit else out


def _pair(x: str, y: str, kind: str) -> int:
    if kind in ("ip", "auto"):
        a, b = _ip(x), _ip(y)
        if a is not None and b is not None:
            return (a > b) - (a < b)
    if kind in ("auto", "num"):
        m, n = parse_number(x), parse_number(y)
        if m is not None and n is not None:
            return (m.value > n.value) - (m.value < n.value)
        if kind == "num" and (m is not None or n is not None):
            raise Refused("num() of a text")
    return (x > y) - (x < y)


def _ip(text: str) -> int | None:
    try:
        return int(ipaddress.ip_address(text))
    except ValueError:
        return None


def dedup(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """dedup: the first row of each combination; rows without a field go away unless keepempty."""
    main, _, order = body.partition(" sortby ")
    known = {"keepevents": "bool", "keepempty": "bool", "consecutive": "bool"}
    found, rest = options(main, known)
    keep = 1
    if rest and rest[0].kind == "word" and rest[0].text.isdigit():
        keep = int(rest[0].text)
        rest = rest[1:]
    names = [t.text for t in rest if t.kind != ","]
    if not names:
        raise SplError("dedup needs a field")
    given = sort(engine, rows, f"0 {order}") if order.strip() else rows or []
    return _deduped(given, names, keep, {k: boolean(v) for k, v in found.items()})


def _deduped(rows: list[Row], names: list[str], keep: int, flags: dict[str, bool]) -> list[Row]:
    seen: dict[tuple[str, ...], int] = {}
    previous: tuple[str, ...] | None = None
    out: list[Row] = []
    for row in rows:
        if any(row.get(n) is None for n in names):
            if flags.get("keepempty"):
                out.append(row)
            continue
        key = tuple("\n".join(field_texts(row[n])) for n in names)
        if flags.get("consecutive") and key != previous:
            seen.clear()
        previous = key
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= keep:
            out.append(row)
        elif flags.get("keepevents"):
            out.append({k: v for k, v in row.items() if k not in names})
    return out


def accum(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """accum: a running total of the numbers of a field."""
    items = [t.text for t in tokens(body)]
    target = items[2] if len(items) == 3 and items[1].lower() == "as" else items[0]
    total = 0.0
    for row in rows or []:
        value = row.get(items[0])
        number = parse_number(value) if isinstance(value, str) else None
        if number is not None:
            total += number.value
            row[target] = _text(total)
    return rows or []


def _text(value: float) -> str:
    from tests.spl.values import Num

    return text_of(Num(value))


def delta(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """delta: the difference to the value `p` rows before."""
    found, rest = options(body, {"p": "int"})
    names = [t.text for t in rest]
    back = int(found.get("p", "1"))
    target = names[2] if len(names) == 3 and names[1].lower() == "as" else f"delta({names[0]})"
    values = [parse_number(v) if isinstance(v := r.get(names[0]), str) else None for r in rows or []]
    for i, row in enumerate(rows or []):
        now, then = values[i], values[i - back] if i >= back else None
        if now is not None and then is not None:
            row[target] = _text(now.value - then.value)
    return rows or []


def autoregress(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """autoregress: copies of values from rows before; `p=a-b` makes several fields."""
    found, rest = options(body, {"p": "range"})
    names = [t.text for t in rest]
    low, _, high = found.get("p", "1").partition("-")
    for back in range(int(low), int(high or low) + 1):
        target = names[2] if len(names) == 3 else f"{names[0]}_p{back}"
        before = [r.get(names[0]) for r in rows or []]
        for i, row in enumerate(rows or []):
            value = before[i - back] if i >= back else None
            row.pop(target, None)
            if value is not None:
                row[target] = value
    return rows or []


TABLE: dict[str, Callable[[Engine, list[Row] | None, str], list[Row]]] = {
    "search": search,
    "where": where,
    "eval": eval_,
    "head": head,
    "tail": tail,
    "reverse": reverse,
    "uniq": uniq,
    "sort": sort,
    "dedup": dedup,
    "accum": accum,
    "delta": delta,
    "autoregress": autoregress,
}
COMMANDS.update(TABLE)
