"""Checks a positioned tree against `schema.json`, the one statement of a rule file's structure.

The walker knows the dozen JSON Schema keywords that the file uses. It replaces the `jsonschema` package at run time
for two reasons: its findings carry places and levels, and importing that package takes longer than compiling a
hundred rules. A test holds it to the package's verdicts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as AbcMapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from rulec.records import record
from rulec.rule.findings import Findings, nearest
from rulec.rule.model import RuleKind
from rulec.rule.tree import Mapping, Node, Scalar, Sequence
from rulec.source import Span

#: A piece of a JSON Schema; JSON has no better type.
Schema: TypeAlias = AbcMapping[str, Any]


@cache
def load_schema() -> Schema:
    """The schema of rule files, read once."""
    schema: Schema = json.loads(files("rulec.rule").joinpath("schema.json").read_text(encoding="utf-8"))
    return MappingProxyType(schema)


@cache
def choices(*path: str) -> tuple[str, ...]:
    """The values that the property at `path` may have; `items` steps into a list."""
    schema = load_schema()
    for step in path:
        schema = schema["items"] if step == "items" else schema["properties"][step]
    return tuple(schema["enum"])


def spelled_as(text: str, names: Iterable[str]) -> str | None:
    """The name that `text` is, letter case and spaces aside; `None` when it is none of them."""
    wanted = _squeezed(text)
    return next((name for name in names if name == text), None) or next((name for name in names if _squeezed(name) == wanted), None)


def _squeezed(text: str) -> str:
    return text.replace(" ", "").replace("_", "").replace("-", "").lower()


def check_structure(tree: Mapping, kind: RuleKind, findings: Findings) -> None:
    """Record every departure from the schema, as a warning where the schema's `x-lenient` says so."""
    walker = _Walker(findings, load_schema()["$defs"])
    walker.check(tree, load_schema(), "")
    walker.check(tree, load_schema()["$defs"][kind.value], "")


