"""A YAML text as a tree in which every key and every value knows its place.

Built from parser events, not from PyYAML's nodes: the composer recurses (deep nesting ends the process), expands
aliases without a bound and constructs types that no rule file needs. Here depth, size and aliases are bounded, tags
beyond the plain ones are refused, and nothing is ever constructed but text, numbers, booleans and null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Final, NamedTuple, Protocol, TypeAlias

import yaml

from rulec.records import record
from rulec.rule.findings import Findings
from rulec.source import Source, Span

#: A rule file nests about six levels deep; flow brackets beyond this are an attack or an accident.
MAX_DEPTH: Final = 64
#: Values in one file, each use of an alias counted with all that is below it.
MAX_NODES: Final = 5_000

PlainValue: TypeAlias = "bool | int | float | str | None"


@record(frozen=True, slots=True)
class Scalar:
    """One value: what YAML reads (`value`) and what the file says (`text`, unquoted and unfolded).

    `style` is `|`, `>`, `"`, `'`, or empty for a plain scalar.
    """

    value: PlainValue
    text: str
    style: str
    span: Span = field(compare=False, repr=False)


@record(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span = field(compare=False, repr=False)


class Entry(NamedTuple):
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


@record(frozen=True, slots=True)
class Mapping:
    """A mapping; entries in the file's order, no key twice."""

    entries: tuple[Entry, ...]
    span: Span = field(compare=False, repr=False)

    def get(self, key: str) -> Node | None:
        """The value under `key`, `None` when there is no such key."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry.value
        return None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        return next((entry.key for entry in self.entries if entry.key.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> object:
    """The tree as JSON-like Python data, without places."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {entry.key.text: plain(entry.value) for entry in node.entries}


# --- plain scalars -------------------------------------------------------------------------------------------------

#: YAML 1.1, the version of Sentinel's own tools and of PyYAML, has these booleans besides true and false.
_WORDS: Final[dict[str, bool | None]] = {
    spelling: value
    for value, words in ((True, ("true", "yes", "on")), (False, ("false", "no", "off")), (None, ("null",)))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
} | {"": None, "~": None}
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z")


def _read_plain(text: str) -> PlainValue:
    """What an unquoted text means. `05:00` stays text: YAML 1.1 would read 300, and here it is a timespan."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


# --- building ------------------------------------------------------------------------------------------------------

_CORE_TAGS: Final = frozenset({None, "!", *(f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "seq", "map"))})
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_KEY_IS_NO_NAME: Final = ("RC122", "a key is a mapping or a list, expected a name", "quote text that starts with `{` or `[`")


class _Refused(Exception):
    """The end of reading: the finding is recorded already."""


class _Mark(Protocol):
    index: int


def _index(mark: _Mark | None) -> int:
    """The offset of a parser's mark; events from a text always have one."""
    return mark.index if mark is not None else 0


@record(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    start: int
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    key: Scalar | None = None
    size: int = 1


@record(slots=True)
class _Builder:
    source: Source
    findings: Findings
    limit: int
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    root: Node | None = None
    nodes: int = 0

    def span(self, event: yaml.Event) -> Span:
        return Span(_index(event.start_mark), _index(event.end_mark), self.source)

    def refuse(self, span: Span, code: str, message: str, hint: str = "") -> _Refused:
        self.findings.error(span, code, message, hint)
        return _Refused()

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self.scalar(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self.open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self.close(event)
                case yaml.AliasEvent():
                    self.alias(event)
                case yaml.DocumentStartEvent() if self.root is not None:
                    hint = "one rule a file: remove the `---` line"
                    raise self.refuse(self.span(event), "RC110", "the file holds more than one YAML document", hint)
        return self.root

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self.check_tag(event)
        style = event.style or ""
        value = _read_plain(event.value) if not style and event.tag is None else event.value
        self.add(Scalar(value, event.value, style, self.span(event)), 1, event.anchor)

    def check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag not in _CORE_TAGS:
            raise self.refuse(self.span(event), "RC101", f"the YAML tag `{event.tag}` has no meaning in a rule", "remove the tag")

    def open(self, event: yaml.CollectionStartEvent) -> None:
        self.check_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self.refuse(self.span(event), "RC109", f"the YAML nests more than {MAX_DEPTH} levels deep")
        if self.stack and self.stack[-1].is_mapping and self.stack[-1].key is None:
            raise self.refuse(self.span(event), *_KEY_IS_NO_NAME)
        self.stack.append(_Open(_index(event.start_mark), event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def close(self, event: yaml.CollectionEndEvent) -> None:
        top = self.stack.pop()
        span = Span(top.start, _index(event.end_mark), self.source)
        node: Node = Mapping(tuple(top.entries), span) if top.is_mapping else Sequence(tuple(top.items), span)
        self.add(node, top.size, top.anchor)

    def alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            raise self.refuse(self.span(event), "RC109", f"the alias `*{event.anchor}` stands before or inside what it names")
        self.add(*self.anchors[event.anchor], None, self.span(event))

    def add(self, node: Node, size: int, anchor: str | None, place: Span | None = None) -> None:
        self.nodes += 1
        if size > self.limit or self.nodes > self.limit:
            message = f"the YAML holds more than {self.limit} values, aliases counted with what they repeat"
            raise self.refuse(place or node.span, "RC109", message)
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.size += size
        if not top.is_mapping:
            top.items.append(node)
        elif top.key is not None:
            top.entries.append(Entry(top.key, node))
            top.key = None
        else:
            top.key = self.new_key(top, node)

    def new_key(self, top: _Open, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise self.refuse(node.span, *_KEY_IS_NO_NAME)
        if node.text in top.keys:
            raise self.refuse(node.span, "RC108", f"the key `{node.text}` is defined twice", "keep one of the two")
        top.keys.add(node.text)
        return node


def read_tree(source: Source, findings: Findings, limit: int = MAX_NODES) -> Node | None:
    """The tree of a YAML text of at most `limit` values; `None` for an empty text and whenever an error was recorded.

    Raises:
        yaml.MarkedYAMLError: The text is not YAML; `rulec.rule.yaml_errors` turns it into a finding.
    """
    try:
        return _Builder(source, findings, limit).build(yaml.parse(source.text, Loader=_Loader))
    except _Refused:
        return None
