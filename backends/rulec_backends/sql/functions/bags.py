"""Property bags, and the JSON paths that name a part of one.

Source: Learn, "Dynamic functions"; recorded answers (kql.md section 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.functions.dynamic import items, json_value
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

_DYNAMIC: Final = ScalarType.DYNAMIC
_STEP: Final = re.compile(r"\.([A-Za-z_][\w-]*)|\.?\[(?:(\d+)|'([^']*)'|\"([^\"]*)\")\]")


def path_steps(path: str) -> list[str | int]:
    """The steps of a JSONPath without wildcards.

    Raises:
        Refusal: For other paths.
    """
    if not path.startswith("$"):
        raise Refusal(f"the JSON path `{path}` does not start with `$`")
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            if at == 1:
                raise Refusal(f"what Kusto reads for the JSON path `{path}` is not documented", f"write it as $.{path[1:]}")
            raise Refusal(f"the JSON path `{path}` is not supported", "write it as $.name or $[0]")
        name, index, single, double = found.groups()
        steps.append(int(index) if index is not None else next(g for g in (name, single, double) if g is not None))
        at = found.end()
    return steps


def _bag_pack(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    if len(trees) % 2:
        raise Refusal("`bag_pack` needs pairs of a key and a value")
    pairs: list[tuple[Tree, Tree]] = []
    seen: set[str] = set()
    for index in range(0, len(trees), 2):
        key, value = call.arguments[index], json_value(row, call.arguments[index + 1], trees[index + 1])
        if not (isinstance(key, Literal) and isinstance(key.value, str)):
            from rulec_backends.sql.functions.conversions import to_string

            pairs.append((to_string(row, key, trees[index]), value))
            continue
        if key.value in seen:
            # a repeated key: the first value stays
            continue
        seen.add(key.value)
        pairs.append((trees[index], value))
    if len(pairs) > 1 and not all(t.is_text(key) for key, _ in pairs):
        # two keys may be one: the first value stays
        singles = row.d.array([row.d.json_object([pair]) for pair in pairs], row.d.sql_type(_DYNAMIC))
        return row.d.bag_merge(row, singles if row.inline else row.once(singles))
    return row.d.json_object(pairs)


def _bag_pack_columns(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    pairs = []
    for expr, tree in zip(call.arguments, trees, strict=True):
        if not isinstance(expr, Column):
            raise Refusal("`bag_pack_columns` takes columns")
        pairs.append((t.text(expr.name), json_value(row, expr, tree)))
    return row.d.json_object(pairs)


def _pack_filled(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """`pack_all(true)`: pairs of a name and a column; null and '' values are left out."""
    singles: list[Tree] = []
    for at in range(1, len(trees), 2):
        expr, tree = call.arguments[at + 1], trees[at + 1]
        single = row.d.json_object([(trees[at], json_value(row, expr, tree))])
        match expr.type:
            case ScalarType.STRING:
                single = t.when(t.ne(tree, t.text("")), single)
            case ScalarType.DYNAMIC:
                single = t.when(row.d.json_is_empty(tree, negated=True), single)
            case _:
                single = t.when(t.is_not_null(tree), single)
        singles.append(single)
    return row.d.bag_merge(row, row.once(row.d.array(singles, row.d.sql_type(_DYNAMIC))))


def _bag_keys(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    return row.d.json_strings(row, row.d.json_keys(row.once(trees[0])))


def _path(expr: Expr) -> list[str | int] | None:
    """The steps of a constant key that is a JSON path; None of another key."""
    is_path = isinstance(expr, Literal) and isinstance(expr.value, str) and expr.value.startswith("$.")
    return path_steps(str(expr.value)) if is_path and isinstance(expr, Literal) else None


def _inner(row: Row, bag: Tree, steps: Sequence[str | int]) -> Tree:
    return row.once(row.d.json_path(row, bag, steps)) if steps else bag


def _is_bag(row: Row, tree: Tree) -> Tree:
    return t.eq(row.d.json_kind(tree), t.text("object"))


def _bag_has_key(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Whether a bag has a key, or a path of keys; null of what is no bag."""
    bag, steps = row.once(trees[0]), _path(call.arguments[1])
    if steps is None:
        return row.d.list_contains(row.d.json_keys(bag), trees[1])
    holder, last = _inner(row, bag, steps[:-1]), steps[-1]
    if isinstance(last, str):
        found = row.d.list_contains(row.d.json_keys(holder), t.text(last))
    else:
        found = t.gt(row.d.list_length(items(row, holder)), t.num(last))
    return t.when(_is_bag(row, bag), t.coalesce(found, t.false()))


