"""`parse_xml`: the text's tokens folded into JSON text, by the engines' own list functions.

The fold's state is a list of texts. Its head is the depth as dots, `ended` behind the root element or `wrong`; the others are what the
open elements hold so far, each `depth key value`: `<` the element's own name, `#` a piece of text, `=p` a declared prefix, and members
by their names with their JSON. An end tag takes the items of its depth away and adds the element to the depth above.

Source: XML 1.0 with namespaces; the Python target's `parse_xml`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from rulec.ir.exprs import Call
from rulec_backends.sql import trees as t
from rulec_backends.sql.expressions import FunctionRow, Row
from rulec_backends.sql.trees import Tree

_BLANK: Final = r"[ \t\r\n]"
_NAME: Final = r"[\p{L}_][\p{L}\p{M}\p{Nd}_.\x{B7}-]*"
_QUALIFIED: Final = rf"{_NAME}(?::{_NAME})?"
_REFERENCE: Final = r"&(?:lt|gt|amp|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);"
#: Unrolled, so that a failing match is linear.
_VALUE: Final = "|".join(f"{q}[^<&{q}]*(?:{_REFERENCE}[^<&{q}]*)*{q}" for q in "\"'")
_ATTRIBUTE: Final = f"{_BLANK}+{_QUALIFIED}{_BLANK}*={_BLANK}*(?:{_VALUE})"
#: What matches nothing else is one character: `<` or `&` then, and wrong.
_TOKENS: Final = "(?s)" + "|".join(
    [
        "[^<&]+",
        _REFERENCE,
        f"<{_QUALIFIED}(?:{_ATTRIBUTE})*{_BLANK}*/?>",
        f"</{_QUALIFIED}{_BLANK}*>",
        r"<!\[CDATA\[.*?\]\]>",
        "<!--(?:[^-]|-[^-])*-->",
        rf"<\?{_NAME}(?:{_BLANK}.*?)?\?>",
        ".",
    ]
)
_FORBIDDEN: Final = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"


def _option(name: str, value: str) -> str:
    return rf"{_BLANK}+{name}{_BLANK}*={_BLANK}*(?:\"{value}\"|'{value}')"


_DECLARATION: Final = (
    rf"^\x{{FEFF}}?(?:<\?xml{_option('version', '[a-zA-Z0-9._:-]+')}(?:{_option('encoding', '[A-Za-z][A-Za-z0-9._-]*')})?"
    rf"(?:{_option('standalone', '(?:yes|no)')})?{_BLANK}*\?>)?"
)
#: What Python's strip() takes away.
_OUTER_BLANK: Final = r"[\s\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
_LONGEST: Final = 1_048_576
_NAMED: Final = MappingProxyType({"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&apos;": "'"})
_ENDED: Final = "ended"
_WRONG: Final = "wrong"


def _parse_xml(row: Row, call: Call, trees: Sequence[Tree]) -> Tree:
    def parsed(x: Tree) -> Tree:
        small = t.and_(t.le(t.call("length", x), t.num(_LONGEST)), t.not_(row.d.matches(x, _FORBIDDEN)))
        return t.when(small, _Xml(row).value(x))

    return row.bind(trees[0], parsed)


class _Xml:
    """The words of the fold, in one dialect."""

    def __init__(self, row: Row) -> None:
        self.row, self.d = row, row.d

    # --- words ----------------------------------------------------------------------------------------------------

    def let(self, tree: Tree, body: Callable[[Tree], Tree]) -> Tree:
        return self.d.let(self.row.pipeline.fresh("x"), tree, body)

    def list_of(self, *items: Tree) -> Tree:
        return self.d.array(items, "VARCHAR")

    def head(self, state: Tree) -> Tree:
        return self.d.list_item(state, t.num(1))

    def group(self, text: Tree, pattern: str) -> Tree:
        return self.d.regex_group(text, pattern, 1)

    def key(self, item: Tree) -> Tree:
        return self.group(item, r"^\.* ([^ ]+) ")

    def content(self, item: Tree) -> Tree:
        return self.group(item, r"(?s)^\.* [^ ]+ (.*)$")

    def local(self, name: Tree) -> Tree:
        return self.d.regex_replace(name, "^[^:]*:", [""])

    def json(self, text: Tree) -> Tree:
        return self.d.json_encoded(text)

    def is_item(self, item: Tree, depth: Tree | None = None) -> Tree:
        if depth is None:
            return self.d.contains(item, t.text(" "))
        return t.call("starts_with", item, t.concat(depth, t.text(" ")))

    # --- text -----------------------------------------------------------------------------------------------------

    def decoded(self, text: Tree) -> Tree:
        """Text with its references resolved; one to no character of XML becomes U+FFFF, which makes the whole wrong."""
        pieces = self.d.regex_all(self.row, text, "[^&]+|&[^;]+;", 0)
        resolved = self.d.list_join(self.d.list_map(self.row, pieces, self._resolved), t.text(""))
        return t.when(self.d.contains(text, t.text("&")), resolved, text)

    def _resolved(self, piece: Tree) -> Tree:
        hexadecimal = self.d.hex_long(t.concat(t.text("0x"), self.group(piece, "^&#x0*([0-9a-fA-F]{1,6});$")))
        decimal = t.try_cast(self.group(piece, "^&#0*([0-9]{1,7});$"), "BIGINT")
        branches = [(t.eq(piece, t.text(known)), t.text(char)) for known, char in _NAMED.items()]
        branches.append((t.call("starts_with", piece, t.text("&#x")), self.let(hexadecimal, _character)))
        branches.append((t.call("starts_with", piece, t.text("&#")), self.let(decimal, _character)))
        return t.case(branches, piece)

    # --- the whole ------------------------------------------------------------------------------------------------

    def value(self, x: Tree) -> Tree:
        lines = t.call("replace", t.call("replace", x, t.concat(_char(13), _char(10)), _char(10)), _char(13), _char(10))
        tokens = self.d.regex_all(self.row, self.d.regex_replace(lines, _DECLARATION, [""]), _TOKENS, 0)
        apart = self.d.list_flatten(self.d.list_map(self.row, tokens, self._apart))
        return self.let(self.d.list_fold(self.row, apart, self.list_of(t.text("")), self._step), self._result)

    def _apart(self, token: Tree) -> Tree:
        """An empty element as its start and its end tag."""
        name = self.group(token, r"^<([^ \t\r\n/>]+)")
        empty = self.d.matches(token, r"(?s)^<[^!?/].*/>$")
        both = self.list_of(token, t.concat(t.text("</"), name, t.text(">")))
        return t.when(empty, both, self.list_of(token))

    def _result(self, state: Tree) -> Tree:
        root = self.d.list_item(state, t.num(2))
        text = t.concat(t.text("{"), self.json(self.key(root)), t.text(":"), self.content(root), t.text("}"))
        right = t.and_(t.eq(self.head(state), t.text(_ENDED)), t.not_(self.d.contains(root, _char(0xFFFF))))
        return t.when(right, self.d.json_decoded(text))

    def _step(self, state: Tree, token: Tree) -> Tree:
        def starts(word: str) -> Tree:
            return t.call("starts_with", token, t.text(word))

        outside = t.among(self.head(state), [t.text(""), t.text(_ENDED)])
        wrong = self.list_of(t.text(_WRONG))
        data = self.group(token, r"(?s)^<!\[CDATA\[(.*)\]\]>$")
        return t.case(
            [
                (t.eq(self.head(state), t.text(_WRONG)), state),
                (starts("<!--"), state),
                (
                    starts("<?"),
                    t.when(self.d.matches(token, r"^<\?[xX][mM][lL][ \t\r\n?]"), wrong, state),
                ),
                (t.among(token, [t.text("<"), t.text("&")]), wrong),
                (starts("</"), t.when(outside, wrong, self._closed(state, token))),
                (starts("<![CDATA["), t.when(outside, wrong, self._with_text(state, data))),
                (starts("<"), t.when(t.eq(self.head(state), t.text(_ENDED)), wrong, self._opened(state, token))),
                (outside, t.when(self.d.matches(token, rf"^{_BLANK}+$"), state, wrong)),
                (self.d.contains(token, t.text("]]>")), wrong),
            ],
            self._with_text(state, self.decoded(token)),
        )

    def _with_text(self, state: Tree, text: Tree) -> Tree:
        return self.d.list_append(state, t.concat(self.head(state), t.text(" # "), text))

    # --- start tags -----------------------------------------------------------------------------------------------

    def _opened(self, state: Tree, token: Tree) -> Tree:
        depth = t.concat(self.head(state), t.text("."))
        name = self.group(token, r"^<([^ \t\r\n/>]+)")
        return self.let(self.d.regex_all(self.row, token, _ATTRIBUTE, 0), lambda found: self._grown(state, depth, name, found))

    def _grown(self, state: Tree, depth: Tree, name: Tree, found: Tree) -> Tree:
        held = self.d.list_filter(self.row, state, self.is_item)
        own = self.list_of(t.concat(depth, t.text(" < "), name))
        items = self.d.list_map(self.row, found, lambda a: t.concat(depth, t.text(" "), self._member(a)))
        grown = self.d.list_concat([self.list_of(depth), held, own, items])
        names = self.d.list_map(self.row, found, self._attribute_name)
        wrong = self.list_of(t.text(_WRONG))
        return self.let(grown, lambda g: self.let(names, lambda ns: t.when(self._is_wrong(name, ns, found, g), wrong, g)))

    def _attribute_name(self, attribute: Tree) -> Tree:
        return self.group(attribute, r"^[ \t\r\n]+([^ \t\r\n=]+)")

    def _member(self, attribute: Tree) -> Tree:
        name = self._attribute_name(attribute)
        text = self.group(attribute, r"(?s)^[^=]*=[ \t\r\n]*.(.*).$")
        text = self.decoded(self.d.regex_replace(text, r"[\t\n]", [" "]))
        plain = self.let(text, lambda x: t.concat(t.text("@"), self.local(name), t.text(" "), self.json(x)))
        declared = t.concat(t.text("="), self.local(name), t.text(" "))
        return t.when(self.d.matches(attribute, rf"^{_BLANK}+xmlns[ \t\r\n:=]"), declared, plain)

    def _is_wrong(self, name: Tree, names: Tree, found: Tree, grown: Tree) -> Tree:
        """A repeated attribute, a prefix that nothing declares, or a declaration that must not be."""
        repeated = t.ne(
            self.d.list_length(self.d.list_distinct(self.row, names)),
            self.d.list_length(names),
        )
        used = self.d.list_concat([self.list_of(name), names])
        unbound = self.d.list_filter(self.row, used, lambda n: self._is_unbound(n, grown))
        refused = rf"^{_BLANK}+xmlns:(?:xmlns{_BLANK}*=|[^=]*={_BLANK}*(?:\"\"|''))"
        bad = self.d.list_filter(self.row, found, lambda a: self.d.matches(a, refused))
        return t.or_(
            repeated,
            t.gt(self.d.list_length(unbound), t.num(0)),
            t.gt(self.d.list_length(bad), t.num(0)),
            t.call("starts_with", name, t.text("xmlns:")),
        )

    def _is_unbound(self, name: Tree, grown: Tree) -> Tree:
        prefix = self.group(name, "^([^:]*):")
        declared = self.d.list_filter(self.row, grown, lambda i: t.eq(self.key(i), t.concat(t.text("="), prefix)))
        needed = t.and_(self.d.contains(name, t.text(":")), t.not_(self.d.matches(name, "^xml(?:ns)?:")))
        return t.and_(needed, t.eq(self.d.list_length(declared), t.num(0)))

    # --- end tags -------------------------------------------------------------------------------------------------

    def _closed(self, state: Tree, token: Tree) -> Tree:
        own = self.d.list_filter(self.row, state, lambda i: self.is_item(i, self.head(state)))
        return self.let(own, lambda items: self._taken(state, items, token))

    def _taken(self, state: Tree, items: Tree, token: Tree) -> Tree:
        name = self.content(self.d.list_item(items, t.num(1)))
        above = t.call("substr", self.head(state), t.num(2))
        others = self.d.list_filter(self.row, state, lambda i: t.and_(self.is_item(i), t.not_(self.is_item(i, self.head(state)))))
        made = t.concat(above, t.text(" "), self.local(name), t.text(" "), self._element(items))
        head = t.when(t.eq(above, t.text("")), t.text(_ENDED), above)
        matching = t.eq(self.group(token, r"^</([^ \t\r\n>]+)"), name)
        return t.when(matching, self.d.list_concat([self.list_of(head), others, self.list_of(made)]), self.list_of(t.text(_WRONG)))

    def _element(self, items: Tree) -> Tree:
        """The JSON of an element: its text when it holds nothing else, null when it is empty."""
        texts = self.d.list_filter(self.row, items, lambda i: self.d.matches(i, r"^\.+ # "))
        whole = self.d.list_join(self.d.list_map(self.row, texts, self.content), t.text(""))
        stripped = self.d.regex_replace(whole, f"^{_OUTER_BLANK}|{_OUTER_BLANK}{self.d.regex_end}", [""])
        members = self.d.list_filter(self.row, items, lambda i: self.d.matches(i, r"^\.+ [^<#=]"))
        return self.let(stripped, lambda text: self.let(members, lambda found: self._object(text, found)))

    def _object(self, text: Tree, members: Tree) -> Tree:
        keys = self.d.list_distinct(self.row, self.d.list_map(self.row, members, self.key))
        parts = self.d.list_map(self.row, keys, lambda k: t.concat(self.json(k), t.text(":"), self._gathered(k, members)))
        is_blank = t.eq(text, t.text(""))
        tail = t.when(is_blank, t.text("}"), t.concat(t.text(',"#text":'), self.json(text), t.text("}")))
        bag = t.concat(t.text("{"), self.d.list_join(parts, t.text(",")), tail)
        bare = t.when(is_blank, t.text("null"), self.json(text))
        return t.when(t.eq(self.d.list_length(members), t.num(0)), bare, bag)

    def _gathered(self, key: Tree, members: Tree) -> Tree:
        """A name's value; several elements of one name are an array, of several attributes the last one counts."""
        own = self.d.list_filter(self.row, members, lambda i: t.eq(self.key(i), key))

        def joined(values: Tree) -> Tree:
            single = t.or_(t.eq(self.d.list_length(values), t.num(1)), t.call("starts_with", key, t.text("@")))
            array = t.concat(t.text("["), self.d.list_join(values, t.text(",")), t.text("]"))
            return t.when(single, self.d.list_item(values, t.num(-1)), array)

        return self.let(self.d.list_map(self.row, own, self.content), joined)


def _char(code: int) -> Tree:
    return t.call("chr", t.num(code))


def _character(code: Tree) -> Tree:
    """The character of a number that XML allows."""
    ranges = [(0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
    valid = t.or_(t.among(code, [t.num(n) for n in (9, 10, 13)]), *(t.between(code, t.num(a), t.num(b)) for a, b in ranges))
    return t.call("chr", t.cast(t.when(valid, code, t.num(0xFFFF)), "INT"))


ROWS: Final[MappingProxyType[str, FunctionRow]] = MappingProxyType({"parse_xml": _parse_xml})
