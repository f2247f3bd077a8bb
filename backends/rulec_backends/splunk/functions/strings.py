"""String functions.

Source: Learn's function pages, recorded answers; Search Reference, "Text functions", "Multivalue eval functions".
"""

from __future__ import annotations

from rulec.catalogue.regexes import may_be_empty
from rulec.ir.exprs import Call, Column, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics, regex
from rulec_backends.splunk.compare import text_equal
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.functions.text_tests import ANY_LEFT, ANY_RIGHT, constant, escaped
from rulec_backends.splunk.functions.texts import text_of
from rulec_backends.splunk.quoting import regex_literal, replacement_literal
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Fn, Node, Number, Rex, Text, fn, joined, number, op


def _strcat(b: Builder, e: Call) -> Node:
    return dynamics.merged([text_of(b, a) for a in e.arguments])


def _strcat_delim(b: Builder, e: Call) -> Node:
    delimiter, *rest = e.arguments
    mark = b.atom(b.value(delimiter))
    out: list[Node] = []
    for i, argument in enumerate(rest):
        out += [mark, text_of(b, argument)] if i else [text_of(b, argument)]
    return dynamics.merged(out)


def _substring(b: Builder, e: Call) -> Node:
    """0-based; a negative start counts from the end; outside the text ''."""
    s = b.atom(b.value(e.arguments[0]))
    start, size = e.arguments[1], e.arguments[2] if len(e.arguments) > 2 else None
    length = [b.value(size)] if size is not None else []
    if isinstance(size, Literal) and isinstance(size.value, int) and size.value <= 0:
        return Text("")
    if isinstance(start, Literal) and isinstance(start.value, int):
        begin = number(start.value + 1 if start.value >= 0 else start.value)
        found = fn("coalesce", Fn("substr", (s, begin, *length)), Text(""))
        late = op(fn("len", s), "<", number(-start.value)) if start.value < 0 else None
    else:
        at = b.atom(b.value(start))
        begin_node = fn("if", op(at, ">=", number(0)), op(at, "+", number(1)), at)
        found = fn("coalesce", Fn("substr", (s, begin_node, *length)), Text(""))
        late = op(op(number(0), "-", at), ">", fn("len", s))
    if size is not None and not isinstance(size, Literal):
        found = fn("if", op(b.value(size), "<=", number(0)), Text(""), found)
    return fn("if", late, Text(""), found) if late is not None else found


def _split(b: Builder, e: Call) -> Node:
    """An array of strings, always with an element; with an index an array of that element, null out of range."""
    s, delimiter = b.atom(b.value(e.arguments[0])), b.value(e.arguments[1])
    cut: Node = fn("split", s, delimiter)
    if constant(e.arguments[1]) == "":
        return b.ctx.refuse(e.span, "`split` at an empty text")
    if constant(e.arguments[1]) is None:  # Splunk cuts between all characters there
        cut = fn("if", op(delimiter, "=", Text("")), s, cut)
    parts = fn("if", op(s, "=", Text("")), Text('[""]'), fn("mv_to_json_array", cut, fn("false")))
    if len(e.arguments) == 2:
        return parts
    item = b.atom(fn("mvindex", dynamics.elements(b, parts), b.value(e.arguments[2])))
    return fn("if", fn("isnull", item), NULL, joined(Text("["), item, Text("]")))


def _replace_string(b: Builder, e: Call) -> Node:
    s, old, new = e.arguments
    text, to = constant(old), constant(new)
    if text == "":
        return b.value(s)
    pattern: Node = Text(regex_literal(text)) if text is not None else escaped(b.value(old))
    target: Node = Text(replacement_literal(to)) if to is not None else fn("replace", b.value(new), Text(r"\\"), Text(r"\\\\"))
    found = fn("replace", b.value(s), pattern, target)
    return found if text is not None else fn("if", op(b.value(old), "=", Text("")), b.value(s), found)


def translated(b: Builder, e: Call, source: Expr) -> regex.Translated | None:
    text = constant(source)
    if text is None:
        b.ctx.refuse(e.span, f"`{e.function}` with a regular expression that is no constant", "PCRE and Kusto's dialect differ")
        return None
    try:
        return regex.translate(text)
    except regex.Inexpressible as error:
        b.ctx.refuse(e.span, f"the regular expression has no PCRE form: {error}")
        return None


def _empty_beside(b: Builder, e: Call, source: Expr, deletes: bool = False) -> bool:
    """Whether matches may be empty beside others, which is refused: after another match Rust takes no empty one, PCRE does.

    Where the matches are deleted (`deletes`), only patterns matter that prefer no text to some."""
    if not may_be_empty(constant(source) or "", lazy=deletes):
        return False
    b.ctx.refuse(e.span, f"`{e.function}` of a pattern that may match no text: beside other matches PCRE finds other empty ones")
    return True


