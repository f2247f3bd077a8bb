"""Whether a result is the expected answer: columns, types, rows and their order. Every difference is told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.conformance.cases import Case, Cell, Column, Order
from tests.conformance.values import WrongShape, comparable, shown

#: Reals are compared relative to their size: engines add up in different orders.
RELATIVE = 1e-9
#: The recorded answers round some variances to ten decimals.
TENTH_DECIMAL = 5.1e-11
#: How far a sketch's answer (`dcount`, `percentile`) may be off.
APPROXIMATE = 0.05


class Row(NamedTuple):
    """A row that came: as it is compared, and as it was recorded."""

    values: tuple[Any, ...]
    recorded: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine gave: named and typed columns, and rows in recorded form; or `error` and, for a refusal, its `code`.

    `rows` None: the engine only knows columns (`bind`), and only those are compared."""

    id: str
    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[Any, ...], ...] | None = ()
    error: str | None = None
    code: str | None = None

    @property
    def refused(self) -> bool:
        return self.code is not None

    def as_json(self) -> dict[str, Any]:
        """The line of a results file."""
        if self.error is not None:
            return {"id": self.id, "error": self.error, "code": self.code}
        return {"id": self.id, "columns": [list(c) for c in self.columns], "rows": [list(r) for r in self.rows or ()]}


def differences(case: Case, result: Result) -> list[str]:
    """What is different from the expected answer; empty when the result is right. Refusals are the caller's matter."""
    if result.error is not None:
        return [result.error]
    columns, rows = (result.columns, result.rows or ()) if not case.columns_subset else _only_expected(case, result)
    found = list(_column_differences(case, columns))
    if found or result.rows is None:
        return found
    types = [type_ for _, type_ in columns]
    try:
        got = [Row(tuple(comparable(v, t) for v, t in zip(row, types, strict=True)), row) for row in rows]
    except (WrongShape, ValueError) as problem:
        return [str(problem)]
    return _row_differences(case, got, types)