_KINDS: Final = {"string": "text", "integer": "a whole number", "boolean": "true or false", "array": "a list", "object": "a mapping"}
_YAML_READS: Final = {bool: "a boolean", int: "a number", float: "a number"}


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _describe(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "empty"
        case Scalar(value=bool() | int() | float() as value):
            return f"{_YAML_READS[type(value)]}, `{node.text}`"
        case Scalar():
            return f"the text `{_short(node.text)}`"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


@record(frozen=True, slots=True)
class _Walker:
    findings: Findings
    definitions: AbcMapping[str, Schema]

    def check(self, node: Node, schema: Schema, label: str, lenient: bool = False) -> None:
        if "$ref" in schema:
            schema = self.definitions[schema["$ref"].removeprefix("#/$defs/")]
        if lenient:
            schema = {**schema, "x-lenient": (*schema.get("x-lenient", ()), "type")}
        if "type" in schema and not self.has_type(node, schema, label):
            return
        for keyword in schema:
            if (rule := _KEYWORDS.get(keyword)) is not None:
                rule(self, node, schema, label)

    def report(self, span: Span, schema: Schema, keyword: str, message: str, hint: str = "") -> None:
        record = self.findings.warn if keyword in schema.get("x-lenient", ()) else self.findings.error
        record(span, _CODES[keyword], message, hint)

    def has_type(self, node: Node, schema: Schema, label: str) -> bool:
        """Whether the node is of the schema's type, or a scalar that can be read as one."""
        expected = schema["type"]
        match expected, node:
            case ("array", Sequence()) | ("object", Mapping()) | ("string", Scalar(value=str())):
                return True
            case ("boolean", Scalar(value=bool())):
                return True
            case ("integer", Scalar(value=int() as value)) if not isinstance(value, bool):
                return True
            case ("string", Scalar(value=bool() | int() | float() as value)):
                message = f"YAML reads `{label}: {node.text}` as {_YAML_READS[type(value)]}, expected text"
                self.findings.warn(node.span, "RC114", message, f'quote it: "{node.text}"')
                return True
            case ("integer", Scalar(value=str() as text)) if re.fullmatch(r"[0-9]{1,9}", text):
                self.findings.warn(node.span, "RC114", f"`{label}` is quoted, expected a number", "remove the quotes")
                return True
            case ("boolean", Scalar(value=str() as text)) if text.lower() in ("true", "false"):
                self.findings.warn(node.span, "RC114", f"`{label}` is quoted, expected true or false", "remove the quotes")
                return True
        self.report(node.span, schema, "type", f"{_named(label)} is {_describe(node)}, expected {_KINDS[expected]}")
        return False

    # --- keywords --------------------------------------------------------------------------------------------------

    def properties(self, node: Node, schema: Schema, label: str) -> None:
        known: Schema = schema["properties"]
        for key, value in node.entries if isinstance(node, Mapping) else ():
            if key.text in known:
                # Nothing is written: for a property that may be missing, the same as its absence.
                lenient = _is_null(value) and bool(label) and key.text not in schema.get("required", ())
                self.check(value, known[key.text], f"{label}.{key.text}" if label else key.text, lenient)

    def additional(self, node: Node, schema: Schema, label: str) -> None:
        known: Schema = schema.get("properties", {})
        rest: Schema | bool = schema["additionalProperties"]
        for key, value in node.entries if isinstance(node, Mapping) else ():
            if key.text in known or self.findings.is_full:
                continue
            if not isinstance(rest, bool):
                self.check(value, rest, f"{label}.{key.text}")
            else:
                where = f" of `{label}`" if label else ""
                message = f"`{_short(key.text)}` is no property{where} that a rule file has"
                self.report(key.span, schema, "additionalProperties", message, nearest(key.text, known))

    def required(self, node: Node, schema: Schema, label: str) -> None:
        if isinstance(node, Mapping):
            for name in schema["required"]:
                if node.get(name) is None:
                    first = Span(node.span.start, node.span.start, node.span.source)
                    self.report(first, schema, "required", f"`{name}` is missing" + (f" in `{label}`" if label else ""))

    def all_of(self, node: Node, schema: Schema, label: str) -> None:
        for part in schema["allOf"]:
            self.check(node, part, label)

    def items(self, node: Node, schema: Schema, label: str) -> None:
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            self.check(item, schema["items"], f"{label}[{index}]")

    def names(self, node: Node, schema: Schema, label: str) -> None:
        for key, _ in node.entries if isinstance(node, Mapping) else ():
            # A key is text whatever YAML would read in its place.
            self.check(Scalar(key.text, key.text, key.style, key.span), schema["propertyNames"], label)

    def enum(self, node: Node, schema: Schema, label: str) -> None:
        allowed: list[str] = schema["enum"]
        if not isinstance(node, Scalar) or node.text in allowed:
            return
        if (name := spelled_as(node.text, allowed)) is not None:
            self.findings.warn(node.span, "RC123", f"`{label}` is `{node.text}`, Sentinel spells it `{name}`")
            return
        hint = nearest(node.text, allowed) or f"one of {', '.join(allowed)}"
        self.report(node.span, schema, "enum", f"`{label}` is `{_short(node.text)}`, which is none of its values", hint)

    def pattern(self, node: Node, schema: Schema, label: str) -> None:
        if isinstance(node, Scalar) and not re.search(schema["pattern"].replace("$", r"\Z"), node.text):
            found = f"`{_short(node.text)}`" if node.text.strip() else "empty"
            self.report(node.span, schema, "pattern", f"`{label}` is {found}, expected {schema['x-form']}")


def _named(label: str) -> str:
    return f"`{label}`" if label else "the file"


_Measure: TypeAlias = Callable[[Node], int | None]


def _length(node: Node) -> int | None:
    return len(node.text) if isinstance(node, Scalar) else None


def _count(node: Node) -> int | None:
    match node:
        case Sequence():
            return len(node.items)
        case Mapping():
            return len(node.entries)
        case Scalar():
            return None


def _number(node: Node) -> int | None:
    return int(node.text) if isinstance(node, Scalar) else None


def _limit(keyword: str, measure: _Measure, unit: str) -> Callable[[_Walker, Node, Schema, str], None]:
    """A check of a lower or upper limit."""
    lower = keyword.startswith("min")

    def check(walker: _Walker, node: Node, schema: Schema, label: str) -> None:
        found, limit = measure(node), schema[keyword]
        if found is not None and (found < limit if lower else found > limit):
            what = "is empty" if found == 0 and lower and unit else f"has {found} {unit}" if unit else f"is {found}"
            message = f"`{label}` {what}, expected at {'least' if lower else 'most'} {limit}{' ' + unit if unit else ''}"
            walker.report(node.span, schema, keyword, message)

    return check


_KEYWORDS: Final[AbcMapping[str, Callable[[_Walker, Node, Schema, str], None]]] = MappingProxyType(
    {
        "properties": _Walker.properties,
        "additionalProperties": _Walker.additional,
        "required": _Walker.required,
        "allOf": _Walker.all_of,
        "items": _Walker.items,
        "propertyNames": _Walker.names,
        "enum": _Walker.enum,
        "pattern": _Walker.pattern,
        "minLength": _limit("minLength", _length, "characters"),
        "maxLength": _limit("maxLength", _length, "characters"),
        "minItems": _limit("minItems", _count, "entries"),
        "maxItems": _limit("maxItems", _count, "entries"),
        "maxProperties": _limit("maxProperties", _count, "entries"),
        "minimum": _limit("minimum", _number, ""),
        "maximum": _limit("maximum", _number, ""),
    }
)
_CODES: Final = MappingProxyType(
    {
        "required": "RC120",
        "additionalProperties": "RC121",
        "type": "RC122",
        "enum": "RC123",
        "pattern": "RC125",
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "maxProperties", "minimum", "maximum"), "RC124"),
    }
)
