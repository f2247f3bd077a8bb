"""Multivalue functions.

Source: Search Reference, "Multivalue eval functions".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from tests.spl import pcre
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import LAZY, PLAIN, Scope, evaluate, truth
from tests.spl.evalparse import Binary, Call, Expr, Lit, Ref, Unary
from tests.spl.functions_text import integer, text
from tests.spl.lexer import split_pipeline
from tests.spl.timefmt import SPAN_SECONDS
from tests.spl.values import Field, Num, Value, as_list, from_list, read_text, store, text_of


def texts(value: Value) -> list[str]:
    return [text_of(v) for v in as_list(value)]


def made(values: list[str]) -> Value:
    """A multivalue of texts, which are read again as a field's would be."""
    return from_list(read_text(v) for v in values)


def _mvcount(value: Value) -> Value:
    """mvcount: null for no value, 1 for a single one."""
    return None if value is None else Num(float(len(as_list(value))))


def _mvappend(*values: Value) -> Value:
    return from_list(v for value in values for v in as_list(value))


def _mvdedup(value: Value) -> Value:
    return made(list(dict.fromkeys(texts(value))))


def _mvindex(value: Value, start: Value, end: Value = None) -> Value:
    """mvindex: 0-based, negative from the end, the end included, null out of range."""
    items = as_list(value)
    first = integer(start)
    last = first if end is None else integer(end)
    if first is None or last is None or not items:
        return None
    first = first + len(items) if first < 0 else first
    last = last + len(items) if last < 0 else last
    if first < 0 or last < 0 or first > last:
        return None
    if end is not None and last >= len(items):
        last = len(items) - 1
    return from_list(items[first : last + 1])


def _mvjoin(value: Value, delimiter: Value) -> Value:
    mark = text(delimiter)
    return None if value is None or mark is None else mark.join(texts(value))


def _mvfind(value: Value, regex: Value) -> Value:
    """mvfind: the index of the first value that the regular expression matches, null if none."""
    pattern = text(regex)
    if value is None or pattern is None:
        return None
    for i, item in enumerate(texts(value)):
        if pcre.found(pattern, item):
            return Num(float(i))
    return None


def _mvrange(start: Value, end: Value, step: Value = None) -> Value:
    """mvrange: the end is excluded; a step may be a time span such as "7d"."""
    first, last = _bound(start), _bound(end)
    size = 1.0 if step is None else _step(step)
    if first is None or last is None:
        return None
    if size <= 0:
        raise Refused("mvrange step")
    count = max(math.ceil((last - first) / size), 0)
    if count > 1_000_000:
        raise Refused("mvrange of more than a million values")
    return from_list(Num(first + i * size) for i in range(count))


def _bound(value: Value) -> float | None:
    if value is None:
        return None
    if not isinstance(value, Num):
        raise SplError("mvrange needs numbers")
    return value.value


def _step(value: Value) -> float:
    if isinstance(value, Num):
        return value.value
    match = re.fullmatch(r"(\d+)([a-z]+)", text(value) or "")
    if not match or match.group(2) not in SPAN_SECONDS:
        raise Refused("step of mvrange")
    return float(int(match.group(1)) * SPAN_SECONDS[match.group(2)])


def _mvsort(value: Value) -> Value:
    """mvsort: lexicographic."""
    return made(sorted(texts(value)))


def _mvreverse(value: Value) -> Value:
    return from_list(reversed(as_list(value)))


def _mvzip(left: Value, right: Value, delimiter: Value = ",") -> Value:
    """mvzip: pairs like Python's zip, joined by the delimiter."""
    mark = text(delimiter) or ""
    return made([a + mark + b for a, b in zip(texts(left), texts(right), strict=False)])


def _split(value: Value, delimiter: Value) -> Value:
    """split: at a literal delimiter; an empty one separates every character."""
    found, mark = text(value), text(delimiter)
    if found is None or mark is None or found == "":
        return None
    parts = list(found) if mark == "" else found.split(mark)
    return made(parts)


def _commands(value: Value) -> Value:
    """commands: the names of the commands of a search."""
    found = text(value)
    if found is None:
        return None
    return from_list(p.split()[0] for p in split_pipeline(found) if p)


def fields_of(expr: Expr) -> set[str]:
    """The fields that an expression reads."""
    match expr:
        case Ref(name):
            return {name}
        case Unary(_, operand):
            return fields_of(operand)
        case Binary(_, left, right):
            return fields_of(left) | fields_of(right)
        case Call(_, arguments):
            return set().union(*(fields_of(a) for a in arguments)) if arguments else set()
        case Lit():
            return set()
    raise Refused("expression")


def _mvfilter(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """mvfilter: the predicate may read one field only; values whose predicate is null are kept."""
    names = fields_of(arguments[0])
    if len(names) != 1:
        raise SplError("mvfilter needs exactly one field")
    name = next(iter(names))
    stored = row.get(name)
    if stored is None:
        return None
    items = stored if isinstance(stored, list) else [stored]
    return made([v for v in items if truth(evaluate(arguments[0], {**row, name: v}, scope)) is not False])


def _mvmap(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """mvmap: an expression for each value of a field, or for each that an expression of one field picks; null results are left out."""
    picked, body = arguments
    names = fields_of(picked)
    if len(names) != 1:
        raise Refused("mvmap of an expression of several fields")
    name = next(iter(names))
    stored = row.get(name) if isinstance(picked, Ref) else store(evaluate(picked, row, scope))
    if stored is None:
        return None
    found: list[str] = []
    for item in stored if isinstance(stored, list) else [stored]:
        result = store(evaluate(body, {**row, name: item}, scope))
        found.extend([] if result is None else [result] if isinstance(result, str) else result)
    return made(found)


PLAIN.update(
    {
        "mvcount": _mvcount,
        "mvappend": _mvappend,
        "mvdedup": _mvdedup,
        "mvindex": _mvindex,
        "mvjoin": _mvjoin,
        "mvfind": _mvfind,
        "mvrange": _mvrange,
        "mvsort": _mvsort,
        "mvreverse": _mvreverse,
        "mvzip": _mvzip,
        "split": _split,
        "commands": _commands,
    }
)
LAZY.update({"mvfilter": _mvfilter, "mvmap": _mvmap})
