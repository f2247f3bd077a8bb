"""Paths in XML texts.

Source: Search Reference, spath (an index counts from 1, `{@name}` is an attribute).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from tests.spl.errors import Refused

Element = ElementTree.Element


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
