"""The case files: the recorded answers of the real engine, its rejections, and the documentation's examples, in one form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

INTEGERS = frozenset({"int", "long"})
REALS = frozenset({"real", "decimal"})


class Order(Enum):
    """How the row order of an answer is compared."""

    NONE = "rows are a multiset"
    KEYS = "rows come in the order of the key columns, ties in any order"
    SORTED = "columns that are sorted in the answer come in the same order"


@dataclass(frozen=True, slots=True)
class Column:
    """An expected column: `types` are the KQL types that count as right."""

    name: str
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """An expected value in its recorded form.

    `others` are values that count too; `tolerance` is absolute, of a rounded real; `any` accepts whatever came."""

    value: Any
    others: tuple[Any, ...] = ()
    tolerance: float | None = None
    any: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A query and what it should give; `refused` for one that must not compile.

    `typeset`: a documentation page, which prints every kind of blank as a blank."""

    id: str
    family: str
    kql: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    row_count: int = 0
    order: Order = Order.NONE
    order_keys: tuple[str, ...] = ()
    refused: bool = False
    truncated: bool = False
    set_arrays: bool = False
    loose: bool = False
    names_vary: bool = False
    approximate: bool = False
    columns_subset: bool = False
    typeset: bool = False


def _exact_or_class(recorded: str, exact: str | None) -> frozenset[str]:
    """The recording writes int for int and long, real for real and decimal; Microsoft's analyzer says which."""
    if exact is not None:
        return frozenset({exact})
    return next((c for c in (INTEGERS, REALS) if recorded in c), frozenset({recorded}))


def _kusto_case(line: dict[str, Any]) -> Case:
    exact = line.get("ms_types") or [None] * len(line["columns"])
    return Case(
        id=line["id"],
        family=line["family"],
        kql=line["kql"],
        columns=tuple(Column(name, _exact_or_class(t, e)) for (name, t), e in zip(line["columns"], exact, strict=True)),
        rows=tuple(tuple(Cell(v) for v in row) for row in line["rows"]),
        row_count=line["row_count"],
        order=Order.KEYS if line["ordered"] else Order.NONE,
        order_keys=tuple(key[0] for key in line.get("order_keys", ())),
        truncated=bool(line.get("truncated")),
        set_arrays=bool(line.get("set_semantics")),
        loose=bool(line.get("loose")),
        names_vary=bool(line.get("names_vary")),
        approximate=bool(line.get("approx")),
    )


#: Reasons why a documented cell cannot be compared at all.
UNREADABLE = frozenset({"bare text taken as a string", "unparsable JSON in the docs"})


#: The documentation's numbers that JSON cannot hold exactly are written as texts.
NUMBER_TEXTS = {"int": int, "long": int, "decimal": float}


def _docs_cell(cell: dict[str, Any]) -> Cell:
    others = (cell["alt"],) if "alt" in cell else ()
    value = cell["v"]
    if isinstance(value, str) and cell["t"] in NUMBER_TEXTS:
        value = NUMBER_TEXTS[cell["t"]](value)
    return Cell(value, others, cell.get("tol"), not UNREADABLE.isdisjoint(cell.get("why", ())))


def _docs_case(line: dict[str, Any]) -> Case:
    names = line.get("binder_names") or [c["name"] for c in line["columns"]]
    subset = line["columns_match"] == "count"
    return Case(
        id=line["id"],
        family=line["kind"],
        kql=line["kql"],
        columns=tuple(
            Column(name, _exact_or_class(c["type"], c["type"] if c["type_source"] == "binder" else None))
            for name, c in zip(names, line["columns"], strict=True)
        ),
        rows=tuple(tuple(_docs_cell(c) for c in row) for row in line["rows"]),
        row_count=len(line["rows"]),
        order=Order.SORTED if line["row_order"] == "sorted" else Order.NONE,
        set_arrays="set_order" in line["flags"],
        approximate=not {"approx_or_sketch", "approx_agg"}.isdisjoint(line["flags"]),
        columns_subset=subset,
        typeset=True,
    )


def _assertion_value(text: str, type_: str) -> Any:
    match type_:
        case "bool":
            return text == "true"
        case "int" | "long":
            return int(text)
        case "real" | "decimal":
            return float(text)
        case "dynamic":
            return json.loads(text)
        case _:
            return json.loads(text) if text.startswith('"') else text


def _assertion_case(line: dict[str, Any]) -> Case:
    # A note says that another page of the documentation contradicts this one: null is right there.
    others = (None,) if "contradicts" in line.get("note", "") else ()
    cell = Cell(_assertion_value(line["expected"], line["type"]), others)
    return Case(
        line["id"],
        "assertion",
        line["kql"],
        (Column("r", frozenset({line["type"]})),),
        ((cell,),),
        1,
    )


def _case(line: dict[str, Any]) -> Case | None:
    if "expected" in line:
        return _assertion_case(line)
    if "core" in line:
        return _docs_case(line) if line["core"] else None
    if "rows" in line:
        return _kusto_case(line)
    return Case(line["id"], line.get("family", "rejected"), line["kql"], refused=True)


def load_cases(path: Path) -> Iterator[Case]:
    """The cases of a file that are meant to be executed, in the file's order. The file's format is seen from its lines.

    A `.yaml` file holds cases of the project's own (`tests.cases`)."""
    if path.suffix == ".yaml":
        from tests.cases.loading import load

        yield from load(path)
        return
    with path.open(encoding="utf-8") as lines:
        for text in lines:
            if text.strip() and (case := _case(json.loads(text))) is not None:
                yield case
