"""Configuration: command line over `RULEC_*` variables over the nearest `rulec.toml` or `[tool.rulec]` of a `pyproject.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rulec.driver.inputs import UsageError, nearest_hint
from rulec.map_choice import is_map_word
from rulec.records import record

#: Keys of the file, with the type of their value. Paths in the file are relative to it.
KEYS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "targets": list,
        "maps": list,
        "functions": list,
        "schemas": list,
        "watchlists": dict,
        "columns": str,
        "profile": str,
        "output-format": str,
        "jobs": int,
        "target": dict,
    }
)
#: Variables of the environment, each with the key it sets; lists are separated as `PATH` is.
VARIABLES: Final = MappingProxyType({f"RULEC_{key.upper().replace('-', '_')}": key for key, kind in KEYS.items() if kind is not dict})
_PATHS: Final = frozenset({"maps", "functions", "schemas", "watchlists"})
#: How a message names a type.
_TYPE_NAMES: Final = MappingProxyType({list: "a list of texts", dict: "a table", str: "a text", int: "a number"})


@record(frozen=True, slots=True)
class Config:
    """What the file and the environment say; a key that neither has is absent. `path` is the file, empty when there is none."""

    values: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""

    def get(self, key: str, given: Any, default: Any) -> Any:
        """The command line's value unless it is None or empty, else the configured one, else the default."""
        return given if given not in (None, [], ()) else self.values.get(key, default)


def load_config(start: Path, environment: Mapping[str, str]) -> Config:
    """The configuration that holds in a folder.

    Raises:
        UsageError: The file is no TOML, or has a key or value that rulec does not know.
    """
    path, table = _nearest(start)
    values = {key: _checked(key, value, path) for key, value in table.items()}
    for variable, key in VARIABLES.items():
        if environment.get(variable):
            values[key] = _from_text(variable, key, environment[variable])
    return Config(MappingProxyType(values), str(path or ""))


def _nearest(start: Path) -> tuple[Path | None, Mapping[str, Any]]:
    for folder in (start, *start.parents):
        for name in ("rulec.toml", "pyproject.toml"):
            path = folder / name
            if not path.is_file():
                continue
            document = _toml(path)
            table = document if name == "rulec.toml" else _table(document, "tool", path).get("rulec")
            if table is not None:
                return path, table if name == "rulec.toml" else _table(document["tool"], "rulec", path)
    return None, {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def _table(document: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: `{key}` is {table!r}, expected a table")
    return table


def _checked(key: str, value: Any, path: Path | None) -> Any:
    assert path is not None
    if key not in KEYS:
        raise UsageError(f"{path}: unknown key `{key}`, expected one of {', '.join(KEYS)}{nearest_hint(key, KEYS)}")
    _check_type(key, value, KEYS[key], path)
    match key, value:
        case "target", dict():
            for target, settings in value.items():
                _check_type(f"target.{target}", settings, dict, path)
                _check_scalars(f"target.{target}", settings, path)
        case _, dict():
            for name, item in value.items():
                _check_type(f"{key}.{name}", item, str, path)
        case _, list():
            for item in value:
                _check_type(key, item, str, path)
    if key not in _PATHS:
        return value
    match value:
        case dict():
            return {name: str(path.parent / file) for name, file in value.items()}
        case list():
            return [file if key == "maps" and is_map_word(file) else str(path.parent / file) for file in value]
        case _:
            return value


def _check_type(key: str, value: Any, kind: type, path: Path) -> None:
    # TOML's true is an int to Python
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UsageError(f"{path}: `{key}` is {value!r}, expected {_TYPE_NAMES[kind]}")


def _check_scalars(key: str, settings: Mapping[str, Any], path: Path) -> None:
    for name, value in settings.items():
        if isinstance(value, list | dict):
            raise UsageError(f"{path}: `{key}.{name}` is {value!r}, expected one value")


def _from_text(variable: str, key: str, text: str) -> Any:
    if KEYS[key] is list:
        return [part for part in text.split("," if key == "targets" else os.pathsep) if part]
    if KEYS[key] is int:
        if not text.isdecimal():
            raise UsageError(f"{variable} is {text!r}, expected a number")
        return int(text)
    return text