def _replace_regex(b: Builder, e: Call) -> Node:
    s, source, rewrite = e.arguments
    found, target = translated(b, e, source), constant(rewrite)
    if found is None or _empty_beside(b, e, source, deletes=target == ""):
        return Text("")
    if target is None:
        return b.ctx.refuse(e.span, "`replace_regex` with a rewrite that is no constant")
    pattern = f"({found.pattern})"
    out, i = "", 0
    while i < len(target):
        following = target[i + 1 : i + 2]
        if target[i] == "\\" and following.isdigit():
            group = int(following) + 1
            if group > 9 or target[i + 2 : i + 3].isdigit() or group > len(found.groups) + 1:
                return b.ctx.refuse(e.span, "the rewrite's group references")
            out += f"\\{group}"
            i += 2
        elif target[i] == "\\" and following == "\\":
            out, i = out + "\\\\", i + 2
        else:
            out, i = out + replacement_literal(target[i]), i + 1
    return fn("replace", b.value(s), Text(pattern), Text(out))


def _trim(start: bool, end: bool) -> Row:
    """One match of the pattern is removed at each side."""

    def lower(b: Builder, e: Call) -> Node:
        found = translated(b, e, e.arguments[0])
        if found is None:
            return Text("")
        body = b.value(e.arguments[1])
        if start:
            body = fn("replace", body, Text(f"^(?:{found.pattern})"), Text(""))
        return fn("replace", body, Text(f"(?:{found.pattern})\\z"), Text("")) if end else body

    return lower


def _extract(b: Builder, e: Call) -> Node:
    """The first match's group; '' without a match."""
    found = translated(b, e, e.arguments[0])
    group, s = e.arguments[1], b.atom(b.value(e.arguments[2]))
    if found is None:
        return Text("")
    if not isinstance(group, Literal) or not isinstance(group.value, int) or group.value < 0:
        return b.ctx.refuse(e.span, "`extract` of a group that is no constant number from 0")
    text: Node = Text("")  # of a group that the pattern has not
    if group.value <= len(found.groups):
        pattern = Text(f"^(?s:.*?){_one_group(e.arguments[0], group.value)}(?s:.*)\\z")
        text = fn("if", fn("match", s, Text(found.pattern)), fn("replace", s, pattern, Text(r"\1")), Text(""))
    if e.type is ScalarType.STRING:
        return text
    from rulec_backends.splunk.functions.conversions import from_text

    return from_text(b, e, b.atom(text), e.type)


def capturing(e: Expr, name: str) -> str | None:
    """The pattern of an `extract` of a text with its group named, for `rex`; None where `rex` cannot do it."""
    match e:
        case Call(function="extract", arguments=(pattern, Literal(value=int() as group), Column()), type=ScalarType.STRING):
            source = constant(pattern)
        case _:
            return None
    try:
        if source is None or not 0 <= group <= len(regex.translate(source).groups):
            return None
        return regex.naming(source, {group: name}) if group else f"(?<{name}>{regex.naming(source, {})})"
    except regex.Inexpressible:
        return None


def _one_group(source: Expr, group: int) -> str:
    """The constant pattern with only this group capturing: `replace` knows nine."""
    if group == 0:
        return f"({regex.naming(constant(source) or '', {})})"
    return f"(?:{regex.naming(constant(source) or '', {group: ''})})"


def _extract_all(b: Builder, e: Call) -> Node:
    """All matches: of one group a flat array, of several arrays of arrays; null without a match.

    `rex` collects the matches; each is matched again on its own for the groups, so that a group without a match is ''."""
    source, groups, s = e.arguments[0], e.arguments[1:-1], e.arguments[-1]
    found = translated(b, e, source)
    if found is None or _empty_beside(b, e, source):
        return Text("")
    given = groups[0].value if groups and isinstance(groups[0], Literal) else None
    numbers = range(1, len(found.groups) + 1)
    names = {name: i for i, name in enumerate(found.groups, 1) if name}
    given = [names.get(w, w) if isinstance(w, str) else w for w in given] if isinstance(given, list) else given
    wanted = [w for w in given if isinstance(w, int) and w in numbers] if isinstance(given, list) else list(numbers)
    if not wanted or (groups and not isinstance(given, list)):
        return b.ctx.refuse(e.span, "`extract_all` of groups that are no constants, or none of which the pattern has")
    name = b.ctx.fresh("all")
    b.assign(name, NULL)
    b.emit(Rex(b.field(b.value(s), "s"), f"(?<{name}>{regex.naming(constant(source) or '', {})})", 0))
    patterns = [Text(f"^{_one_group(source, w)}\\z") for w in wanted]
    parts = [dynamics.quoted(fn("replace", Field(name), pattern, Text(r"\1"))) for pattern in patterns]
    item = parts[0] if len(parts) == 1 else dynamics.array_of(parts)
    return fn("if", fn("isnull", Field(name)), NULL, dynamics.array_text(fn("mvmap", Field(name), item)))


