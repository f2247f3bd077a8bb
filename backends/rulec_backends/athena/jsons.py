"""Dynamic values on Athena: the type JSON, where KQL's null is SQL NULL and never JSON null at the top.

`json_extract` keeps the order of keys, `json_parse` and JSON literals sort them; a JSON path reads truncated text and, by an index, a
bag's key, and KQL does neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulec.scalars import ScalarType
from rulec_backends.athena import structs
from rulec_backends.athena.bags import JSON, AthenaBags
from rulec_backends.athena.lists import json_null, lam
from rulec_backends.athena.words import real
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.dialect import Steps
from rulec_backends.sql.trees import Tree

if TYPE_CHECKING:
    from rulec_backends.sql.expressions import Row

_BIG_INSIDE: Final = r'("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+E-?[0-9]+|-?[0-9]{20,}(?!\.))'


def step_text(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]' if not (step.isascii() and step.isidentifier()) else f".{step}"


def extracted(source: Tree, path: str) -> Tree:
    """The value at a path, SQL NULL for JSON null."""
    return nodes.known(t.nullif(t.call("json_extract", source, t.text(path)), json_null()), nodes.Facts(path=True))


def path_parts(tree: Tree) -> tuple[Tree, str] | None:
    """The source and path of what `extracted` made."""
    match tree:
        case nodes.Call(facts=nodes.Facts(path=True), arguments=(nodes.Call(arguments=(source, nodes.Text(path))), _)):
            return source, path
        case _:
            return None


def text_value(text: Tree) -> Tree | None:
    """The value whose text `json_text` made: it stands in the CASE, or in the list around it."""
    if not text.facts.text_of:
        return None
    match text:
        case nodes.Case(branches=(nodes.When(condition=nodes.Call(arguments=(nodes.Call(arguments=(held,)), *_))), *_)):
            return held
        case nodes.Call(arguments=(nodes.Call(arguments=(nodes.Array(items=(held,)), *_)), *_)):
            return held
        case _:
            return None


def _is_string(j: Tree) -> Tree:
    return t.call("starts_with", t.call("json_format", j), t.text('"'))


def _group(m: Tree, index: int) -> Tree:
    """A group of a match, from 0."""
    return nodes.Index(m, index)


def written_out(number: Tree) -> Tree:
    """A number's text as KQL prints it: plain from 1e-5 up to 1e15, else `1.5e-07`, `1e+15`. format() adds zeros to the shortest digits."""

    def written(d: Tree) -> Tree:
        size = t.call("abs", d)
        outside = t.or_(t.ge(size, real(1e15)), t.lt(size, real(1e-5)))
        scientific = t.call("regexp_replace", t.call("format", t.text("%.16e"), d), t.text(r"\.?0+e"), t.text("e"))
        plain = t.call("regexp_replace", t.call("format", t.text("%.22f"), d), t.text(r"(\.\d+?)0*\z"), t.text("$1"))
        return t.when(outside, scientific, plain)

    return t.call("element_at", t.call("transform", t.array([t.try_cast(number, "DOUBLE")]), lam("d", written)), t.num(1))


def is_known_json(tree: Tree) -> bool:
    """Whether the text is JSON by the promise of the field map."""
    return tree.facts.json


