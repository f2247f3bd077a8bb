"""Dynamic values on Athena: the type JSON, where KQL's null is SQL NULL and never JSON null at the top.

`json_extract` keeps the order of keys, `json_parse` and JSON literals sort them; a JSON path reads truncated text and, by an index, a
bag's key, and KQL does neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from rulec.scalars import ScalarType
from rulec_backends.athena import structs
from rulec_backends.athena.bags import JSON, AthenaBags
from rulec_backends.athena.lists import json_null, lam
from rulec_backends.athena.words import real
from rulec_backends.sql import trees as t
from rulec_backends.sql.compare import stripped
from rulec_backends.sql.dialect import Steps
from rulec_backends.sql.expressions import is_coalesced
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
    made = t.nullif(t.call("json_extract", source, t.text(path)), json_null())
    made.meta["path"] = True
    return made


def path_parts(tree: Tree) -> tuple[Tree, str] | None:
    """The source and path of what `extracted` made."""
    if tree.meta.get("path") and isinstance(tree, exp.Anonymous):
        inner = tree.expressions[0]
        return inner.expressions[0], inner.expressions[1].this
    return None


def text_value(text: Tree) -> Tree | None:
    """The value whose text `json_text` made: it stands in the CASE, or in the list around it."""
    if not (text.meta and text.meta.get("text_of")):
        return None
    holder = text.args["ifs"][0].this if isinstance(text, exp.Case) else text.expressions[0].expressions[0]
    value: Tree = holder.expressions[0].expressions[0] if isinstance(text, exp.Case) else holder.expressions[0]
    return value


def _is_string(j: Tree) -> Tree:
    return t.call("starts_with", t.call("json_format", j), t.text('"'))


def _group(m: Tree, index: int) -> Tree:
    """A group of a match, from 0."""
    return exp.Bracket(this=t.again(m), expressions=[t.num(index)])


def written_out(number: Tree) -> Tree:
    """A number's text as KQL prints it: plain from 1e-5 up to 1e15, else `1.5e-07`, `1e+15`. format() adds zeros to the shortest digits."""

    def written(d: Tree) -> Tree:
        size = t.call("abs", d)
        outside = t.or_(t.ge(size, real(1e15)), t.lt(t.again(size), real(1e-5)))
        scientific = t.call("regexp_replace", t.call("format", t.text("%.16e"), t.again(d)), t.text(r"\.?0+e"), t.text("e"))
        plain = t.call("regexp_replace", t.call("format", t.text("%.22f"), t.again(d)), t.text(r"(\.\d+?)0*\z"), t.text("$1"))
        return t.when(outside, scientific, plain)

    return t.call("element_at", t.call("transform", exp.Array(expressions=[t.try_cast(number, "DOUBLE")]), lam("d", written)), t.num(1))


def is_known_json(tree: Tree) -> bool:
    """Whether the text is JSON by the promise of the field map."""
    return bool(tree.meta.get("json")) if tree.meta else False


