"""Dynamic values: JSON text in, JSON text out.

`json_extract` with one path gives a string without its quotes, so the JSON form of a part is read as the only distinct element of the
array that
two equal paths give, with its quotes kept.
Source: Search Reference, json_extract, json_extract_exact, json_array_to_mv, mv_to_json_array.
"""

from __future__ import annotations

import json
import re

from rulec.ir.exprs import Call, Column, Expr, Literal, Path
from rulec.scalars import ScalarType
from rulec_backends.splunk.literals import json_text, stored_text
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Fn, Node, Text, fn, joined, number, op

_SAFE_KEY = re.compile(r"[A-Za-z0-9_ @#$%/-]+\Z")


def elements(b: Builder, array: Node) -> Node:
    """The elements of an array as a multivalue of JSON texts."""
    return fn("json_array_to_mv", array, TRUE)


def present(node: Node) -> Node:
    """A JSON text, null where it is JSON's null."""
    return fn("nullif", node, Text("null"))


def constant_path(steps: tuple[str | int | Expr, ...]) -> str | None:
    """The steps as a path of json_extract; None when it cannot say them."""
    out = ""
    for step in steps:
        if isinstance(step, bool) or not isinstance(step, str | int):
            return None
        if isinstance(step, str):
            if not _SAFE_KEY.match(step):
                return None
            out += ("." if out else "") + step
        elif step < 0:
            return None
        else:
            out += f"{{{step}}}"
    return out


def path(b: Builder, e: Path) -> Node:
    """A part of a dynamic value as JSON text."""
    base, steps = _flat(e)
    current = document(b, base)
    while steps:
        size = _constant_run(steps)
        where = constant_path(steps[:size])
        if size and where:
            current = _extracted(fn("json_extract", b.atom(current), Text(where), Text(where)))
            steps = steps[size:]
        else:
            current = _step(b, current, steps[0])
            steps = steps[1:]
    return current


def document(b: Builder, base: Expr) -> Node:
    """What a path is read from. `parse_json` of a text is the text: a text that is no JSON has no parts either way."""
    if isinstance(base, Call) and base.function == "parse_json" and base.arguments[0].type is ScalarType.STRING:
        return _without_default(b.value(base.arguments[0]))
    return b.value(base)


def _without_default(text: Node) -> Node:
    """A text whose null need not be the empty text: neither has parts."""
    match text:
        case Fn("coalesce", (inner, Text(""))):
            return inner
        case _:
            return text


def split_part(b: Builder, e: Path) -> Node | None:
    """`tostring(split(s, d)[i])`: the part itself."""
    base, steps = _flat(e)
    match base, steps:
        case Call(function="split", arguments=(s, mark)), (int() as place,):
            return fn("coalesce", fn("mvindex", fn("split", b.value(s), b.value(mark)), number(place)), Text(""))
        case Call(function="split", arguments=(s, mark, Literal(value=int() as place))), (0,):
            return fn("coalesce", fn("mvindex", fn("split", b.value(s), b.value(mark)), number(place)), Text(""))
        case _:
            return None


def _flat(e: Path) -> tuple[Expr, tuple[str | int | Expr, ...]]:
    base: Expr = e.base
    steps = e.steps
    while isinstance(base, Path):
        steps = (*base.steps, *steps)
        base = base.base
    return base, steps


def _constant_run(steps: tuple[str | int | Expr, ...]) -> int:
    size = 0
    while size < len(steps) and constant_path(steps[: size + 1]) is not None:
        size += 1
    return size


def _extracted(call: Node) -> Node:
    return present(fn("mvindex", fn("json_array_to_mv", call, TRUE), number(0)))


def _step(b: Builder, current: Node, step: str | int | Expr) -> Node:
    if isinstance(step, str):
        return _by_key(b, current, Text(step))
    if isinstance(step, int):
        return present(fn("mvindex", elements(b, current), number(step)))
    if isinstance(step, Literal) and isinstance(step.value, str | int):
        return _step(b, current, step.value)
    if step.type is ScalarType.STRING:
        return _by_key(b, current, b.value(step))
    if step.type.is_integer:
        return present(fn("mvindex", elements(b, current), b.value(step)))
    return b.ctx.refuse(step.span, "an index that is neither a string nor an integer")


def _by_key(b: Builder, current: Node, key: Node) -> Node:
    key = b.atom(key)
    return _extracted(fn("json_extract_exact", b.atom(current), key, key))


def text_of_path(b: Builder, e: Path) -> Node | None:
    """`tostring(d.a.b)`: the part without quotes, '' where it is missing. None when the path is not constant."""
    from rulec_backends.splunk.functions.places import part

    base, steps = _flat(e)
    found = part(b, base, steps[0]) if len(steps) == 1 and isinstance(steps[0], str) else None
    if found is not None:
        return found
    where = constant_path(steps)
    if not where:
        return None
    return fn("coalesce", fn("json_extract", document(b, base), Text(where)), Text(""))


def text_of(b: Builder, value: Node) -> Node:
    """`tostring` of a dynamic value: a string without quotes, anything else its JSON, '' for null."""
    bare = fn("mvindex", fn("json_array_to_mv", joined(Text("["), value, Text("]"))), number(0))
    return fn("coalesce", bare, Text(""))


