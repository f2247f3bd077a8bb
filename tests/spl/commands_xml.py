"""xpath, xmlkv, xmlunescape, and the XML side of spath.

Source: Search Reference, the commands' pages.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tests.spl.engine import COMMANDS, Engine
from tests.spl.errors import Refused, SplError
from tests.spl.lexer import options
from tests.spl.values import Row, field_texts, pack
from tests.spl.xml import Element, at_path, leaves, parsed

_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


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
    """xpath: the values of an expression over a field (_raw); `default` where there are none, also of a text with a prologue."""
    found, rest = options(body, {"outfield": "field", "field": "field", "default": "string"})
    paths = [t.text for t in rest if t.kind != ","]
    if len(paths) != 1:
        raise SplError("xpath takes one expression")
    target = found.get("outfield", "xpath")
    for row in rows or []:
        texts = field_texts(row.get(found.get("field", "_raw")))
        root = parsed(texts[0]) if len(texts) == 1 and not texts[0].lstrip().startswith(("<?", "<!")) else None
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
