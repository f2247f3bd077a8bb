"""The Athena output on a Trino server: tables "as Sentinel" whose files are written anew for each set of rows. One process only."""

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rulec.api import Request, compile_stages
from rulec.pipeline import Stages
from rulec.scalars import ScalarType
from tests.conformance import engines as conformance
from tests.conformance.values import iso_datetime
from tests.parity.engines import Bench, Program, Rows, Schema, Tables, in_any_case, request_for
from tests.parity.templates import Moments
from tests.parity.values import json_text
from tests.trino.client import Client
from tests.trino.server import Server, start
from tests.trino.tables import create_sentinel


def trino(stages: Stages, request: Request, bench: Bench, schema: Schema, moments: Moments) -> Program:
    """The SQL for Athena over tables with Sentinel's names and columns in lower case."""
    asked = request_for(request, bench, schema, moments, {"times": "ticks"})
    externals = {key: _table(f) for key, f in asked.options.externals.items()}
    asked = replace(asked, options=replace(asked.options, externals=externals))
    compiled = compile_stages(stages, "athena", asked, "rule")
    columns = [(c.name, c.type.value) for c in compiled.columns]
    client = _client(bench)
    tables = {name: in_any_case(name, cells) for name, cells in schema.items()}
    stored = {name: _table(bench.file(name)) if ":" in name else name.lower() for name in tables}
    for name, cells in tables.items():
        create_sentinel(client, stored[name], cells, ())

    def run(given: Tables) -> Rows:
        for name, cells in tables.items():
            lines = [json.dumps(_row(row, cells), ensure_ascii=False) + "\n" for row in given.get(name, ())]
            Path(client.server.store, "external", stored[name], "events.json").write_text("".join(lines), "utf-8")
        answer = client.run(compiled.text.rstrip().rstrip(";"))
        _, found = conformance._sql_answer(columns, answer.names, answer.rows)
        return [tuple(row) for row in found or ()]

    return run


def _table(file: str) -> str:
    """The table that stands for an external source's file."""
    return f"external_{Path(file).stem}"


def _client(bench: Bench) -> Client:
    if "trino" not in bench.connections:
        server: Server = start()
        atexit.register(server.stop)  # the server would outlive the run
        bench.connections["trino"] = Client(server)
    found = bench.connections["trino"]
    assert isinstance(found, Client)
    return found


def _row(row: Mapping[str, Any], cells: Mapping[str, ScalarType]) -> dict[str, Any]:
    return {name.lower(): _cell(row[name], type_) for name, type_ in cells.items() if row[name] is not None}


def _cell(value: Any, type_: ScalarType) -> Any:
    match type_:
        case ScalarType.DATETIME:
            text = iso_datetime(value).removesuffix("Z").replace("T", " ")
            return text[:23] if "." in text else f"{text}.000"
        case ScalarType.DYNAMIC:
            return json_text(value)
        case ScalarType.DECIMAL:
            return str(value)
        case _:
            return value
