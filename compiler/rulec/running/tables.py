"""Tables of a run: the files of each, whether they are Sentinel-shaped or the vendor's own, and their rows on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rulec.errors import Diagnostic, Severity
from rulec.fields import TableMap
from rulec.ir.rels import ColumnDef
from rulec.running.parquet import parquet_records
from rulec.running.records import TOO_DEEP, Reader, Record, Tally, data_files, is_parquet
from rulec.running.shape import BadValue, Shaper, is_sentinel_shaped, raw_shaper, sentinel_shaper

OnRecords: TypeAlias = Callable[[str, int], None]
#: Records between two reports of progress.
_STRIDE = 500


@dataclass(frozen=True, slots=True)
class DataSet:
    """The files of one table; `sentinel` says which form their records have."""

    table: str
    files: tuple[str, ...]
    sentinel: bool


def open_data(table: str, paths: Sequence[str], word: str) -> DataSet:
    """The data of a table; its form is `word` (`sentinel`, `raw`), or is seen from the first record.

    Raises:
        CompileError: RC601 for a file that cannot be read.
    """
    files = tuple(file for path in paths for file in data_files(path))
    if word in ("sentinel", "raw"):
        return DataSet(table, files, word == "sentinel")
    first = next((record for file in files for record in _records(Reader(), file)), None)
    return DataSet(table, files, first is None or is_sentinel_shaped(first))


def _records(reader: Reader, file: str) -> Iterator[Record]:
    return parquet_records(file, reader) if is_parquet(file) else reader.records(file)


@dataclass(slots=True)
class Rows:
    """The rows of a table, read anew by each iteration; what was malformed is tallied by the first one."""

    data: DataSet
    columns: tuple[ColumnDef, ...]
    shaper: Shaper
    on_records: OnRecords
    tallies: list[Tally] = field(default_factory=list)
    matched: bool = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        reader = Reader()
        if not self.tallies:
            self.tallies = reader.tallies
        count = 0
        for file in self.data.files:
            for record in _records(reader, file):
                try:
                    row = self.shaper.row(record)
                except (BadValue, RecursionError) as problem:
                    tally = reader.tallies[-1]
                    tally.records -= 1
                    reason = str(problem) if isinstance(problem, BadValue) else TOO_DEEP
                    tally.spoil(tally.line, reason)
                    continue
                self.matched = self.matched or any(value not in (None, "") for value in row.values())
                count += 1
                if count % _STRIDE == 0:
                    self.on_records(file, _STRIDE)
                yield row

    def findings(self) -> list[Diagnostic]:
        """Warnings about files with malformed records; errors when the table has no other records."""
        nothing_read = not any(tally.records for tally in self.tallies)
        malformed = [finding for tally in self.tallies if (finding := tally.finding(nothing_read)) is not None]
        return malformed if nothing_read or self.matched or not self.columns else [*malformed, self._other_data()]

    def _other_data(self) -> Diagnostic:
        names, table = ", ".join(c.name for c in self.columns), self.data.table
        message = f"none of the {sum(tally.records for tally in self.tallies)} records read has a column that the query reads: {names}"
        hint = (
            f"the data may be another table's than {table}'s; `rulec tables {table}` lists its columns, `rulec maps {table}` the vendor's"
        )
        return Diagnostic.about_file(self.data.files[0], "RC605", message, hint, severity=Severity.WARNING)


def rows_of(data: DataSet, columns: Iterable[ColumnDef], maps: Mapping[str, TableMap], on_records: OnRecords) -> Rows:
    """The rows of a table with the wanted columns."""
    wanted = tuple({c.name: c for c in columns}.values())
    shaper = sentinel_shaper(wanted) if data.sentinel else raw_shaper(wanted, maps[data.table])
    return Rows(data, wanted, shaper, on_records)
