"""JSON functions and the JSON conversions of 9.4.

Source: Search Reference, "JSON functions", "Conversion functions" (toarray, tomv, toobject), spath.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.spl import jsonio, xml
from tests.spl.errors import Refused, SplError
from tests.spl.evalexpr import LAZY, PLAIN, Scope, evaluate, single
from tests.spl.evalparse import Expr
from tests.spl.functions_mv import texts
from tests.spl.functions_text import text
from tests.spl.jsonio import Json, JsonNumber
from tests.spl.values import Field, FieldText, Js, Num, Single, Value, from_list, number_text, parse_number, read, read_text, text_of


def to_json(value: Value) -> Json:
    """The JSON of an eval value: a number, Boolean, null, text; JSON objects and arrays are nested, a multivalue is an array."""
    match value:
        case None | bool():
            return value
        case Num():
            body = number_text(value)
            valid, parsed = jsonio.parse(body)
            return parsed if valid else JsonNumber(number_text(Num(value.value)))
        case list():
            return [to_json(v) for v in value]
        case Js() | FieldText():
            valid, parsed = jsonio.parse(str(value))
            return parsed if valid and (isinstance(value, Js) or isinstance(parsed, dict | list)) else str(value)
        case _:
            return str(value)


def from_json(value: Json) -> Single:
    """An eval value of a JSON value: strings without quotes, objects and arrays as JSON text, null as null."""
    match value:
        case None:
            return None
        case bool():
            return FieldText("true" if value else "false")
        case JsonNumber():
            return parse_number(str(value))
        case str():
            return FieldText(value)
        case _:
            return Js(jsonio.dump(value))


def js(value: Json) -> Value:
    return Js(jsonio.dump(value))


def document(value: Value) -> tuple[bool, Json]:
    one = single(value)
    if one is None or isinstance(one, bool):
        return False, None
    return jsonio.parse(text_of(one))


def _json(value: Value) -> Value:
    """json: the JSON value, null if it is not valid."""
    valid, parsed = document(value)
    return js(parsed) if valid else None


def _json_valid(value: Value) -> Value:
    if value is None:
        return None
    return document(value)[0]


def _json_object(*members: Value) -> Value:
    if len(members) % 2:
        raise SplError("json_object needs pairs")
    built: dict[str, Json] = {}
    for key, value in zip(members[::2], members[1::2], strict=True):
        name = text(key)
        if name is None:
            raise Refused("json_object with a null key")
        built[name] = to_json(value)
    return js(built)


def _json_array(*values: Value) -> Value:
    return js([to_json(v) for v in values])


def _json_array_to_mv(value: Value, quotes: Value = False) -> Value:
    """json_array_to_mv: the elements; strings without quotes unless the second argument is true."""
    valid, parsed = document(value)
    if not valid or not isinstance(parsed, list):
        return None
    if quotes is True:
        return from_list(FieldText(jsonio.dump(v)) for v in parsed)
    return from_list(read_text(v if isinstance(v, str) else jsonio.dump(v)) for v in parsed)


def _tomv(value: Value) -> Value:
    """tomv (9.4): the elements of an array, strings keep their quotes; a multivalue as it is."""
    return value if isinstance(value, list) else _json_array_to_mv(value, True)


def _mv_to_json_array(value: Value, infer: Value = False) -> Value:
    """mv_to_json_array: strings, or with `true` the JSON values that the texts spell, null for other texts."""
    if value is None:
        return None
    found: list[Json] = []
    for item in texts(value):
        found.append(jsonio.parse(item.strip())[1] if infer is True else str(item))
    return js(found)


def _toarray(value: Value) -> Value:
    """toarray (9.4): a multivalue as an array of inferred values, the text of an array as that, null of other values."""
    if isinstance(value, list):
        return _mv_to_json_array(value, True)
    valid, parsed = document(value)
    return js(parsed) if valid and isinstance(parsed, list) else None


def _toobject(value: Value) -> Value:
    valid, parsed = document(value)
    return js(parsed) if valid and isinstance(parsed, dict) else None


def _json_extract(value: Value, *paths: Value) -> Value:
    """json_extract: one path gives its value, several give an array."""
    valid, parsed = document(value)
    if not valid:
        return None
    if not paths:
        return js(parsed)
    if isinstance(parsed, dict) and len(paths) == 1 and text(paths[0]) == "{}":
        return js(parsed)
    found = [_at(parsed, text(p)) for p in paths]
    if len(found) == 1:
        return found[0] if found[0] is None else from_json(found[0][0])
    return js([None if f is None else f[0] for f in found])


def _at(document: Json, path: str | None) -> list[Json] | None:
    if path is None:
        return None
    steps = jsonio.steps(path)
    values = list(jsonio.find(document, steps))
    if None in steps:
        return [values]
    return values or None


def _json_extract_exact(value: Value, *keys: Value) -> Value:
    """json_extract_exact: keys of the outermost object, dots and braces are part of the key."""
    valid, parsed = document(value)
    if not valid or not isinstance(parsed, dict):
        return None
    found = [parsed.get(text(k) or "") for k in keys]
    return from_json(found[0]) if len(found) == 1 else js(found)


def _json_keys(value: Value) -> Value:
    """json_keys: the keys of the outermost object, null for an array."""
    valid, parsed = document(value)
    return js(list(parsed)) if valid and isinstance(parsed, dict) else None


def _json_has_key_exact(value: Value, key: Value) -> Value:
    valid, parsed = document(value)
    if not valid or not isinstance(parsed, dict):
        return None if value is None else False
    return text(key) in parsed


def _json_entries(value: Value) -> Value:
    """json_entries (9.4): the key and value of each member."""
    valid, parsed = document(value)
    if not valid or not isinstance(parsed, dict):
        return None
    return js([{"key": k, "value": v} for k, v in parsed.items()])


def _json_delete(value: Value, *keys: Value) -> Value:
    valid, parsed = document(value)
    if not valid:
        return None
    for key in keys:
        parsed = jsonio.remove(parsed, jsonio.steps(text(key) or ""))
    return js(parsed)


def _pairs(action: Callable[[Json, str, Value], Json]) -> Callable[..., Value]:
    """A function of a document and pairs of a path and a value."""

    def call(value: Value, *pairs: Value) -> Value:
        valid, parsed = document(value)
        if not valid:
            return None
        if len(pairs) % 2 or not pairs:
            raise SplError("pairs of a path and a value are needed")
        for path, new in zip(pairs[::2], pairs[1::2], strict=True):
            parsed = action(parsed, text(path) or "", new)
        return js(parsed)

    return call


def _set_exact(document: Json, key: str, new: Value) -> Json:
    return {**document, key: to_json(new)} if isinstance(document, dict) else document


def _extend(document: Json, path: str, new: Value) -> Json:
    """json_extend flattens arrays into their elements."""
    made = to_json(new)
    if not isinstance(made, list):
        raise Refused("json_extend with another value than an array")
    return jsonio.change(document, jsonio.steps(path), made)


def _spath(value: Value, path: Value) -> Value:
    """spath: the values at a path of a JSON or XML text."""
    valid, parsed = document(value)
    where = text(path)
    if where is None:
        return None
    if not valid:
        root = xml.parsed(text(value) or "")
        return None if root is None else from_list(FieldText(v) for v in xml.at_path(root, where))
    return from_list(from_json(v) if v is not None else FieldText("null") for v in jsonio.find(parsed, jsonio.steps(where)))


def _lookup(arguments: tuple[Expr, ...], row: Mapping[str, Field], scope: Scope) -> Value:
    """lookup: the output fields of the table rows that have the object's values, as an object; several rows give arrays."""
    name = text(evaluate(arguments[0], row, scope))
    (_, wanted), (_, outputs) = (document(evaluate(a, row, scope)) for a in arguments[1:3])
    if name not in scope.lookups:
        raise SplError(f"no lookup table {name}")
    if not isinstance(wanted, dict) or not isinstance(outputs, list):
        raise SplError("lookup needs an object and an array")
    hits = [e for e in scope.lookups[name] if all(e.get(k) == str(v) for k, v in wanted.items())]
    if not hits:
        raise Refused("lookup() of no row")
    found = {str(k): [to_json(read(e[str(k)])) for e in hits if str(k) in e] for k in outputs}
    return js({k: v if len(v) > 1 else v[0] for k, v in found.items() if v})


LAZY["lookup"] = _lookup
PLAIN.update(
    {
        "json": _json,
        "json_valid": _json_valid,
        "json_object": _json_object,
        "json_array": _json_array,
        "json_array_to_mv": _json_array_to_mv,
        "tomv": _tomv,
        "mv_to_json_array": _mv_to_json_array,
        "toarray": _toarray,
        "toobject": _toobject,
        "json_extract": _json_extract,
        "json_extract_exact": _json_extract_exact,
        "json_keys": _json_keys,
        "json_has_key_exact": _json_has_key_exact,
        "json_entries": _json_entries,
        "json_delete": _json_delete,
        "json_set": _pairs(lambda d, p, v: jsonio.put(d, jsonio.steps(p), to_json(v))),
        "json_set_exact": _pairs(_set_exact),
        "json_append": _pairs(lambda d, p, v: jsonio.change(d, jsonio.steps(p), [to_json(v)])),
        "json_extend": _pairs(_extend),
        "isarray": lambda v: document(v)[0] and isinstance(document(v)[1], list),
        "isobject": lambda v: document(v)[0] and isinstance(document(v)[1], dict),
        "spath": _spath,
    }
)
