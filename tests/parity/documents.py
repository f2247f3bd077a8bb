"""Inverses of functions that take a text apart: regular expressions, JSON paths, URLs, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from tests.parity import regexes
from tests.parity.store import Patch
from tests.parity.values import container, json_text, text_of, with_path

if TYPE_CHECKING:
    from tests.parity.solver import Frame, Solver


def _wants(solver: Solver, frame: Frame, call: Call, at: int, values: list[Any]) -> Iterator[Patch]:
    for value in values:
        yield from islice(solver.want_expr(frame, call.arguments[at], value), 8)


def _shown(value: Any, type_: ScalarType) -> str:
    return "" if value is None else value if isinstance(value, str) else text_of(value, type_)


def extract(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """`extract(regex, group, text)`: the group's place in the present text is replaced, or a sample is added to the text."""
    pattern, group, text = (frame.value(a) for a in call.arguments[:3])
    if not isinstance(pattern, str) or not isinstance(group, int) or not isinstance(text, str):
        return
    wanted = _shown(value, call.type)
    if wanted == "":
        yield from _wants(solver, frame, call, 2, ["", "zz9"])
        return
    regex = regexes.compiled(pattern)
    texts = _capturing(regex, pattern, text, group, wanted)
    if not texts and regex is not None:  # the group cannot hold the value: another that it can hold is better than nothing
        present = _captured(regex, text, group)
        held = dict.fromkeys(_captured(regex, sample, group) for sample in regexes.samples(pattern))
        texts = [t for value in held if value not in ("", present) for t in _capturing(regex, pattern, text, group, value)[:2]]
        texts += [t for t in _texts(pattern, text, {}) if _captured(regex, t, group)]
    yield from _wants(solver, frame, call, 2, texts)


def _capturing(regex: re.Pattern[str] | None, pattern: str, text: str, group: int, wanted: str) -> list[str]:
    """Texts made of the present one whose first match captures the value."""
    return [t for t in _texts(pattern, text, {group: wanted}) if regex is None or _captured(regex, t, group) == wanted]


def _captured(regex: re.Pattern[str], text: str, group: int) -> str:
    found = regex.search(text)
    return (found[group] or "") if found is not None and group <= regex.groups else ""


def _texts(pattern: str, text: str, groups: dict[int, str]) -> list[str]:
    """Texts in which the first match captures the groups."""
    texts: list[str] = []
    regex = regexes.compiled(pattern)
    found = regex.search(text) if regex is not None else None
    if found is not None:
        texts.append(_replaced(text, found, groups))
    made = [groups[0]] if 0 in groups else list(regexes.samples(pattern, groups))
    for sample in made[:3]:
        texts += [f"{text} {sample}", f"{text},{sample}", sample, f"{sample} {text}"]
    return texts


def _replaced(text: str, found: re.Match[str], groups: dict[int, str]) -> str:
    spans = [(found.span(g), new) for g, new in groups.items() if g <= (found.re.groups or 0) and found.span(g) != (-1, -1)]
    for (start, end), new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def extract_all(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """`extract_all(regex[, groups], text)`: the wanted matches one after the other."""
    pattern, text = frame.value(call.arguments[0]), frame.value(call.arguments[-1])
    regex = regexes.compiled(pattern) if isinstance(pattern, str) else None
    if regex is None or not isinstance(text, str):
        return
    listed = frame.value(call.arguments[1]) if len(call.arguments) == 3 else None
    numbers = [g if isinstance(g, int) else regex.groupindex.get(str(g), 0) for g in listed or range(1, regex.groups + 1)]
    at = len(call.arguments) - 1
    if not isinstance(value, list):
        yield from _wants(solver, frame, call, at, ["", "zz9"])
        return
    wanted = [dict(zip(numbers, item if isinstance(item, list) else [item], strict=False)) for item in value]
    yield from _wants(solver, frame, call, at, _matched(pattern, regex, text, wanted))


def _matched(pattern: str, regex: re.Pattern[str], text: str, wanted: list[dict[int, Any]]) -> list[str]:
    """The present text with captures replaced where they differ; else samples joined."""
    texts: list[str] = []
    found = list(regex.finditer(text))
    given = [{g: _shown(v, ScalarType.DYNAMIC) for g, v in w.items() if v is not None} for w in wanted]
    if len(found) >= len(given) > 0:
        changed = text
        for match, groups in reversed(list(zip(found, given, strict=False))):
            changed = _replaced(changed, match, {g: v for g, v in groups.items() if match[g] != v})
        texts.append(changed)
    for variant in range(2):
        made = [list(regexes.samples(pattern, groups)) for groups in given]
        if all(made):
            joined = [m[min(variant, len(m) - 1)] for m in made]
            texts += ["".join(joined), " ".join(joined), f"{text} {' '.join(joined)}"]
    return texts


def extract_json(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """`extract_json(path, text)`."""
    path, text = frame.value(call.arguments[0]), frame.value(call.arguments[1])
    steps = [int(i) if i else name or quoted for name, quoted, i in re.findall(r"\.(\w+)|\[['\"]([^'\"]*)['\"]\]|\[(\d+)\]", str(path))]
    if steps:
        document = container(text) if isinstance(text, str) else text
        new = with_path(document, steps, value)
        yield from _wants(solver, frame, call, 1, [json_text(new) if call.arguments[1].type is ScalarType.STRING else new])


def parse_url(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """`parse_url(text)`."""
    if not isinstance(value, dict):
        return
    part = {k: v if isinstance(v, str) else "" for k, v in value.items()}
    port = f":{part['Port']}" if part.get("Port") else ""
    path = part.get("Path") or "/"
    query = value.get("Query Parameters")
    tail = "?" + "&".join(f"{k}={v}" for k, v in query.items()) if isinstance(query, dict) and query else ""
    url = f"{part.get('Scheme') or 'https'}://{part.get('Host') or 'host.example'}{port}{path if path[:1] == '/' else '/' + path}{tail}"
    yield from _wants(solver, frame, call, 0, [url])


def parse_xml(solver: Solver, frame: Frame, call: Call, value: Any) -> Iterator[Patch]:
    """`parse_xml(text)`: attributes have `@`, an element's own text `#text`, repeated elements are an array."""
    if isinstance(value, dict) and len(value) == 1:
        yield from _wants(solver, frame, call, 0, [_element(*next(iter(value.items())))])


def _element(name: str, value: Any) -> str:
    match value:
        case list():
            # one element alone would be no array
            return "".join(_element(name, v) for v in (value if len(value) != 1 else [*value, None]))
        case dict():
            attributes = "".join(f" {k[1:]}={quoteattr(str(v))}" for k, v in value.items() if k.startswith("@"))
            text = escape(str(value.get("#text") or ""))
            inner = "".join(_element(k, v) for k, v in value.items() if k[:1] not in ("@", "#"))
            return f"<{name}{attributes}>{text}{inner}</{name}>"
        case None:
            return f"<{name}>x</{name}>"
        case _:
            return f"<{name}>{escape(str(value))}</{name}>"