def quoted(value: Node) -> Node:
    """The JSON text of a string."""
    if isinstance(value, Text):
        return Text(json.dumps(value.value, ensure_ascii=False))
    return fn("replace", fn("mv_to_json_array", value, fn("false")), Text(r"^\[|\]\z"), Text(""))


def json_of(b: Builder, e: Expr) -> Node:
    """The JSON text of a value; null stays null."""
    if isinstance(e, Literal):
        return constant(e)
    return json_of_node(b, b.value(e), e.type, e.nullable)


def json_of_node(b: Builder, value: Node, type_: ScalarType, nullable: bool) -> Node:
    from rulec_backends.splunk.functions.texts import datetime_text, timespan_text

    match type_:
        case ScalarType.STRING | ScalarType.GUID:
            if nullable:
                atom = b.atom(value)
                return fn("if", fn("isnull", atom), NULL, quoted(atom))
            return quoted(value)
        case ScalarType.DATETIME | ScalarType.TIMESPAN:
            atom = b.atom(value)
            text = datetime_text(b, atom) if type_ is ScalarType.DATETIME else timespan_text(b, atom)
            return joined(Text('"'), text, Text('"'))
        case ScalarType.REAL:
            atom = b.atom(value)
            whole, pointed = fn("match", atom, Text(r"^-?\d+\z")), joined(atom, Text(".0"))
            if not (b.ctx.nan or b.ctx.odd_reals):
                return fn("if", whole, pointed, atom)
            odd = (("NaN", '"NaN"'), ("inf", '"Infinity"'), ("-inf", '"-Infinity"'))
            return Fn("case", (*(part for x, name in odd for part in (op(atom, "=", Text(x)), Text(name))), whole, pointed, TRUE, atom))
        case ScalarType.DECIMAL:  # JSON has no decimals: a text, null for null
            return joined(Text('"'), value, Text('"'))
        case _:
            return value


def constant(e: Literal) -> Node:
    """The JSON text of a constant."""
    if e.value is None:
        return NULL
    if e.type in (ScalarType.DATETIME, ScalarType.TIMESPAN):
        from rulec_backends.splunk.functions.texts import constant_text

        return Text(json.dumps(constant_text(e)))
    if e.type in (ScalarType.DYNAMIC, ScalarType.BOOL, ScalarType.STRING, ScalarType.GUID, ScalarType.REAL):
        assert isinstance(e.value, bool | int | float | str | list | dict)
        return Text(json_text(e.value))
    text = stored_text(e.value, e.type) or ""
    return Text(json.dumps(text) if e.type is ScalarType.DECIMAL else text)


def or_null(node: Node) -> Node:
    """A JSON text for use inside another: the word null for null."""
    return node if isinstance(node, Text) else fn("coalesce", node, Text("null"))


def member(b: Builder, e: Expr) -> Node:
    """The JSON text of a value for use inside another."""
    found = json_of(b, e)
    return or_null(found) if e.nullable or e.type is ScalarType.DYNAMIC or found == NULL else found


def array_of(parts: list[Node]) -> Node:
    """The JSON text of an array of JSON texts."""
    out: list[Node] = []
    for i, part in enumerate(parts):
        out += [Text("[" if i == 0 else ","), part]
    return merged([*out, Text("]")]) if parts else Text("[]")


def object_of(members: list[tuple[Node, Node]]) -> Node:
    """The JSON text of an object of quoted keys and JSON texts."""
    out: list[Node] = []
    for i, (key, value) in enumerate(members):
        out += [Text("{" if i == 0 else ","), key, Text(":"), value]
    return merged([*out, Text("}")]) if members else Text("{}")


def merged(parts: list[Node]) -> Node:
    """A concatenation with neighbouring constants joined."""
    out: list[Node] = []
    for part in parts:
        if out and isinstance(part, Text) and isinstance(out[-1], Text):
            out[-1] = Text(out[-1].value + part.value)
        else:
            out.append(part)
    return joined(*out)


def surely_array(b: Builder, e: Expr) -> bool:
    """Whether an expression is an array in every row."""
    match e:
        case Column(name=name):
            return name in b.arrays
        case Call(function="pack_array") | Call(function="split", arguments=(_, _)):
            return True
        case _:
            return isinstance(e, Literal) and isinstance(e.value, list)


def surely_bag(e: Expr) -> bool:
    """Whether an expression is a bag in every row."""
    return isinstance(e, Call) and e.function in ("bag_pack", "bag_pack_columns", "pack_all")


def is_array(value: Node) -> Node:
    return fn("match", value, Text(r"^\["))


def is_object(value: Node) -> Node:
    return fn("match", value, Text(r"^\{"))


def is_string(value: Node) -> Node:
    return fn("match", value, Text('^"'))


def array_text(texts: Node, some: bool = False) -> Node:
    """The array of a multivalue of JSON texts; of nothing, the empty array. With `some` there is always a text."""
    inner = fn("mvjoin", texts, Text(","))
    return joined(Text("["), inner if some else fn("coalesce", inner, Text("")), Text("]"))
