"""Rewrites `rulec/catalogue/data/tables.txt` from the shared schema files.

python tests/catalogue/build_tables.py ../shared/schemas
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

from rulec.catalogue.tables import LETTERS, SUFFIXES
from rulec.scalars import ScalarType

DATA = Path(__file__).parents[2] / "compiler" / "rulec" / "catalogue" / "data" / "tables.txt"


def read(folder: Path) -> dict[str, dict[str, ScalarType]]:
    """Tables, columns and types of both files; `*` holds the columns of every table."""
    tables: dict[str, dict[str, ScalarType]] = defaultdict(dict)
    for name in ("tables.csv", "custom_tables.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                tables[row["table"]][row["column"]] = type_of(row["table"], row["column"], ScalarType(row["type"]))
    return tables


def type_of(table: str, column: str, written: ScalarType) -> ScalarType:
    """The type of a column: the collector makes a custom table's `_d` a number and `_t` a moment, whatever a file says."""
    sure = {"_d": (ScalarType.DATETIME, ScalarType.STRING), "_t": (ScalarType.STRING,)} if table.endswith("_CL") else {}
    return SUFFIXES[column[-2:]] if written in sure.get(column[-2:], ()) else written


def write(tables: dict[str, dict[str, ScalarType]]) -> str:
    """One line per table, sorted by bytes, without what every table has anyway."""
    letters = {kind: letter for letter, kind in LETTERS.items()}
    common = tables["*"]
    lines = []
    for name in sorted(tables):
        own = tables[name] if name == "*" else {c: t for c, t in tables[name].items() if common.get(c) is not t}
        lines.append(" ".join([name, *(f"{column}:{letters[own[column]]}" for column in sorted(own, key=str.lower))]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DATA.write_text(write(read(Path(sys.argv[1]))), encoding="ascii")