def _regex_quote(b: Builder, e: Call) -> Node:
    return fn("replace", b.value(e.arguments[0]), Text(r"([\\.+*?()|\[\]{}^$#&~\-])"), Text(r"\\\1"))


def _has_any_index(b: Builder, e: Call) -> Node:
    """The place of the first term that the text has."""
    s, terms = b.atom(b.value(e.arguments[0])), e.arguments[1]
    if terms.type is not ScalarType.DYNAMIC:
        return b.ctx.refuse(e.span, "`has_any_index` with terms that are no array")
    j = b.atom(b.value(terms))
    words = b.temp(fn("if", dynamics.is_array(j), fn("json_array_to_mv", j), NULL), "mv")
    i = _indexes(b, fn("coalesce", fn("mvcount", words), number(0)))
    pattern = joined(Text("(?i)" + ANY_LEFT), escaped(fn("mvindex", words, i)), Text(ANY_RIGHT))
    hits = b.temp(fn("mvmap", i, fn("if", fn("match", s, pattern), i, NULL)), "hit")
    return fn("coalesce", fn("mvindex", hits, number(0)), Number("-1"))


def _replace_strings(b: Builder, e: Call) -> Node:
    """Constant texts, one after the other; what was put in stays: a mark of so many characters stands for it until the end."""
    old, new = (a.value if isinstance(a, Literal) else None for a in e.arguments[1:3])
    if not isinstance(old, list) or not isinstance(new, str | list):
        return b.ctx.refuse(e.span, "`replace_strings` of texts that are no constants")
    pairs = [(o, new if isinstance(new, str) else new[i] if i < len(new) else "") for i, o in enumerate(old)]
    texts = [(o, n) for o, n in pairs if isinstance(o, str) and o and isinstance(n, str)]
    found = b.value(e.arguments[0])
    if len(texts) == 1:
        return fn("replace", found, Text(regex_literal(texts[0][0])), Text(replacement_literal(texts[0][1])))
    for i, (o, _) in enumerate(texts, 1):
        found = fn("replace", found, Text(regex_literal(o)), Text("\x01" * i + "\x02"))
    for i, (_, n) in enumerate(texts, 1):
        found = fn("replace", found, Text(rf"(?<!\x01)\x01{{{i}}}\x02"), Text(replacement_literal(n)))
    return found


def _countof(b: Builder, e: Call) -> Node:
    """Plain matches overlap; matches of a regular expression do not."""
    s = b.atom(b.value(e.arguments[0]))
    kind = constant(e.arguments[2]) if len(e.arguments) > 2 else "normal"
    if kind == "regex":
        found = translated(b, e, e.arguments[1])
        body = found.pattern if found and not _empty_beside(b, e, e.arguments[1]) else ""
    else:
        text = constant(e.arguments[1])
        if not text:
            return b.ctx.refuse(e.span, "`countof` of a text that is no constant or empty")
        body = regex_literal(text[0]) + (f"(?={regex_literal(text[1:])})" if len(text) > 1 else "")
    mark = fn("replace", s, Text(body), Text("\x01"))
    return fn("len", fn("replace", mark, Text("[^\\x01]"), Text("")))


def _indexes(b: Builder, count: Node) -> Field:
    return b.temp(fn("mvrange", number(0), count), "i")


def _reverse(b: Builder, e: Call) -> Node:
    s = b.atom(text_of(b, e.arguments[0]))
    size = b.temp(fn("len", s), "n")
    i = _indexes(b, size)
    return fn("coalesce", fn("mvjoin", fn("mvmap", i, fn("substr", s, op(size, "-", i), number(1))), Text("")), Text(""))


def _repeat(b: Builder, e: Call) -> Node:
    s, count = b.atom(text_of(b, e.arguments[0])), b.value(e.arguments[1])
    mark = b.value(e.arguments[2]) if len(e.arguments) > 2 else Text("")
    i = _indexes(b, count)
    return fn("coalesce", fn("mvjoin", fn("mvmap", i, s), mark), Text(""))


def _repeated(b: Builder, e: Call) -> Node:
    """An array of the value, so many times; null for null and less than none."""
    value, count = b.atom(dynamics.member(b, e.arguments[0])), b.atom(b.value(e.arguments[1]))
    found = dynamics.array_text(fn("mvmap", _indexes(b, count), value))
    return fn("if", op(count, ">=", number(0)), found, NULL)


