"""xpath, xmlkv, xmlunescape, and the XML side of spath.

Source: Search Reference, the commands' pages (spath: an index counts from 1 in XML, `{@name}` is an attribute).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import options
from tests.spl.values import Row, field_texts, pack

Element = ElementTree.Element
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def parsed(text: str) -> Element | None:
    """The root of an XML text, None of anything else."""
    try:
        return ElementTree.fromstring(text.strip())
    except ElementTree.ParseError:
        return None


def _local(tag: str) -> str:
    if tag.startswith("{"):
        raise Refused("XML with namespaces")
    return tag


def leaves(element: Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Every attribute and text with its path, in document order."""
    name = f"{path}.{_local(element.tag)}" if path else _local(element.tag)
    for key, value in element.attrib.items():
        yield f"{name}{{@{key}}}", value
    text = (element.text or "").strip()
    if text:
        yield name, text
    for child in element:
        yield from leaves(child, name)


def at_path(root: Element, path: str) -> list[str]:
    """The values at a path such as `a.b{2}.c{@d}`."""
    found: list[Element] = []
    for i, step in enumerate(path.split(".")):
        match = re.fullmatch(r"([^{}]+)(?:\{(\d+|@[^{}]+)?\})?", step)
        if match is None:
            raise Refused(f"path {path}")
        name, index = match.group(1), match.group(2)
        children = [[root]] if i == 0 else [list(e) for e in found]
        kept = [[c for c in group if _local(c.tag) == name] for group in children]
        if index is not None and index.startswith("@"):
            if i + 1 < len(path.split(".")):
                raise Refused(f"path {path}")
            return [c.attrib[index[1:]] for group in kept for c in group if index[1:] in c.attrib]
        found = [c for group in kept for c in (group if index is None else group[int(index) - 1 : int(index)])]
    if any(len(e) for e in found):
        raise Refused("a path to an element with elements")
    return [e.text or "" for e in found]


def spath_xml(row: Row, text: str, path: str | None, output: str | None) -> None:
    """spath of an XML text."""
    root = parsed(text)
    if root is None:
        return
    made: dict[str, list[str]] = {}
    if path is not None:
        made[output or path] = at_path(root, path)
    else:
        for name, value in leaves(root):
            made.setdefault(name, []).append(value)
    for name, values in made.items():
        stored = pack(values if path is not None else [*field_texts(row.get(name)), *values])
        if stored is not None:
            row[name] = stored


def xpath(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """xpath: the values of an expression over a field (_raw); `default` where there are none."""
    found, rest = options(body, {"outfield": "field", "field": "field", "default": "string"})
    paths = [t.text for t in rest if t.kind != ","]
    if len(paths) != 1:
        raise SplError("xpath takes one expression")
    target = found.get("outfield", "xpath")
    for row in rows or []:
        texts = field_texts(row.get(found.get("field", "_raw")))
        root = parsed(texts[0]) if len(texts) == 1 else None
        values = _matches(root, paths[0]) if root is not None else []
        stored = pack(values or ([found["default"]] if "default" in found else []))
        if stored is not None:
            row[target] = stored
    return rows or []


def _matches(root: Element, path: str) -> list[str]:
    """The nodes of a location path: elements by name, `*`, predicates on attributes and places, an attribute or text() at the end."""
    head, _, last = path.rpartition("/")
    elements, attribute = (head, last[1:]) if last.startswith("@") else (head if last == "text()" else path, None)
    if re.search(r"\(|::|\||\.\.", elements) or not elements.startswith("/"):
        raise Refused(f"xpath {path}")
    holder = ElementTree.Element("holder")
    holder.append(root)
    nodes = holder.findall("." + (elements or "/*"))
    if attribute is not None:
        return [n.attrib[attribute] for n in nodes if attribute in n.attrib]
    if any(len(n) for n in nodes):
        raise Refused("xpath of an element with elements")
    return [n.text for n in nodes if n.text]


def xmlkv(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """xmlkv: a field for each element of _raw that holds text only."""
    for row in rows or []:
        found = re.findall(r"<([^\s<>/]+)[^<>]*>([^<]*)</\1>", str(row.get("_raw", "")))
        names = [name for name, _ in found]
        if len(set(names)) < len(names):
            raise Refused("xmlkv of repeated elements")
        row.update(found)
    return rows or []


def xmlunescape(engine: Engine, rows: list[Row] | None, body: str) -> list[Row]:
    """xmlunescape: entities of _raw as characters."""
    for row in rows or []:
        if any("&" in text for key, value in row.items() if key != "_raw" for text in field_texts(value)):
            raise Refused("xmlunescape of other fields")
        row["_raw"] = re.sub("&(?:lt|gt|quot|apos|amp);", lambda m: _ENTITIES[m.group()], str(row.get("_raw", "")))
    return rows or []


COMMANDS.update({"xpath": xpath, "xmlkv": xmlkv, "xmlunescape": xmlunescape})