class AthenaJson(AthenaBags):
    """The JSON part of the dialect."""

    def json_parse(self, row: Row, tree: Tree) -> Tree:
        if is_known_json(tree):
            result = extracted(tree, "$")
        else:

            def parsed(x: Tree) -> Tree:
                return t.case([(is_json(x), extracted(x, "$")), (t.ne(x, t.text("")), t.cast(x, JSON))])

            result = row.bind(tree, parsed)
        return nodes.known(result, nodes.Facts(text=tree))

    # --- paths ----------------------------------------------------------------------------------------------------

    def json_path(self, row: Row, base: Tree, steps: Steps) -> Tree:
        branch = t.only_branch(base)
        if branch is not None:
            value = self.json_path(row, branch[1], steps)
            return t.of_branch(base, branch[0], value, value.facts.string)
        known = base.facts
        member = known.pairs.get(steps[0]) if known.pairs is not None and isinstance(steps[0], str) else None
        if member is not None:
            # a bag just made: its member, without the bag
            return self.json_path(row, member, steps[1:]) if len(steps) > 1 else member
        if isinstance(steps[0], int) and known.made_list is not None:
            item = self._of_list(base, steps[0])
            return self.json_path(row, item, steps[1:]) if len(steps) > 1 else item
        if known.texts and isinstance(steps[0], int) and steps[0] >= 0 and len(steps) == 1:
            return self.json_text_value(t.call("json_extract_scalar", base, t.text(f"$[{steps[0]}]")))
        text = known.text
        parts = None if text is not None else path_parts(base)
        if parts is not None:
            source, path = parts
        else:
            source, path = (text if text is not None else base), "$"
        stored = structs.at_path(text, steps) if text is not None else None
        if stored is not None:
            return self.json_text_value(stored)
        guard = text is not None and not is_known_json(text)
        if guard:
            source = row.once(source) if row.d.hoistable(source) else source
        checked = source
        guards: list[Tree] = [is_json(source)] if guard else []
        for step in steps:
            if isinstance(step, (str, int)) and not (isinstance(step, int) and step < 0):
                guards += _kind_guard(source, path, step)
                path += step_text(step)
                continue
            source, path, guards = _guarded(guards, source, path), "$", []
            source = self._item(row, source, step)
        del checked
        return _guarded(guards, source, path)

    def _of_list(self, base: Tree, index: int) -> Tree:
        """An item of a list just made, without the way through JSON."""
        strings, items = base.facts.strings, base.facts.made_list
        assert items is not None
        if isinstance(items, nodes.Array) and 0 <= index < len(items.items):
            item = items.items[index]
        else:
            item = t.call("element_at", items, t.num(index + 1 if index >= 0 else index))
        return self.json_text_value(item) if strings is not None else item

    def json_text_value(self, text: Tree) -> Tree:
        """A text as a dynamic string."""
        return nodes.known(t.cast(text, JSON), nodes.Facts(string=text))

    def _item(self, row: Row, source: Tree, step: int | str | tuple[Tree, ScalarType]) -> Tree:
        if isinstance(step, (int, str)):
            return t.call("element_at", self.json_items(row, source), t.num(int(step)))
        key, kind = step
        if kind is ScalarType.STRING:
            return row.bind(source, lambda s: self.json_get(s, key))
        if kind is ScalarType.DYNAMIC:
            source = row.once(source)

            def either(k: Tree) -> Tree:
                name = t.when(t.call("starts_with", t.call("json_format", k), t.text('"')), t.call("json_extract_scalar", k, t.text("$")))
                index = t.try_cast(t.call("json_format", k), "BIGINT")
                return t.coalesce(self.json_get(source, name), self._indexed(row, source, index))

            return row.bind(key, either)
        return self._indexed(row, source, key)

    def _indexed(self, row: Row, source: Tree, index: Tree) -> Tree:
        from rulec_backends.sql.functions.dynamic import within_reach

        place = row.bind(within_reach(row, index), lambda i: t.when(t.ge(i, t.num(0)), t.add(i, t.num(1)), i))
        return t.call("element_at", self.json_items(row, source), place)

    # --- to other types -------------------------------------------------------------------------------------------

    def json_string(self, tree: Tree) -> Tree:
        blank = tree.facts.blank
        text = blank if blank is not None else self.json_text(tree)
        if t.is_coalesced(text):
            return text
        parts = text.arguments if t.is_call(text, "coalesce") else (text,)
        return t.coalesce(*parts, t.text(""))

    def json_is_empty(self, tree: Tree, negated: bool) -> Tree:
        if tree.facts.blank is not None or tree.facts.string is not None:
            text = self.json_string(tree)
            return t.ne(text, t.text("")) if negated else t.eq(text, t.text(""))
        text = t.call("json_format", tree)
        return t.coalesce(t.ne(text, t.text('""')), t.false()) if negated else t.coalesce(t.eq(text, t.text('""')), t.true())

    def json_text(self, tree: Tree) -> Tree:
        """Like `json_string`, null for null. Reals of 1e7 and more are written out."""
        known = tree.facts.string
        if known is not None:
            return known
        if tree.facts.made_list is not None:
            return t.call("json_format", tree)
        branch = t.only_branch(tree)
        if branch is not None:
            return t.when(branch[0], self.json_text(branch[1]))
        made = self._text(tree) if t.is_simple(tree) or isinstance(tree, nodes.Var) else self.let("j", tree, self._text)
        return nodes.known(made, nodes.Facts(text_of=True))

    def plain_json(self, tree: Tree) -> Tree | None:
        branch = t.only_branch(tree)
        if branch is not None:
            inner = self.plain_json(branch[1])
            return t.when(branch[0], inner) if inner is not None else None
        source, path = path_parts(tree) or (tree, "$")
        return t.call("json_extract_scalar", source, t.text(path))

    def plain_text(self, tree: Tree) -> Tree | None:
        text = t.stripped(tree)
        branch = t.only_branch(text)
        if branch is not None:
            inner = self.plain_text(branch[1])
            return t.when(branch[0], inner) if inner is not None else None
        value = text_value(text)
        return self.plain_json(value) if value is not None else None

    def _text(self, j: Tree) -> Tree:
        scalar = t.call("json_extract_scalar", j, t.text("$"))
        written = t.call("json_format", j)
        # a string may look like a number with an exponent; a container may hold one

        def fixed(m: Tree) -> Tree:
            return t.coalesce(_group(m, 0), written_out(_group(m, 1)))

        container = t.call("regexp_replace", written, t.text(_BIG_INSIDE), lam("m", fixed))
        return t.when(
            t.call("regexp_like", written, t.text(r"^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}")), container, t.coalesce(scalar, written)
        )

    def json_as(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.STRING:
                return row.bind(tree, lambda x: t.when(_is_string(x), t.call("json_extract_scalar", x, t.text("$"))))
            case ScalarType.DYNAMIC:
                return tree
            case _:
                return self.json_to(row, tree, kind)

    def json_to(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        from rulec_backends.athena import reading
        from rulec_backends.sql.functions import conversions

        read = reading.READERS.get(kind)
        return row.bind(tree, read) if read is not None else conversions.from_json(row, tree, kind)

    def json_real(self, tree: Tree) -> Tree:
        """A JSON number as a double; null of anything else."""
        return t.try_cast(t.call("json_format", tree), "DOUBLE")

    def json_length(self, row: Row, tree: Tree) -> Tree:
        """An array's length; null when it is no array."""
        strings = tree.facts.strings
        return t.call("cardinality", strings) if strings is not None else t.call("json_array_length", tree)

    def json_kind(self, tree: Tree) -> Tree:
        text = t.call("json_format", tree)
        pattern = r"""^(?:(\{)|(\[)|(")|([tf])|(-?[0-9]{1,19}\z)|(-?[0-9])).*"""
        words = ("object", "array", "string", "bool", "long", "double")

        def word(m: Tree) -> Tree:
            groups = [nodes.Index(m, i) for i in range(len(words))]
            return t.case([(t.is_not_null(g), t.text(w)) for g, w in zip(groups, words, strict=True)], t.text(""))

        return t.call("regexp_replace", text, t.text(f"(?s){pattern}"), lam("m", word))

    # --- from other types -----------------------------------------------------------------------------------------

    def json_of(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.DYNAMIC:
                return tree
            case ScalarType.DATETIME:
                return t.cast(self.dates.to_text(row, tree), JSON)
            case ScalarType.TIMESPAN:
                from rulec_backends.sql.functions.timespans import span_text

                return t.cast(span_text(row, tree), JSON)
            case ScalarType.DECIMAL:
                return self.json_text_value(self.decimal_text(row, tree))
            case ScalarType.STRING | ScalarType.GUID:
                return self.json_text_value(tree)
            case _:
                return t.cast(tree, JSON)

    def json_items(self, row: Row, tree: Tree) -> Tree:
        made = tree.facts.items
        if made is not None:
            return made
        strings = tree.facts.strings
        if strings is not None:
            return t.call("transform", strings, lam("e", lambda e: t.cast(e, JSON)))

        def items(x: Tree) -> Tree:
            array = t.cast(x, f"{JSON}[]")
            clean = t.call("transform", array, lam("e", lambda e: t.nullif(e, json_null())))
            return t.when(t.is_not_null(t.call("json_array_length", x)), clean)

        return row.bind(tree, items)

    def json_array(self, items: Tree) -> Tree:
        return nodes.known(t.cast(items, JSON), nodes.Facts(items=items))

    def json_strings(self, row: Row, items: Tree) -> Tree:
        """A list of text as a dynamic array."""
        return nodes.known(t.cast(items, JSON), nodes.Facts(strings=items))


def is_json(x: Tree) -> Tree:
    """Whether a text is one whole JSON value."""
    return t.is_not_null(nodes.Try(t.call("is_json_scalar", x)))


def _kind_guard(source: Tree, path: str, step: str | int) -> list[Tree]:
    """Trino reads a bag's key by an index, and an array's item by a key of digits."""
    holder = t.call("json_array_length", source if path == "$" else t.call("json_extract", source, t.text(path)))
    if isinstance(step, int):
        return [t.is_not_null(holder)]
    return [t.is_null(holder)] if step.isdigit() else []


def _guarded(guards: list[Tree], source: Tree, path: str) -> Tree:
    value = extracted(source, path) if path != "$" else source
    return t.when(t.and_(*guards), value) if guards else value
