"""JSON and lists on Trino. A dynamic value is of the type JSON, SQL NULL for null; a list of them is ARRAY(JSON)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from rulec.scalars import ScalarType
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect, Steps
from rulec_backends.sql.pipeline import Refusal
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row


def json_null() -> Tree:
    return t.call("json_parse", t.text("null"))


def step_text(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


class TrinoJson(Dialect):
    """The JSON and list half of the Trino dialect."""

    # --- lists ----------------------------------------------------------------------------------------------------

    def array(self, items: Sequence[Tree], kind: str) -> Tree:
        made = exp.Array(expressions=list(items))
        return made if items else t.cast(made, f"{kind}[]")

    def list_map(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("transform", items, row.function(1, body))

    def list_filter(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("filter", items, row.function(1, body))

    def list_fold(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        return t.call("reduce", items, start, row.function(2, body), row.function(1, lambda x: x))

    def list_contains(self, items: Tree, item: Tree) -> Tree:
        return t.call("contains", items, item)

    def list_item(self, items: Tree, index: Tree) -> Tree:
        if t.integer(index) is not None:
            return t.call("element_at", items, index)
        # element_at() fails at 0
        return t.call("element_at", items, t.nullif(index, t.num(0)))

    def list_length(self, items: Tree) -> Tree:
        return t.call("cardinality", items)

    def list_join(self, items: Tree, separator: Tree) -> Tree:
        return t.call("array_join", items, separator, t.text(""))

    def list_concat(self, lists: Sequence[Tree]) -> Tree:
        return t.call("concat", *lists) if len(lists) > 1 else lists[0]

    def list_slice(self, items: Tree, start: Tree, stop: Tree) -> Tree:
        length = t.call("greatest", t.add(t.sub(stop, t.again(start)), t.num(1)), t.num(0))
        return t.call("slice", items, start, length)

    def list_head(self, items: Tree, count: Tree) -> Tree:
        return t.call("slice", items, t.num(1), count)

    def list_flatten(self, lists: Tree) -> Tree:
        return t.call("flatten", lists)

    def list_aggregate(self, tree: Tree) -> Tree:
        return t.call("array_agg", tree)

    def list_distinct(self, row: Row, items: Tree) -> Tree:
        return t.call("array_distinct", items)

    def list_position(self, items: Tree, item: Tree) -> Tree:
        return t.sub(t.call("array_position", items, item), t.num(1))

    def list_spread(self, row: Row, tree: Tree) -> Tree:
        return row.bind(tree, lambda x: t.coalesce(self.json_items(row, x), exp.Array(expressions=[t.again(x)])))

    def list_sort(self, row: Row, items: Tree, descending: bool, nulls_last: bool) -> Tree:
        raise Refusal("sorting a dynamic array is not supported on Athena")

    word_list_reverse = "reverse"

    def sequence(self, start: Tree, stop: Tree, step: Tree) -> Tree:
        if t.integer(step) is not None:
            made = t.call("sequence", start, stop, step)
            low, high = t.integer(start), t.integer(stop)
            if low is not None and high is not None:
                return made if low <= high else t.cast(exp.Array(expressions=[]), "BIGINT[]")
            # sequence() fails when stop lies before start
            return t.when(t.le(t.again(start), t.again(stop)), made, t.cast(exp.Array(expressions=[]), "BIGINT[]"))
        return exp.Try(this=t.call("sequence", start, stop, step))

    # --- JSON -----------------------------------------------------------------------------------------------------

    def json_parse(self, row: Row, tree: Tree) -> Tree:
        def parsed(x: Tree) -> Tree:
            valid = t.is_not_null(exp.Try(this=t.call("is_json_scalar", t.again(x))))
            value = t.nullif(t.call("json_extract", x, t.text("$")), json_null())
            return t.case([(valid, value), (t.ne(t.again(x), t.text("")), t.cast(t.again(x), "JSON"))])

        result = row.bind(tree, parsed)
        result.meta["text"] = tree
        return result

    def json_path(self, row: Row, base: Tree, steps: Steps) -> Tree:
        if not all(isinstance(s, str) or (isinstance(s, int) and s >= 0) for s in steps):
            return self._stepwise(row, base, steps)
        path = "".join(step_text(s) if isinstance(s, str) else f"[{s}]" for s in steps)
        parsed = base.meta.get("text") if base.meta else None
        known = base.meta.get("path") if base.meta else None
        if parsed is not None:
            source, guard = parsed, t.is_not_null(exp.Try(this=t.call("is_json_scalar", t.again(parsed))))
            result = t.when(guard, self._extract(t.again(source), f"${path}"))
            result.meta["scalar"] = (source, f"${path}", True)
        elif known is not None:
            source, head = known
            result = self._extract(t.again(source), head + path)
            result.meta["path"] = (source, head + path)
        else:
            result = self._extract(base, f"${path}")
            result.meta["path"] = (base, f"${path}")
        return result

    @staticmethod
    def _extract(source: Tree, path: str) -> Tree:
        return t.nullif(t.call("json_extract", source, t.text(path)), json_null())

    def _stepwise(self, row: Row, base: Tree, steps: Steps) -> Tree:
        value = base
        for step in steps:
            if isinstance(step, str):
                value = self._extract(value, f"${step_text(step)}")
            elif isinstance(step, int):
                value = t.call("element_at", self.json_items(row, value), t.num(step + 1 if step >= 0 else step))
            elif step[1] is ScalarType.STRING:
                value = self.json_get(value, step[0])
            else:
                value = self.list_item(self.json_items(row, value), t.add(step[0], t.num(1)))
        return value

    def json_text(self, tree: Tree) -> Tree:
        """A string unquoted, others as JSON text; null of null."""
        scalar = t.call("json_extract_scalar", tree, t.text("$"))
        return t.coalesce(scalar, t.nullif(t.call("json_format", t.again(tree)), t.text("null")))

    def json_string(self, tree: Tree) -> Tree:
        known = tree.meta.get("scalar") if tree.meta else None
        if known is not None:
            source, path, _ = known
            scalar = t.call("json_extract_scalar", t.again(source), t.text(path))
            guard = t.is_not_null(exp.Try(this=t.call("is_json_scalar", t.again(source))))
            whole = t.call("json_format", t.call("json_extract", t.again(source), t.text(path)))
            return t.coalesce(t.when(guard, t.coalesce(scalar, t.nullif(whole, t.text("null")))), t.text(""))
        return t.coalesce(*self.json_text(tree).expressions, t.text(""))

    def json_as(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        if kind is ScalarType.DYNAMIC:
            return tree
        if kind is ScalarType.STRING:
            return row.bind(tree, lambda x: t.when(t.call("starts_with", t.call("json_format", x), t.text('"')), self.json_text(t.again(x))))
        return self.json_to(row, tree, kind)

    def json_to(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        from rulec_backends.sql.functions import conversions

        return conversions.from_json(row, tree, kind)

    def json_of(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.DYNAMIC:
                return tree
            case ScalarType.DATETIME:
                return t.cast(self.dates.to_text(row, tree), "JSON")
            case ScalarType.TIMESPAN:
                from rulec_backends.sql.functions.timespans import span_text

                return t.cast(span_text(row, tree), "JSON")
            case _:
                return t.cast(tree, "JSON")

    def json_kind(self, tree: Tree) -> Tree:
        """By the first character of the JSON text."""
        text = t.call("json_format", tree)
        first = t.call("substr", text, t.num(1), t.num(1))
        words = {"[": "array", "{": "object", '"': "string", "t": "bool", "f": "bool"}
        whole = t.call("regexp_like", t.again(text), t.text(r"^-?[0-9]+\z"))
        number = t.case([(whole, t.text("long")), (t.ne(t.again(text), t.text("null")), t.text("double"))])
        return exp.Case(this=first, ifs=[exp.If(this=t.text(k), true=t.text(v)) for k, v in words.items()], default=number)

    def json_real(self, tree: Tree) -> Tree:
        number = t.call("regexp_like", t.call("json_format", tree), t.text("^[-0-9]"))
        return t.when(number, t.try_cast(t.call("json_format", t.again(tree)), "DOUBLE"))

    def json_items(self, row: Row, tree: Tree) -> Tree:
        made = tree.meta.get("items") if tree.meta else None
        if made is not None:
            return t.again(made)
        strings = tree.meta.get("strings") if tree.meta else None
        if strings is not None:
            return t.call("transform", t.again(strings), row.function(1, lambda e: t.cast(e, "JSON")))

        def read(x: Tree) -> Tree:
            items = t.call("transform", t.cast(x, "JSON[]"), row.function(1, lambda e: t.nullif(e, json_null())))
            return t.when(t.is_not_null(t.call("json_array_length", t.again(x))), items)

        return row.bind(tree, read)

    def json_length(self, row: Row, tree: Tree) -> Tree:
        strings = tree.meta.get("strings") if tree.meta else None
        return t.call("cardinality", strings) if strings is not None else t.call("json_array_length", tree)

    def json_array(self, items: Tree) -> Tree:
        made = t.cast(items, "JSON")
        made.meta["items"] = items
        return made

    def json_strings(self, row: Row, items: Tree) -> Tree:
        made = t.cast(items, "JSON")
        made.meta["strings"] = items
        return made

    def json_object(self, pairs: Sequence[tuple[Tree, Tree]]) -> Tree:
        """A record cast to JSON keeps the keys' order and case; a map would sort them."""
        if not all(t.is_text(key) for key, _ in pairs):
            raise Refusal("a bag whose keys are no constants is not supported on Athena")
        record = t.call("row", *(value for _, value in pairs))
        kind = t.row_type([(t.name(str(key.this), quoted=True), "JSON") for key, _ in pairs])
        return t.cast(exp.Cast(this=record, to=kind), "JSON")

    def json_keys(self, tree: Tree) -> Tree:
        raise Refusal("a bag's keys have no order on Athena")

    def json_get(self, tree: Tree, key: Tree) -> Tree:
        found = t.call("element_at", t.try_cast(tree, "MAP(VARCHAR,JSON)"), key)
        return t.nullif(found, json_null())

    def expandable(self, row: Row, tree: Tree, bag_kind: str) -> Tree:
        if tree.meta and ("items" in tree.meta or "strings" in tree.meta):
            return t.coalesce(self.json_items(row, tree), exp.Array(expressions=[t.cast(t.null(), "JSON")]))

        def entry(e: Tree) -> Tree:
            key, value = self.unpack(t.again(e), 0, ScalarType.STRING), self.unpack(e, 1, ScalarType.DYNAMIC)
            if bag_kind == "array":
                return t.cast(exp.Array(expressions=[t.cast(key, "JSON"), value]), "JSON")
            return t.cast(t.call("map", exp.Array(expressions=[key]), exp.Array(expressions=[value])), "JSON")

        def cases(x: Tree) -> Tree:
            bag = t.call("transform", t.call("map_entries", t.cast(t.again(x), "MAP(VARCHAR,JSON)")), row.function(1, entry))
            is_bag = t.call("starts_with", t.call("json_format", t.again(x)), t.text("{"))
            return t.case(
                [(t.is_not_null(t.call("json_array_length", x)), self.json_items(row, t.again(x))), (is_bag, bag)],
                exp.Array(expressions=[t.again(x)]),
            )

        return cases(row.once(tree))