def _strcmp(b: Builder, e: Call) -> Node:
    left, right = b.atom(b.value(e.arguments[0])), b.atom(b.value(e.arguments[1]))
    less = op(joined(Text("="), left), "<", joined(Text("="), right))
    return fn("case", text_equal(left, right), number(0), less, Number("-1"), fn("true"), number(1))


def _string_size(b: Builder, e: Call) -> Node:
    """UTF-8 bytes: one more for each character beyond U+007F, U+07FF, U+FFFF."""
    s = b.atom(b.value(e.arguments[0]))
    out: Node = fn("len", s)
    for last in ("7f", "7ff", "ffff"):
        out = op(out, "+", fn("len", fn("replace", s, Text(f"[\\x{{0}}-\\x{{{last}}}]"), Text(""))))
    return out


def _translate(b: Builder, e: Call) -> Node:
    """Each character of the first text as the one at its place in the second, whose last one serves for the rest."""
    old, new = constant(e.arguments[0]), constant(e.arguments[1])
    if old is None or new is None:
        return b.ctx.refuse(e.span, "`translate` of characters that are no constants")
    s = b.atom(b.value(e.arguments[2]))
    if not old or not new:
        return fn("replace", s, Text(f"[{''.join(map(regex_literal, old))}]"), Text("")) if old else s
    places = {char: new[min(old.index(char), len(new) - 1)] for char in dict.fromkeys(old)}
    size = b.temp(fn("len", s), "n")
    char = fn("substr", s, op(_indexes(b, size), "+", number(1)), number(1))
    cases: list[Node] = []
    for target in dict.fromkeys(places.values()):
        some = "".join(regex_literal(c) for c, t in places.items() if t == target)
        cases += [fn("match", char, Text(f"(?s)^[{some}]\\z")), Text(f"={target}")]
    marked = fn("mvmap", _indexes(b, size), Fn("case", (*cases, fn("true"), joined(Text("="), char))))
    return fn("coalesce", fn("replace", fn("mvjoin", marked, Text("")), Text("(?s)=(.)"), Text(r"\1")), Text(""))


def _one(name: str) -> Row:
    return lambda b, e: fn(name, b.value(e.arguments[0]))


def _url_decode(b: Builder, e: Call) -> Node:
    """A plus is a blank, as `url_encode` writes it."""
    return fn("coalesce", fn("urldecode", fn("replace", b.value(e.arguments[0]), Text(r"\+"), Text(" "))), Text(""))


def _hash(name: str) -> Row:
    return lambda b, e: fn(name, text_of(b, e.arguments[0]))


def _isascii(b: Builder, e: Call) -> Node:
    return fn("if", fn("match", b.value(e.arguments[0]), Text(r"[^\x{0}-\x{7f}]")), Text("false"), Text("true"))


def _tohex(b: Builder, e: Call) -> Node:
    """Lower-case digits; a negative number as 64 bits, which doubles hold down to -2^32."""
    if len(e.arguments) > 1 or b.ctx.big_integers:
        return b.ctx.refuse(e.span, "`tohex` with a width, or of integers beyond 2^53")
    x = b.atom(b.value(e.arguments[0]))
    low = joined(Text("ffffffff"), fn("printf", Text("%08x"), op(number(4294967296), "+", x)))
    return fn(
        "coalesce", fn("case", op(x, ">=", number(0)), fn("printf", Text("%x"), x), op(x, ">=", Number("-4294967296")), low), Text("")
    )


FUNCTIONS: dict[str, Row] = {
    "strcat": _strcat,
    "strcat_delim": _strcat_delim,
    "substring": _substring,
    "split": _split,
    "replace_string": _replace_string,
    "replace_regex": _replace_regex,
    "trim": _trim(True, True),
    "trim_start": _trim(True, False),
    "trim_end": _trim(False, True),
    "extract": _extract,
    "extract_all": _extract_all,
    "countof": _countof,
    "translate": _translate,
    "reverse": _reverse,
    "repeat": _repeated,
    "strrep": _repeat,
    "strcmp": _strcmp,
    "strlen": _one("len"),
    "string_size": _string_size,
    "tolower": _one("lower"),
    "toupper": _one("upper"),
    "url_decode": _url_decode,
    "hash_md5": _hash("md5"),
    "hash_sha1": _hash("sha1"),
    "hash_sha256": _hash("sha256"),
    "isascii": _isascii,
    "tohex": _tohex,
    "regex_quote": _regex_quote,
    "has_any_index": _has_any_index,
    "replace_strings": _replace_strings,
}
