"""JSON texts and paths.

Source: Search Reference, "JSON functions" (paths: keys with dots, `{}` all elements, `{n}` one element); numbers keep their text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from tests.spl.errors import Refused


class JsonNumber(str):
    """A JSON number as written."""


Json: TypeAlias = "bool | str | JsonNumber | list[Json] | dict[str, Json] | None"


class _Constant(Exception):
    pass


def _no_constant(_: str) -> Json:
    raise _Constant


def parse(text: str) -> tuple[bool, Json]:
    """Whether the text is JSON, and its value."""
    try:
        value: Json = json.loads(text, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant)
    except (ValueError, _Constant, RecursionError):
        return False, None
    return True, value


def dump(value: Json) -> str:
    """Compact JSON text; members keep their order."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case JsonNumber():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ",".join(dump(v) for v in value) + "]"
        case dict():
            return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{dump(v)}" for k, v in value.items()) + "}"
    raise Refused("json value")


#: A step of a path: a key, an index, or None for all elements.
Step: TypeAlias = "str | int | None"


def steps(path: str) -> list[Step]:
    """The steps of a path such as `a.b{0}.c{}`."""
    found: list[Step] = []
    for match in re.finditer(r"\{(-?\d*)\}|([^.{}]+)|(\.)|(.)", path):
        if match.group(4):
            raise Refused(f"path {path}")
        if match.group(1) is not None and match.group(0) != ".":
            if match.group(1).startswith("-"):
                raise Refused("a negative index in a path")
            found.append(int(match.group(1)) if match.group(1) else None)
        elif match.group(2):
            found.append(match.group(2))
    return found


def find(value: Json, path: list[Step]) -> Iterator[Json]:
    """All values at a path."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if step is None and isinstance(value, list):
        for item in value:
            yield from find(item, rest)
    elif isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from find(value[step], rest)
    elif isinstance(step, int) and isinstance(value, list):
        yield from (found for item in value[step : step + 1] for found in find(item, rest))


def put(value: Json, path: list[Step], new: Json) -> Json:
    """The value with `new` at a path; missing keys are made, a type mismatch changes nothing (json_set)."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if not isinstance(value, dict):
            return value
        if step not in value:
            return {**value, step: _nest(rest, new)}
        return {**value, step: put(value[step], rest, new)}
    if not isinstance(value, list):
        return value
    if step is None:
        return [put(v, rest, new) for v in value]
    return [put(v, rest, new) if i == step else v for i, v in enumerate(value)]


def _nest(path: list[Step], new: Json) -> Json:
    for step in reversed(path):
        if not isinstance(step, str):
            raise Refused("an array made by json_set")
        new = {step: new}
    return new


def change(value: Json, path: list[Step], new: list[Json]) -> Json:
    """json_append (one element) and json_extend (several) at an array; another value becomes an array first."""
    if not path:
        return [*(value if isinstance(value, list) else [value]), *new]
    step, rest = path[0], path[1:]
    if isinstance(step, str) and isinstance(value, dict) and step in value:
        inner: Json = value[step]
        return {**value, step: change(inner, rest, new)}
    if isinstance(value, list) and not isinstance(step, str):
        return [change(v, rest, new) if step is None or i == step else v for i, v in enumerate(value)]
    return value


def remove(value: Json, path: list[Step]) -> Json:
    """json_delete at a path."""
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if not isinstance(value, dict) or step not in value:
            return value
        if not rest:
            return {k: v for k, v in value.items() if k != step}
        return {**value, step: remove(value[step], rest)}
    if isinstance(value, list):
        if rest:
            return [remove(v, rest) if step is None or i == step else v for i, v in enumerate(value)]
        return [v for i, v in enumerate(value) if step is not None and i != step]
    return value


def leaves(value: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Leaf paths and values as spath names them: `a.b`, `arr{}.x`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, prefix + "{}")
    else:
        yield prefix, value
