"""JSON and lists on DuckDB. A dynamic value is JSON text of the type JSON; a list of them is JSON[], with SQL NULL for JSON null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rulec.scalars import ScalarType
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Dialect, Steps
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

#: KQL's kinds of values by json_type's words.
_KINDS: Final = {
    "ARRAY": "array",
    "OBJECT": "object",
    "VARCHAR": "string",
    "UBIGINT": "long",
    "BIGINT": "long",
    "DOUBLE": "double",
    "BOOLEAN": "bool",
}


def step_text(key: str) -> str:
    if key.isascii() and key.isidentifier():
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'


def _index_text(index: int) -> str:
    return f"[{index}]" if index >= 0 else f"[#{index}]"


class DuckJson(Dialect):
    """The JSON and list half of the DuckDB dialect."""

    # --- lists ----------------------------------------------------------------------------------------------------

    def list_map(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("list_transform", items, row.function(1, body))

    def list_filter(self, row: Row, items: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return t.call("list_filter", items, row.function(1, body))

    def list_fold(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        return t.call("list_reduce", items, row.function(2, body), start)

    def list_fold_positions(self, row: Row, items: Tree, start: Tree, body: Callable[[Tree, Tree], Tree]) -> Tree:
        """body(accumulator, position) over the positions of the list, from 1."""
        places = t.call("generate_series", t.num(1), t.call("len", items))
        return t.call("list_reduce", places, row.function(2, body), start)

    def list_append(self, items: Tree, item: Tree) -> Tree:
        return t.call("list_append", items, item)

    def list_stat(self, items: Tree, name: str) -> Tree:
        return t.call("list_aggregate", items, t.text(name))

    def list_contains(self, items: Tree, item: Tree) -> Tree:
        return t.call("list_contains", items, item)

    def list_item(self, items: Tree, index: Tree) -> Tree:
        return t.call("list_extract", items, index)

    def list_length(self, items: Tree) -> Tree:
        return t.call("len", items)

    def list_join(self, items: Tree, separator: Tree) -> Tree:
        if t.is_text(separator):
            return t.call("array_to_string", items, separator)
        # the word takes constants only: the separator stands before every item, and goes before the first
        led = t.call("list_transform", items, t.lam(["item"], t.concat(separator, nodes.Var("item"))))
        return t.call("substr", t.call("array_to_string", led, t.text("")), t.add(t.call("length", separator), t.num(1)))

    def list_concat(self, lists: Sequence[Tree]) -> Tree:
        joined = lists[0]
        for other in lists[1:]:
            joined = t.call("list_concat", joined, other)
        return joined

    def list_head(self, items: Tree, count: Tree) -> Tree:
        return t.call("list_slice", items, t.num(1), count)

    def list_flatten(self, lists: Tree) -> Tree:
        return t.call("flatten", lists)

    def list_aggregate(self, tree: Tree) -> Tree:
        return t.call("list", tree)

    def list_distinct(self, row: Row, items: Tree) -> Tree:
        """First occurrences, in order."""

        def kept(xs: Tree) -> Tree:
            test = lambda x, i: t.eq(t.call("list_position", xs, x), i)  # noqa: E731
            return t.call("list_filter", xs, row.function(2, test))

        if nodes.has(items, nodes.Filter) or t.is_call(items, "list") or t.is_call(items, "flatten"):
            return self.let(row.pipeline.fresh("x"), items, kept)
        return row.bind(items, kept)

    def list_spread(self, row: Row, tree: Tree) -> Tree:
        """A dynamic value as the list make_list adds: an array's items, any other value itself, JSON null included."""
        return row.bind(tree, lambda x: t.coalesce(t.try_cast(x, "JSON[]"), t.array([x])))

    def list_zip(self, row: Row, lists: Sequence[Tree], body: Callable[[Sequence[Tree]], Tree]) -> Tree:
        places = self.sequence(t.num(1), t.call("len", lists[0]), t.num(1))
        return self.list_map(row, places, lambda i: body([t.call("list_extract", x, i) for x in lists]))

    def sequence(self, start: Tree, stop: Tree, step: Tree) -> Tree:
        return t.call("generate_series", start, stop, step)

    # --- JSON -----------------------------------------------------------------------------------------------------

    def json_parse(self, row: Row, tree: Tree) -> Tree:
        def parsed(x: Tree) -> Tree:
            value = t.nullif(t.call("json", t.try_cast(x, "JSON")), t.text("null"))
            text = t.call("to_json", x)
            valid = t.call("json_valid", x)
            return t.case([(valid, value), (t.ne(x, t.text("")), text)])

        result = row.bind(tree, parsed)
        return nodes.known(result, nodes.Facts(text=tree))

    def json_path(self, row: Row, base: Tree, steps: Steps) -> Tree:
        branch = t.only_branch(base)
        if branch is not None and branch[1].facts.pairs is not None:
            value = self.json_path(row, branch[1], steps)
            return t.of_branch(base, branch[0], value, value.facts.scalar)
        known = base.facts
        member = known.pairs.get(steps[0]) if known.pairs is not None and isinstance(steps[0], str) else None
        if member is not None:
            # a bag just made: its member, without the bag
            return self.json_path(row, member, steps[1:]) if len(steps) > 1 else member
        strings = known.strings
        if strings is not None and isinstance(steps[0], int):
            # a list of texts just made: its item, without the way through JSON
            item = self.json_text_value(t.call("list_extract", strings, t.num(steps[0] + (steps[0] >= 0))))
            return self.json_path(row, item, steps[1:]) if len(steps) > 1 else item
        parsed = known.text
        source = t.try_cast(parsed, "JSON") if parsed is not None else base
        inner = self._extract_parts(base)
        constant: list[str] = []
        if inner is not None and all(isinstance(s, (str, int)) for s in steps):
            source, head = inner
            constant.append(head)
        for step in steps:
            if isinstance(step, str) and step:
                constant.append(step_text(step))
            elif isinstance(step, int):
                constant.append(_index_text(step))
            else:
                if constant:
                    source = self._extract(source, "".join(constant))
                    constant = []
                # no JSON path of DuckDB has an empty key
                source = self.json_get(source, t.text(step)) if isinstance(step, str) else self._dynamic_step(row, source, *step)
        return self._extract(source, "".join(constant)) if constant else source

    @staticmethod
    def _extract(source: Tree, path: str) -> Tree:
        return t.nullif(t.call("json_extract", source, t.text(path if path.startswith("$") else f"${path}")), t.text("null"))

    @staticmethod
    def _extract_parts(tree: Tree) -> tuple[Tree, str] | None:
        """The source and path of a `nullif(json_extract(source, path), 'null')`."""
        if t.is_call(tree, "nullif"):
            inner = tree.arguments[0]
            if t.is_call(inner, "json_extract") and t.is_text(inner.arguments[1]):
                return inner.arguments[0], inner.arguments[1].value
        return None

    def _dynamic_step(self, row: Row, source: Tree, step: Tree, kind: ScalarType) -> Tree:
        from rulec_backends.sql.functions.dynamic import within_reach

        if kind is ScalarType.STRING:
            return self.json_get(source, step)
        if kind is ScalarType.DYNAMIC:

            def either(x: Tree) -> Tree:
                key = t.when(t.eq(t.call("json_type", x), t.text("VARCHAR")), t.call("json_extract_string", x, t.text("$")))
                index = t.try_cast(x, "BIGINT")
                place = row.bind(index, lambda n: t.when(t.ge(n, t.num(0)), t.add(n, t.num(1)), n))
                return t.coalesce(self.json_get(source, key), t.call("list_extract", t.try_cast(source, "JSON[]"), place))

            source = row.once(source)
            return row.bind(step, either)
        index = row.bind(within_reach(row, step), lambda x: t.when(t.ge(x, t.num(0)), t.add(x, t.num(1)), x))
        return t.call("list_extract", t.try_cast(source, "JSON[]"), index)

    def json_string(self, tree: Tree) -> Tree:
        blank = tree.facts.blank
        if blank is not None:
            return t.coalesce(blank, t.text(""))
        parts = self._extract_parts(tree)
        scalar = tree.facts.scalar
        if scalar is not None:
            return t.coalesce(scalar, t.text(""))
        if parts is not None:
            return t.coalesce(t.call("json_extract_string", parts[0], t.text(parts[1])), t.text(""))
        return t.coalesce(t.call("json_extract_string", tree, t.text("$")), t.text(""))

    def json_is_empty(self, tree: Tree, negated: bool) -> Tree:
        text = self.json_string(tree)
        return t.ne(text, t.text("")) if negated else t.eq(text, t.text(""))

    def json_text(self, tree: Tree) -> Tree:
        """Like `json_string`, null for null."""
        return t.stripped(self.json_string(tree))

    def json_as(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.STRING:
                return row.bind(
                    tree,
                    lambda x: t.when(t.eq(t.call("json_type", x), t.text("VARCHAR")), self.json_text(x)),
                )
            case ScalarType.DYNAMIC:
                return tree
            case _:
                return self.json_to(row, tree, kind)

    def json_to(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        from rulec_backends.sql.functions import conversions

        return conversions.from_json(row, tree, kind)

    def json_of(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.DYNAMIC:
                return tree
            case ScalarType.DATETIME:
                return t.call("to_json", self.dates.to_text(row, tree))
            case ScalarType.TIMESPAN:
                from rulec_backends.sql.functions.timespans import span_text

                return t.call("to_json", span_text(row, tree))
            case ScalarType.REAL:
                return row.bind(tree, self._real_json)
            case ScalarType.DECIMAL:
                return self.json_text_value(self.decimal_text(row, tree))
            case ScalarType.STRING:
                return self.json_text_value(tree)
            case _:
                return t.call("to_json", tree)

    def json_text_value(self, text: Tree) -> Tree:
        """A text as a dynamic string."""
        return nodes.known(t.call("to_json", text), nodes.Facts(scalar=text))

    def _real_json(self, x: Tree) -> Tree:
        # JSON has no NaN: KQL writes it as a string
        if isinstance(x, nodes.Literal):
            return t.call("to_json", x)
        special = t.case([(t.call("isnan", x), t.text("NaN")), (t.gt(x, t.num(0)), t.text("Infinity"))], t.text("-Infinity"))
        ordinary = t.or_(t.call("isfinite", x), t.is_null(x))
        return t.when(ordinary, t.call("to_json", x), t.call("to_json", special))

    def json_kind(self, tree: Tree) -> Tree:
        word = t.call("json_type", tree)
        return t.case([(t.text(k), t.text(v)) for k, v in _KINDS.items()], subject=word)

    def json_case(self, tree: Tree, branches: Sequence[tuple[str, Tree]]) -> Tree:
        made: list[tuple[Tree, Tree]] = []
        for kind, value in branches:
            words = [w for w, k in _KINDS.items() if k == kind]
            found = t.call("json_type", tree)
            made.append((t.eq(found, t.text(words[0])) if len(words) == 1 else t.among(found, [t.text(w) for w in words]), value))
        return t.case(made)

    def json_items(self, row: Row, tree: Tree) -> Tree:
        if tree.facts.items is not None:
            return tree.facts.items
        strings = tree.facts.strings
        if strings is not None:
            return t.call("list_transform", strings, row.function(1, lambda e: t.call("to_json", e)))
        return t.try_cast(tree, "JSON[]")

    def json_array(self, items: Tree) -> Tree:
        return nodes.known(t.call("to_json", items), nodes.Facts(items=items))

    def json_object(self, pairs: Sequence[tuple[Tree, Tree]]) -> Tree:
        made = t.call("json_object", *(x for pair in pairs for x in pair))
        return nodes.known(made, nodes.Facts(pairs={key.value: value for key, value in pairs if t.is_text(key)}))

    def json_keys(self, tree: Tree) -> Tree:
        return t.when(t.eq(t.call("json_type", tree), t.text("OBJECT")), t.call("json_keys", tree))

    def json_get(self, tree: Tree, key: Tree) -> Tree:
        """By JSON pointer: `~` and `/` of the key are escaped; an array has no key."""
        pointer = t.concat(t.text("/"), t.call("replace", t.call("replace", key, t.text("~"), t.text("~0")), t.text("/"), t.text("~1")))
        found = t.nullif(t.call("json_extract", tree, pointer), t.text("null"))
        return t.when(t.eq(t.call("json_type", tree), t.text("OBJECT")), found)

    def expandable(self, row: Row, tree: Tree, bag_kind: str) -> Tree:
        def cases(x: Tree) -> Tree:
            def pair(key: Tree) -> Tree:
                value = self.json_get(x, key)
                if bag_kind == "array":
                    return t.call("json_array", t.call("to_json", key), value)
                return t.call("json_object", key, value)

            bag = t.call("list_transform", t.call("json_keys", x), row.function(1, pair))
            kinds = [(t.text("ARRAY"), t.try_cast(x, "JSON[]")), (t.text("OBJECT"), bag)]
            return t.case(kinds, t.array([x]), subject=t.call("json_type", x))

        made, branch = t.made_list(tree), t.only_branch(tree)
        if made is not None:
            items = self.json_items(row, made)
            items = t.when(branch[0], items) if branch is not None else items
            return t.coalesce(items, t.array([t.cast(t.null(), "JSON")]))
        return cases(row.once(tree))

    def bag_merge(self, row: Row, items: Tree) -> Tree:
        """A list of bags as one; the first value of a key wins, other values are passed over."""

        def merged(bags: Tree) -> Tree:
            keys = self.list_distinct(row, t.call("flatten", self.list_map(row, bags, lambda b: t.call("json_keys", b))))

            def value(k: Tree) -> Tree:
                found = self.list_map(row, bags, lambda b: t.call("json_extract", b, _pointer(k)))
                return t.call("list_extract", self.list_filter(row, found, t.is_not_null), t.num(1))

            return self.let_in(row, keys, lambda ks: t.call("to_json", t.call("map", ks, self.list_map(row, ks, value))))

        only = self.list_filter(row, items, lambda b: t.eq(t.call("json_type", b), t.text("OBJECT")))
        return self.let_in(row, only, merged)

    def bag_of_pairs(self, row: Row, pairs: Tree, separator: str) -> Tree:
        def key(p: Tree) -> Tree:
            return decoded(t.call("split_part", p, t.text(separator), t.num(1)))

        def built(ps: Tree) -> Tree:
            keys = self.list_distinct(row, self.list_map(row, ps, key))

            def value(k: Tree) -> Tree:
                first = t.call("list_extract", self.list_filter(row, ps, lambda p: t.eq(key(p), k)), t.num(1))
                place = t.call("strpos", first, t.text(separator))
                rest = t.when(t.gt(place, t.num(0)), t.call("substr", first, t.add(place, t.num(1))), t.text(""))
                return t.call("to_json", decoded(rest))

            return self.let_in(row, keys, lambda ks: t.call("to_json", t.call("map", ks, self.list_map(row, ks, value))))

        return self.let_in(row, pairs, built)

    def bag_zipped(self, row: Row, keys: Tree, values: Tree) -> Tree:
        words = self.list_filter(row, keys, lambda k: t.eq(t.call("json_type", k), t.text("VARCHAR")))
        names = self.list_distinct(row, self.list_map(row, words, self.json_string))

        def value(n: Tree) -> Tree:
            place = t.call("list_position", keys, t.call("to_json", n))
            return t.call("list_extract", values, place)

        listed = t.and_(t.is_not_null(keys))
        return t.when(listed, self.let_in(row, names, lambda ns: t.call("to_json", t.call("map", ns, self.list_map(row, ns, value)))))

    def bag_select(self, row: Row, bag: Tree, keep: Callable[[Tree], Tree]) -> Tree:
        bag = row.once(bag)
        keys = self.list_filter(row, self.json_keys(bag), keep)

        def rebuilt(ks: Tree) -> Tree:
            return t.call("to_json", t.call("map", ks, self.list_map(row, ks, lambda k: t.call("json_extract", bag, _pointer(k)))))

        return self.let_in(row, keys, rebuilt)

    def bag_replace(self, row: Row, bag: Tree, key: Tree, single: Tree) -> Tree:
        """The bag with the single key's value in place, or appended."""
        pair = row.once(single)
        keys = self.list_distinct(row, t.call("list_concat", t.call("json_keys", bag), t.array([key])))

        def value(k: Tree) -> Tree:
            inner = t.call("json_extract", bag, _pointer(k))
            return t.when(t.eq(k, key), t.call("json_extract", pair, _pointer(key)), inner)

        return self.let_in(row, keys, lambda ks: t.call("to_json", t.call("map", ks, self.list_map(row, ks, value))))

    def list_slice(self, items: Tree, start: Tree, stop: Tree) -> Tree:
        return t.call("list_slice", items, start, stop)

    def list_position(self, items: Tree, item: Tree) -> Tree:
        """From 0; -1 when absent, null without a list."""
        return t.sub(t.coalesce(t.call("list_position", items, item), t.when(t.is_not_null(items), t.num(0))), t.num(1))

    word_list_reverse = "list_reverse"

    def list_sort(self, row: Row, items: Tree, descending: bool, nulls_last: bool) -> Tree:
        """Numbers by value, then strings by code point, then others; a record of rank and value sorts as one."""

        def rank(e: Tree) -> Tree:
            kinds = t.array([t.text(word) for word in ("VARCHAR", "BOOLEAN", "ARRAY", "OBJECT")])
            return t.coalesce(t.call("list_position", kinds, t.call("json_type", e)), t.num(0))

        records = self.list_map(
            row,
            items,
            lambda e: t.when(
                t.is_not_null(e),
                t.call(
                    "row",
                    rank(e),
                    self.json_real(e),
                    self.json_text(e),
                    e,
                ),
            ),
        )
        ordered = t.call(
            "list_sort", records, t.text("DESC" if descending else "ASC"), t.text("NULLS LAST" if nulls_last else "NULLS FIRST")
        )
        return self.list_map(row, ordered, lambda r: t.call("struct_extract", r, t.num(4)))


def _pointer(key: Tree) -> Tree:
    """A key as a JSON pointer."""
    return t.concat(t.text("/"), t.call("replace", t.call("replace", key, t.text("~"), t.text("~0")), t.text("/"), t.text("~1")))


def decoded(text: Tree) -> Tree:
    """A text of a query string: `+` is a blank."""
    return t.call("url_decode", t.call("replace", text, t.text("+"), t.text(" ")))
