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
    """The values at a path such as `a.b{2}.c{4}{@d}`."""
    found: list[Element] = []
    for i, step in enumerate(path.split(".")):
        match = re.fullmatch(r"([^{}]+)((?:\{(?:\d+|@[^{}]+)?\})*)", step)
        if match is None:
            raise Refused(f"path {path}")
        groups = [[root]] if i == 0 else [list(e) for e in found]
        found = [c for group in groups for c in _indexed([c for c in group if _local(c.tag) == match.group(1)], match.group(2))]
        attribute = re.search(r"\{@([^{}]+)\}", match.group(2))
        if attribute is not None:
            if i + 1 < len(path.split(".")):
                raise Refused(f"path {path}")
            return [c.attrib[attribute.group(1)] for c in found if attribute.group(1) in c.attrib]
    if any(len(e) for e in found):
        raise Refused("a path to an element with elements")
    return [e.text or "" for e in found]


def _indexed(elements: list[Element], indexes: str) -> list[Element]:
    """The element that an index in braces picks, or all."""
    numbers = [int(n) for n in re.findall(r"\{(\d+)\}", indexes)]
    return elements[numbers[0] - 1 : numbers[0]] if numbers else elements
