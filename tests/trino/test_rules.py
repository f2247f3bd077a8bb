"""Every sample rule on a real Trino: the same rows and alerts as the Python target gives over the same events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from rulec.api import read_rule
from rulec.driver.progress import Progress
from rulec.driver.settings import Job
from rulec.driver.times import parse_time
from rulec.map_choice import MapChoice
from rulec.pipeline import analyse
from rulec.running.tables import open_data, rows_of
from rulec.running.verb import _mapped, _scanned_columns, execute
from tests.rules.samples import Sample, samples
from tests.trino import running, tables
from tests.trino.client import Client

pytestmark = pytest.mark.trino

SAMPLES: Final = samples()
CLOUDTRAIL: Final = [s for s in SAMPLES if set(s.given) == {"AWSCloudTrail"}]
OTHERS: Final = [s for s in SAMPLES if s not in CLOUDTRAIL]
#: A moment after the largest of the captured files.
CAPTURED: Final = parse_time("2023-07-10T13:00:00Z", "now")
FORMS: Final[list[tuple[tables.Layout, tables.Stored]]] = [
    ("projection", "OPENX_JSON"),
    ("projection", "PARQUET"),
    ("manual", "OPENX_JSON"),
    ("manual", "PARQUET"),
]


@lru_cache(maxsize=1)
def events(shared: Path | None) -> list[Mapping[str, Any]]:
    """The events of all sample rules, and the captured ones where they are there."""
    own = [e for s in CLOUDTRAIL for e in s.given["AWSCloudTrail"]]
    return [*own, *(tables.native_events(shared / "logs" / "cloudtrail") if shared else ())]


def _shared() -> Path | None:
    folder = Path(__file__).parents[3] / "shared"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All events as a file of lines."""
    path = tmp_path_factory.mktemp("events") / "AWSCloudTrail.jsonl"
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events(_shared())), "utf-8")
    return str(path)


@pytest.fixture(scope="module", params=FORMS, ids=lambda f: f"{f[0]}-{f[1].lower()}")
def cloudtrail(request: pytest.FixtureRequest, client: Client) -> tuple[tables.Layout, str]:
    """A table of a layout and a format: its variant and name."""
    layout, stored = request.param
    name = tables.create_cloudtrail(client, f"rules_{layout}_{stored.lower()}", events(_shared()), layout, stored)
    return layout, name


@pytest.mark.parametrize("moment", ["sample", "captured"])
@pytest.mark.parametrize("sample", CLOUDTRAIL, ids=lambda s: s.name)
def test_cloudtrail_rule_gives_the_same_alerts(
    sample: Sample, moment: str, cloudtrail: tuple[tables.Layout, str], native: str, client: Client
) -> None:
    layout, table = cloudtrail
    now = sample.now if moment == "sample" else CAPTURED
    rule, _ = read_rule(sample.path)
    job = Job(now=now, end=now)
    reference = _python(sample.path, native, now)
    got = running.run_rule(
        client, rule, job, MapChoice("manual" if layout == "manual" else ""), {tables.cloudtrail_map(layout).physical: table}
    )
    assert got.rows == reference.rows, running.differences(reference.rows, got.rows)
    assert got.alerts == reference.alerts
    if moment == "sample":
        assert len(got.rows) >= sample.rows


@lru_cache(maxsize=64)
def _python(path: Path, native: str, now: int) -> running.Found:
    rule, _ = read_rule(path)
    job = Job(now=now, end=now)
    run = execute(rule, {"AWSCloudTrail": [native]}, job, "python", Progress("run", 1))
    return running.found(analyse(rule, job.request("python").settings), job, run.results, run.window)


@pytest.mark.parametrize("sample", OTHERS, ids=lambda s: s.name)
def test_rule_over_a_table_as_sentinel_gives_the_same_alerts(sample: Sample, client: Client, tmp_path: Path) -> None:
    rule, _ = read_rule(sample.path)
    job = Job(now=sample.now, end=sample.now)
    paths = sample.write_events(tmp_path)
    run = execute(rule, paths, job, "python", Progress("run", 1))
    reference = running.found(analyse(rule, job.request("python").settings), job, run.results, run.window)
    data = {name: open_data(name, files, "") for name, files in paths.items()}
    stages, maps = _mapped(analyse(rule, job.request("python").settings), data, MapChoice())
    for name, columns in _scanned_columns(stages).items():
        running.create(client, name.lower(), rows_of(data[name], columns, maps, lambda file, count: None))
    got = running.run_rule(client, rule, job, MapChoice("sentinel"), {})
    assert got.rows == reference.rows, running.differences(reference.rows, got.rows)
    assert got.alerts == reference.alerts
    assert len(got.rows) == sample.rows
