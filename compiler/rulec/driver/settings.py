"""From arguments and configuration to what the compiler takes: environment, options, maps."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rulec.driver.config import Config, load_config
from rulec.driver.inputs import UsageError, load_schema, nearest_hint, watchlist_columns
from rulec.driver.times import parse_time, show_time
from rulec.errors import CompileError
from rulec.records import record

if TYPE_CHECKING:
    from rulec.api import Request
    from rulec.ir.rels import ColumnDef
    from rulec.rule.findings import Profile


@record(frozen=True, slots=True)
class Job:
    """What a compile or check run uses for every rule: plain values, so that worker processes can build their own compiler from it."""

    targets: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    watchlists: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""
    profile: Profile = "default"
    format: str = ""
    start: int | None = None
    end: int | None = None
    now: int | None = None
    target_settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def request(self, target: str) -> Request:
        """How a rule is compiled for a target.

        Raises:
            CompileError: A schema, function or watchlist file cannot be read.
        """
        from rulec.api import Request
        from rulec.backend import TargetOptions
        from rulec.map_choice import MapChoice
        from rulec.pipeline import Settings
        from rulec.rule_query import OutputColumns

        options = TargetOptions(
            format=self.format,
            externals=dict(self.watchlists),
            start=self.start,
            end=self.end,
            now=self.now,
            settings=self.target_settings.get(target, {}),
        )
        columns = cast("OutputColumns | None", self.columns or None)
        windowed = self.start is not None or self.end is not None
        return Request(Settings(self._environment(), columns, windowed), options, MapChoice.of(self.maps))

    def _environment(self) -> Any:
        from rulec.bind.environment import Environment
        from rulec.driver.functions import load_functions

        functions = {name: function for folder in self.functions for name, function in load_functions(folder).items()}
        tables: dict[str, tuple[ColumnDef, ...]] = {}
        for path in self.schemas:
            tables |= load_schema(path)
        watchlists = {alias: watchlist_columns(path) for alias, path in self.watchlists.items()}
        return Environment(tables=tables, functions=functions, watchlists=watchlists)


def job_of(arguments: argparse.Namespace) -> tuple[Job, Config]:
    """The job that the arguments, the environment and the configuration file ask for.

    Raises:
        UsageError: One of them cannot be understood.
    """
    config = load_config(Path.cwd(), os.environ)
    given = vars(arguments)

    def time(option: str) -> int | None:
        text = given.get(option)
        return None if text is None else parse_time(text, f"--{option}")

    watchlists = {**config.values.get("watchlists", {}), **_pairs(given.get("watchlist") or (), "--watchlist", "alias=FILE")}
    job = Job(
        targets=tuple(config.get("targets", given.get("target"), ())),
        maps=tuple(config.get("maps", given.get("map"), ())),
        functions=tuple(config.get("functions", given.get("functions"), ())),
        schemas=tuple(config.get("schemas", given.get("schema"), ())),
        watchlists=watchlists,
        columns=config.get("columns", given.get("columns"), ""),
        profile=config.get("profile", given.get("profile"), "default"),
        format=given.get("format") or "",
        start=time("start"),
        end=time("end"),
        now=time("now"),
        target_settings=_target_settings(config, given.get("setting") or ()),
    )
    _check_words(job)
    return job, config


def _check_words(job: Job) -> None:
    if job.columns not in ("", "alert", "all"):
        raise UsageError(f"columns is `{job.columns}`, expected alert or all")
    if job.start is not None and job.end is not None and job.start > job.end:
        raise UsageError(f"--start {show_time(job.start)} is after --end {show_time(job.end)}")
    _check_map_words(job.maps)
    if job.profile not in ("default", "microsoft"):
        raise UsageError(f"profile is `{job.profile}`, expected default or microsoft")


def _check_map_words(maps: Sequence[str]) -> None:
    """A word is one of rulec's own or a variant of the given map files; a bad file is reported when it is read."""
    from rulec.fields import map_variants
    from rulec.map_choice import MAP_WORDS, is_map_word

    unknown = [value for value in maps if is_map_word(value) and value not in MAP_WORDS]
    if not unknown:
        return
    try:
        variants = frozenset[str]().union(*(map_variants(file) for file in maps if not is_map_word(file)))
    except CompileError:
        return
    known = (*MAP_WORDS, *sorted(variants - set(MAP_WORDS)))
    for word in unknown:
        if word not in known:
            raise UsageError(f"unknown map `{word}`, expected a file (`./{word}`) or one of {', '.join(known)}{nearest_hint(word, known)}")


def check_target_settings(job: Job) -> None:
    """Refuses settings (`-O`, or `[target.NAME]` of the configuration) of unknown targets, and those that no target reads.

    Raises:
        UsageError: There is one.
    """
    from rulec.backend import Configurable
    from rulec.registry import backend_names, load_backend

    for target, settings in job.target_settings.items():
        if target not in backend_names():
            known = backend_names()
            raise UsageError(f"unknown target `{target}` of a setting, expected one of {', '.join(known)}{nearest_hint(target, known)}")
        backend = load_backend(target)
        if not isinstance(backend, Configurable):
            continue
        for key in settings:
            if key not in backend.settings:
                names = ", ".join(backend.settings) or "none"
                raise UsageError(f"{target} has no setting `{key}`, expected one of {names}{nearest_hint(key, backend.settings)}")


def _pairs(values: Iterable[str], option: str, form: str) -> dict[str, str]:
    pairs = {}
    for value in values:
        # a URI may hold `=` itself
        key, equals, rest = value.rpartition("=") if "://" in value else value.partition("=")
        if not key or not equals or not rest:
            raise UsageError(f"{option} {value}: expected {form}")
        pairs[key] = rest
    return pairs


def _target_settings(config: Config, given: Iterable[str]) -> dict[str, dict[str, str]]:
    settings = {name: {k: str(v) for k, v in table.items()} for name, table in config.values.get("target", {}).items()}
    for value in given:
        name, dot, pair = value.partition(".")
        if not dot:
            raise UsageError(f"-O {value}: expected target.key=value")
        settings.setdefault(name, {}).update(_pairs((pair,), "-O", "target.key=value"))
    return settings