class AthenaJson(AthenaBags):
    """The JSON part of the dialect."""

    def json_parse(self, row: Row, tree: Tree) -> Tree:
        if is_known_json(tree):
            result = extracted(t.again(tree), "$")
        else:

            def parsed(x: Tree) -> Tree:
                return t.case([(is_json(x), extracted(t.again(x), "$")), (t.ne(t.again(x), t.text("")), t.cast(t.again(x), JSON))])

            result = row.bind(tree, parsed)
        result.meta["text"] = tree
        return result

    # --- paths ----------------------------------------------------------------------------------------------------

    def json_path(self, row: Row, base: Tree, steps: Steps) -> Tree:
        branch = t.only_branch(base)
        if branch is not None:
            return t.of_branch(base, branch[0], self.json_path(row, branch[1], steps), "string")
        member = base.meta.get("pairs", {}).get(steps[0]) if base.meta and isinstance(steps[0], str) else None
        if member is not None:
            # a bag just made: its member, without the bag
            return self.json_path(row, t.again(member), steps[1:]) if len(steps) > 1 else t.again(member)
        if isinstance(steps[0], int) and base.meta and ("strings" in base.meta or "items" in base.meta):
            item = self._of_list(base, steps[0])
            return self.json_path(row, item, steps[1:]) if len(steps) > 1 else item
        if isinstance(steps[0], int) and steps[0] >= 0 and len(steps) == 1 and base.meta and base.meta.get("texts"):
            return self.json_text_value(t.call("json_extract_scalar", base, t.text(f"$[{steps[0]}]")))
        text = base.meta.get("text") if base.meta else None
        parts = None if text is not None else path_parts(base)
        if parts is not None:
            source, path = parts
        else:
            source, path = (t.again(text) if text is not None else base), "$"
        stored = structs.at_path(text, steps) if text is not None else None
        if stored is not None:
            return self.json_text_value(stored)
        guard = text is not None and not is_known_json(text)
        if guard:
            source = row.once(source) if row.d.hoistable(source) else source
        checked = source
        guards: list[Tree] = [is_json(t.again(source))] if guard else []
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
        strings = base.meta.get("strings")
        items = t.again(strings if strings is not None else base.meta["items"])
        if isinstance(items, exp.Array) and 0 <= index < len(items.expressions):
            item = items.expressions[index]
        else:
            item = t.call("element_at", items, t.num(index + 1 if index >= 0 else index))
        return self.json_text_value(item) if strings is not None else item

    def json_text_value(self, text: Tree) -> Tree:
        """A text as a dynamic string."""
        made = t.cast(text, JSON)
        made.meta["string"] = text
        return made

    def _item(self, row: Row, source: Tree, step: int | str | tuple[Tree, ScalarType]) -> Tree:
        if isinstance(step, (int, str)):
            return t.call("element_at", self.json_items(row, source), t.num(int(step)))
        key, kind = step
        if kind is ScalarType.STRING:
            return row.bind(source, lambda s: self.json_get(s, key))
        if kind is ScalarType.DYNAMIC:
            source = row.once(source)

            def either(k: Tree) -> Tree:
                name = t.when(
                    t.call("starts_with", t.call("json_format", k), t.text('"')), t.call("json_extract_scalar", t.again(k), t.text("$"))
                )
                index = t.try_cast(t.call("json_format", t.again(k)), "BIGINT")
                return t.coalesce(self.json_get(t.again(source), name), self._indexed(row, t.again(source), index))

            return row.bind(key, either)
        return self._indexed(row, source, key)

    def _indexed(self, row: Row, source: Tree, index: Tree) -> Tree:
        from rulec_backends.sql.functions.dynamic import within_reach

        place = row.bind(within_reach(row, index), lambda i: t.when(t.ge(i, t.num(0)), t.add(t.again(i), t.num(1)), t.again(i)))
        return t.call("element_at", self.json_items(row, source), place)

    # --- to other types -------------------------------------------------------------------------------------------

    def json_string(self, tree: Tree) -> Tree:
        blank = tree.meta.get("blank") if tree.meta else None
        text = t.again(blank) if blank is not None else self.json_text(tree)
        if is_coalesced(text):
            return text
        parts = text.expressions if isinstance(text, exp.Anonymous) and text.this == "coalesce" else [text]
        return t.coalesce(*parts, t.text(""))

    def json_is_empty(self, tree: Tree, negated: bool) -> Tree:
        if tree.meta and not tree.meta.keys().isdisjoint(("blank", "string")):
            text = self.json_string(tree)
            return t.ne(text, t.text("")) if negated else t.eq(text, t.text(""))
        text = t.call("json_format", tree)
        return t.coalesce(t.ne(text, t.text('""')), t.false()) if negated else t.coalesce(t.eq(text, t.text('""')), t.true())

    def json_text(self, tree: Tree) -> Tree:
        """Like `json_string`, null for null. Reals of 1e7 and more are written out."""
        known = tree.meta.get("string") if tree.meta else None
        if known is not None:
            return t.again(known)
        if tree.meta and ("strings" in tree.meta or "items" in tree.meta):
            return t.call("json_format", tree)
        branch = t.only_branch(tree)
        if branch is not None:
            return t.when(branch[0], self.json_text(branch[1]))
        made = self._text(tree) if t.is_simple(tree) or isinstance(tree, exp.Var) else self.let("j", tree, self._text)
        made.meta["text_of"] = True
        return made

    def plain_json(self, tree: Tree) -> Tree | None:
        branch = t.only_branch(tree)
        if branch is not None:
            inner = self.plain_json(branch[1])
            return t.when(branch[0], inner) if inner is not None else None
        source, path = path_parts(tree) or (tree, "$")
        return t.call("json_extract_scalar", source, t.text(path))

    def plain_text(self, tree: Tree) -> Tree | None:
        text = stripped(tree)
        branch = t.only_branch(text)
        if branch is not None:
            inner = self.plain_text(branch[1])
            return t.when(branch[0], inner) if inner is not None else None
        value = text_value(text)
        return self.plain_json(value) if value is not None else None

    def _text(self, j: Tree) -> Tree:
        scalar = t.call("json_extract_scalar", j, t.text("$"))
        written = t.call("json_format", t.again(j))
        # a string may look like a number with an exponent; a container may hold one

        def fixed(m: Tree) -> Tree:
            return t.coalesce(_group(m, 0), written_out(_group(m, 1)))

        container = t.call("regexp_replace", t.again(written), t.text(_BIG_INSIDE), lam("m", fixed))
        return t.when(
            t.call("regexp_like", written, t.text(r"^[{\[0-9-].*[0-9]E-?[0-9]|[0-9]{20}")), container, t.coalesce(scalar, t.again(written))
        )

    def json_as(self, row: Row, tree: Tree, kind: ScalarType) -> Tree:
        match kind:
            case ScalarType.STRING:
                return row.bind(tree, lambda x: t.when(_is_string(x), t.call("json_extract_scalar", t.again(x), t.text("$"))))
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
        strings = tree.meta.get("strings") if tree.meta else None
        return t.call("cardinality", t.again(strings)) if strings is not None else t.call("json_array_length", tree)

    def json_kind(self, tree: Tree) -> Tree:
        text = t.call("json_format", tree)
        pattern = r"""^(?:(\{)|(\[)|(")|([tf])|(-?[0-9]{1,19}\z)|(-?[0-9])).*"""
        words = ("object", "array", "string", "bool", "long", "double")

        def word(m: Tree) -> Tree:
            groups = [exp.Bracket(this=t.again(m), expressions=[t.num(i)]) for i in range(len(words))]
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
        made = tree.meta.get("items") if tree.meta else None
        if made is not None:
            return t.again(made)
        strings = tree.meta.get("strings") if tree.meta else None
        if strings is not None:
            return t.call("transform", t.again(strings), lam("e", lambda e: t.cast(e, JSON)))

        def items(x: Tree) -> Tree:
            array = t.cast(t.again(x), f"{JSON}[]")
            clean = t.call("transform", array, lam("e", lambda e: t.nullif(e, json_null())))
            return t.when(t.is_not_null(t.call("json_array_length", x)), clean)

        return row.bind(tree, items)

    def json_array(self, items: Tree) -> Tree:
        made = t.cast(items, JSON)
        made.meta["items"] = items
        return made

    def json_strings(self, row: Row, items: Tree) -> Tree:
        """A list of text as a dynamic array."""
        made = t.cast(items, JSON)
        made.meta["strings"] = items
        return made


def is_json(x: Tree) -> Tree:
    """Whether a text is one whole JSON value."""
    return t.is_not_null(exp.Try(this=t.call("is_json_scalar", x)))


def _kind_guard(source: Tree, path: str, step: str | int) -> list[Tree]:
    """Trino reads a bag's key by an index, and an array's item by a key of digits."""
    holder = t.call("json_array_length", t.again(source) if path == "$" else t.call("json_extract", t.again(source), t.text(path)))
    if isinstance(step, int):
        return [t.is_not_null(holder)]
    return [t.is_null(holder)] if step.isdigit() else []


def _guarded(guards: list[Tree], source: Tree, path: str) -> Tree:
    value = extracted(source, path) if path != "$" else source
    return t.when(t.and_(*guards), value) if guards else value