def _bag_merge(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Null when no argument is a bag."""
    merged = row.d.bag_merge(row, row.once(row.d.array(list(trees), row.d.sql_type(_DYNAMIC))))
    if any(
        (isinstance(a, Literal) and isinstance(a.value, dict)) or (isinstance(a, Call) and a.function == "bag_pack") for a in call.arguments
    ):
        return merged
    return t.when(t.or_(*(t.eq(row.d.json_kind(row.once(x)), t.text("object")) for x in trees)), merged)


def _bag_without(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """A bag without some keys; a key may be a path."""
    listed, bag = call.arguments[1], trees[0]
    known = listed.value if isinstance(listed, Literal) and isinstance(listed.value, list) else None
    paths = [str(v) for v in known or () if isinstance(v, str) and v.startswith("$")]
    if paths and known is not None:
        names = [v for v in known if not (isinstance(v, str) and v.startswith("$"))]
        keys = row.d.array([t.text(v if isinstance(v, str) else row.d.constant_text(v)) for v in names], "VARCHAR")
    else:
        names, keys = [""], row.once(row.d.list_map(row, items(row, trees[1]), row.d.json_string))
    if names:
        bag = row.d.bag_select(row, bag, lambda k: t.not_(t.coalesce(row.d.list_contains(keys, k), t.false())))
    for path in paths:
        bag = _without_path(row, row.once(bag), path_steps(path))
    return t.when(_is_bag(row, row.once(bag)), bag) if paths and not names else bag


def _without_path(row: Row, bag: Tree, steps: Sequence[str | int]) -> Tree:
    name = steps[0]
    if not isinstance(name, str):
        raise Refusal("`bag_remove_keys` with an index in a path is not supported")
    if len(steps) == 1:
        return row.d.bag_select(row, bag, lambda k: t.ne(k, t.text(name)))
    inner = _inner(row, bag, [name])
    return t.when(_is_bag(row, inner), _replaced(row, bag, name, row.once(_without_path(row, inner, steps[1:]))), bag)


def _replaced(row: Row, bag: Tree, name: str, value: Tree) -> Tree:
    return row.d.bag_replace(row, bag, t.text(name), row.d.json_object([(t.text(name), value)]))


def _bag_set_key(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """A bag with a key set; the key may be a path, whose missing bags are made."""
    value = json_value(row, call.arguments[2], trees[2])
    bag, steps = row.once(trees[0]), _path(call.arguments[1])
    if steps is not None:
        return t.when(_is_bag(row, bag), _with_path(row, bag, steps, row.once(value)))
    single = row.d.json_object([(trees[1], value)])
    return t.when(_is_bag(row, bag), row.d.bag_replace(row, bag, trees[1], single))


def _with_path(row: Row, bag: Tree, steps: Sequence[str | int], value: Tree) -> Tree:
    name = steps[0]
    if not isinstance(name, str):
        raise Refusal("`bag_set_key` with an index in a path is not supported")
    if len(steps) == 1:
        return _replaced(row, bag, name, value)
    inner = _inner(row, bag, [name])
    holder = row.once(t.when(_is_bag(row, inner), inner, row.d.literal({}, _DYNAMIC)))
    return _replaced(row, bag, name, row.once(_with_path(row, holder, steps[1:], value)))


def _bag_zip(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    """Keys that are no strings are passed over; missing values are null."""
    keys, values = row.once(items(row, trees[0])), row.once(items(row, trees[1]))
    return row.d.bag_zipped(row, keys, values)


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType(
    {
        "bag_pack": _bag_pack,
        "bag_pack_columns": _bag_pack_columns,
        "pack_all": _pack_filled,
        "bag_keys": _bag_keys,
        "bag_has_key": _bag_has_key,
        "bag_merge": _bag_merge,
        "bag_remove_keys": _bag_without,
        "bag_set_key": _bag_set_key,
        "bag_zip": _bag_zip,
    }
)