def _only_expected(case: Case, result: Result) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[Any, ...], ...]]:
    names = [name for name, _ in result.columns]
    kept = [names.index(c.name) for c in case.columns if c.name in names]
    return tuple(result.columns[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in result.rows or ())


def _column_differences(case: Case, got: Sequence[tuple[str, str]]) -> Iterator[str]:
    if len(got) != len(case.columns):
        yield f"columns: expected {[c.name for c in case.columns]}, got {[name for name, _ in got]}"
        return
    for number, (column, (name, type_)) in enumerate(zip(case.columns, got, strict=True), start=1):
        if name != column.name and not case.names_vary:
            yield f"column {number}: expected the name {column.name}, got {name}"
        if type_ not in column.types:
            yield f"column {number} ({column.name}): expected the type {' or '.join(sorted(column.types))}, got {type_}"


# --- rows ----------------------------------------------------------------------------------------------------------


def _row_differences(case: Case, got: list[Row], types: Sequence[str]) -> list[str]:
    if len(got) != case.row_count:
        return [f"rows: expected {case.row_count}, got {len(got)}"]
    if case.loose and not _null_strings(got, types):
        return []  # the engine may pick any row: only the shape can be compared
    runs = _runs(case, types)
    if case.truncated and case.order is Order.KEYS:
        got = got[: len(case.rows)]
    if case.order is not Order.KEYS:
        found = _match_run(case, case.rows, got, types)
    else:
        found, at = [], 0
        for run in runs:
            found += _match_run(case, run, got[at : at + len(run)], types)
            at += len(run)
    if not found and case.order is Order.SORTED:
        found = list(_sorted_differences(case, got, types))
    return found


def _null_strings(rows: list[Row], types: Sequence[str]) -> bool:
    return any(v is None and t == "string" for row in rows for v, t in zip(row.values, types, strict=True))


def _runs(case: Case, types: Sequence[str]) -> list[list[tuple[Cell, ...]]]:
    """The expected rows, cut where the values of the order keys change; without known keys every row is its own run."""
    names = [c.name for c in case.columns]
    keys = [names.index(k) for k in case.order_keys if k in names]
    runs: list[list[tuple[Cell, ...]]] = []
    last: object = None
    for row in case.rows:
        key = [repr(comparable(row[i].value, types[i])) for i in keys]
        if runs and keys and key == last:
            runs[-1].append(row)
        else:
            runs.append([row])
        last = key
    return runs


def _match_run(case: Case, expected: Sequence[tuple[Cell, ...]], got: Sequence[Row], types: Sequence[str]) -> list[str]:
    """Rows of one run in any order: each expected row takes one that came."""
    left, missing = list(got), []
    for row in expected:
        taken = next((i for i, g in enumerate(left) if _row_equal(case, row, g.values, types)), None)
        if taken is None:
            missing.append(row)
        else:
            del left[taken]
    if not missing:
        return []
    return [f"expected {shown([c.value for c in row])}" for row in missing] + [f"got      {shown(list(row.recorded))}" for row in left]


def _row_equal(case: Case, expected: Sequence[Cell], got: Sequence[Any], types: Sequence[str]) -> bool:
    return all(_cell_equal(case, cell, value, type_) for cell, value, type_ in zip(expected, got, types, strict=True))


def _cell_equal(case: Case, cell: Cell, got: Any, type_: str) -> bool:
    return cell.any or any(_value_equal(case, v, got, type_, cell.tolerance) for v in (cell.value, *cell.others))


def _value_equal(case: Case, recorded: Any, got: Any, type_: str, tolerance: float | None) -> bool:
    try:
        expected = comparable(recorded, type_)
    except (WrongShape, ValueError):
        return False
    if expected is None or got is None:
        return expected is None and got is None
    if type_ == "dynamic":
        return _json_equal(expected, got, case.set_arrays)
    if case.approximate and type_ in ("int", "long", "real", "decimal"):
        return expected == got or math.isclose(expected, got, rel_tol=APPROXIMATE)
    if type_ in ("real", "decimal"):
        return _real_equal(expected, got, tolerance)
    if case.typeset and type_ == "string":
        got = got.replace("\u00a0", " ")
    return bool(expected == got)


def _real_equal(expected: float, got: float, tolerance: float | None = None) -> bool:
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    slack = tolerance * 1.001 if tolerance is not None else (TENTH_DECIMAL if abs(expected) > 1e-6 else 0.0)
    return expected == got or math.isclose(expected, got, rel_tol=RELATIVE, abs_tol=slack)


def _json_equal(expected: Any, got: Any, as_set: bool) -> bool:
    """JSON values: `1` and `1.0` are equal, `true` and `1` are not; key order does not count, array order does without `as_set`."""
    match expected, got:
        case (bool() | None, _) | (_, bool() | None):
            return expected is got
        case (int() | float(), int() | float()):
            return expected == got if isinstance(expected, int) and isinstance(got, int) else _real_equal(float(expected), float(got))
        case (list(), list()):
            return _array_equal(expected, got, as_set)
        case (dict(), dict()):
            return expected.keys() == got.keys() and all(_json_equal(v, got[k], as_set) for k, v in expected.items())
        case _:
            return type(expected) is type(got) and bool(expected == got)


def _array_equal(expected: list[Any], got: list[Any], as_set: bool) -> bool:
    if len(expected) != len(got):
        return False
    if not as_set:
        return all(_json_equal(e, g, as_set) for e, g in zip(expected, got, strict=True))
    left = list(got)
    for item in expected:
        taken = next((i for i, g in enumerate(left) if _json_equal(item, g, as_set)), None)
        if taken is None:
            return False
        del left[taken]
    return True


def _sorted_differences(case: Case, got: Sequence[Row], types: Sequence[str]) -> Iterator[str]:
    for at, column in enumerate(case.columns):
        values = [comparable(row[at].value, types[at]) for row in case.rows]
        if None in values or types[at] == "dynamic" or values != sorted(values):
            continue
        if values != [row.values[at] for row in got]:
            order = [row[at].value for row in case.rows], [row.recorded[at] for row in got]
            yield f"column {column.name}: expected the order {shown(order[0])}, got {shown(order[1])}"


def column(name: str, *types: str) -> Column:
    """An expected column, for tests."""
    return Column(name, frozenset(types))
