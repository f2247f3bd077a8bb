"""The engines: each compiles a case through the product's pipeline and runs the generated program, never a second interpreter."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from rulec.errors import CompileError
from rulec.scalars import TICKS_PER_DAY, TICKS_PER_SECOND, UNIX_EPOCH_TICKS
from tests.conformance.cases import Case
from tests.conformance.compare import Result
from tests.conformance.values import WrongShape, datetime_ticks, record, timespan_ticks

#: What `now()` is in every case. Recorded answers that depend on the time only depend on its order.
NOW = datetime_ticks("2026-06-01T12:00:00Z")

Columns: TypeAlias = Sequence[tuple[str, str]]
#: A program's answer: its columns with KQL types, and rows of carriers.
Answer: TypeAlias = tuple[Columns, Sequence[Sequence[Any]] | None]
Runner: TypeAlias = Callable[[str], Answer]
Engine: TypeAlias = Callable[[Case], Result]


def open_engine(name: str, compute: bool = False) -> Engine:
    """An engine by name, ready to take cases. It turns refusals and crashes into results.

    `compute`: as users have it, constant parts that the target has no words for are computed; tests want the target's own words."""
    runner = ENGINES[name](compute)

    def run(case: Case) -> Result:
        try:
            columns, rows = runner(case.kql)
            recorded = None if rows is None else tuple(tuple(record(v, t) for v, (_, t) in zip(row, columns, strict=True)) for row in rows)
        except CompileError as refusal:
            first = refusal.diagnostics[0]
            return Result(case.id, error=f"{first.begin.line}:{first.begin.column}: {first.message}", code=first.code)
        except WrongShape as problem:
            return Result(case.id, error=str(problem))
        except Exception as crash:  # a crash is a wrong answer, not the end of the run
            place = traceback.extract_tb(crash.__traceback__)[-1]
            return Result(case.id, error=f"{type(crash).__name__}: {crash} ({place.filename.rsplit('/', 1)[-1]}:{place.lineno})"[:800])
        return Result(case.id, tuple((n, t) for n, t in columns), recorded)

    return run


def _compile(kql: str, target: str, settings: Mapping[str, str] | None = None, compute: bool = False) -> tuple[Columns, str]:
    """The result columns and the program text of a bare query."""
    from rulec.api import Request, compile_query
    from rulec.backend import TargetOptions

    compiled = compile_query(kql, target, now=NOW, request=Request(options=TargetOptions(settings=settings or {}), compute=compute))
    return [(c.name, c.type.value) for c in compiled.columns], compiled.artifacts[0].text


def _python(compute: bool = False) -> Runner:
    def run(kql: str) -> Answer:
        _, text = _compile(kql, "python")
        module: dict[str, Any] = {"__name__": "detection"}
        exec(compile(text, "<detection>", "exec"), module)
        rows = module["detect"]({}, now=NOW)
        columns = [(name, type_) for name, type_ in module["COLUMNS"]]  # of `evaluate bag_unpack` known after the run only
        return columns, [_by_name(row, columns) for row in rows]

    return run


def _by_name(row: Mapping[str, Any], columns: Columns) -> list[Any]:
    if len(row) != len(columns):
        raise WrongShape(f"a row has the columns {list(row)}, COLUMNS says {[name for name, _ in columns]}")
    return [_carrier(row[name], type_) for name, type_ in columns]


def _duckdb(compute: bool = False) -> Runner:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")

    def run(kql: str) -> Answer:
        columns, text = _compile(kql, "duckdb", compute=compute)
        cursor = connection.execute(text)
        names = [d[0] for d in cursor.description or ()]
        return _sql_answer(columns, names, cursor.fetchall())

    return run


def _sql_answer(columns: Columns, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
    if [name for name, _ in columns] != list(names):
        raise WrongShape(f"the output's columns are {list(names)}, the query's are {[name for name, _ in columns]}")
    rows = [[json.loads(v) if t == "dynamic" and isinstance(v, str) else v for v, (_, t) in zip(row, columns, strict=True)] for row in rows]
    return columns, [[_carrier(value, type_) for value, (_, type_) in zip(row, columns, strict=True)] for row in rows]


def _carrier(value: Any, type_: str) -> Any:
    """A value as programs give it, as a carrier: times are texts, Python times or ticks; SQL's dynamic is JSON text."""
    match type_, value:
        case "guid", object(hex=_):
            return str(value)
        case "decimal", str():
            return Decimal(value)
        case "datetime", str():
            return datetime_ticks(value)
        case "timespan", str():
            return timespan_ticks(value)
        case "datetime", datetime():
            midnight = datetime.combine(value.date(), datetime.min.time(), value.tzinfo)
            return (value.toordinal() - 1) * TICKS_PER_DAY + _microseconds(value - midnight) * 10
        case "datetime", date():
            return (value.toordinal() - 1) * TICKS_PER_DAY
        case "timespan", timedelta():
            return _microseconds(value) * 10
        case _:
            return value


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _trino(compute: bool = False) -> Runner:
    """Runs the Athena output on the server that `RULEC_TRINO` names; see `running_server`."""
    from tests.trino.client import Client
    from tests.trino.server import start

    client = Client(start())

    def run(kql: str) -> Answer:
        columns, text = _compile(kql, "athena", {"times": "ticks"}, compute)
        answer = client.run(text.rstrip().rstrip(";"))
        return _sql_answer(columns, answer.names, answer.rows)

    return run


@contextmanager
def running_server(engine: str) -> Iterator[None]:
    """One Trino server for all workers while the engine is `trino`; nothing for the others."""
    if engine != "trino" or os.environ.get("RULEC_TRINO"):
        yield
        return
    from tests.trino.server import start

    server = start()
    os.environ["RULEC_TRINO"] = f"{server.host}:{server.port}"
    try:
        yield
    finally:
        del os.environ["RULEC_TRINO"]
        server.stop()


def _splunk(compute: bool = False) -> Runner:
    from tests.spl import decode, engine

    def run(kql: str) -> Answer:
        columns, text = _compile(kql, "splunk", compute=compute)
        rows = engine.run(text, now=(NOW - UNIX_EPOCH_TICKS) / TICKS_PER_SECOND)
        return columns, [decode.row(row, columns) for row in rows]

    return run


def _bind(compute: bool = False) -> Runner:
    """Compiles without a target: columns and their types only."""
    from rulec.pipeline import Settings, analyse
    from rulec.rule.load import load_kql

    def run(kql: str) -> Answer:
        loaded = load_kql(kql)
        if loaded.rule is None:
            raise CompileError(loaded.diagnostics)
        query = analyse(loaded.rule, Settings()).query
        return [(c.name, c.type.value) for c in query.columns], None

    return run


ENGINES: Mapping[str, Callable[[bool], Runner]] = {"bind": _bind, "python": _python, "duckdb": _duckdb, "trino": _trino, "splunk": _splunk}
