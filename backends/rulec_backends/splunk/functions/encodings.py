"""base64, code points: bytes as percent-encoded text, which `urldecode` reads as UTF-8.

The way back, from a character to its code, has no function in SPL.
Source: Learn's function pages; Search Reference, mvfind, printf, urldecode.
"""

from __future__ import annotations

from rulec.backend import Unsupported
from rulec.ir.exprs import Call
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder, Each
from rulec_backends.splunk.tree import NULL, Node, Text, all_of, fn, joined, number, op, plus

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BASE64 = Text(r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\z")
_NEXT = "%[89ab]."
#: Percent-encoded bytes that are UTF-8.
_UTF8 = Text(
    rf"^(?:%[0-7].|%(?:c[2-9a-f]|d.){_NEXT}|%e0%[ab].{_NEXT}|%e[1-9abcef]{_NEXT}{_NEXT}|%ed%[89].{_NEXT}"
    rf"|%f0%[9ab].{_NEXT}{_NEXT}|%f[1-3]{_NEXT}{_NEXT}{_NEXT}|%f4%8.{_NEXT}{_NEXT})*\z"
)


def _decoded(b: Builder, e: Call, shape: str, size: int) -> tuple[Node, Node]:
    """Whether a text is base64, and its bytes, each printed by `shape` (of `size` characters), as one text."""
    s = b.atom(b.value(e.arguments[0]), "s")
    letters = b.temp(fn("split", Text(_ALPHABET), Text("")), "b64")
    count = fn("if", fn("match", s, _BASE64), op(fn("len", s), "/", number(4)), number(0))
    each = Each(b, b.temp(fn("mvrange", number(0), count), "i"))
    parts = []
    for at, weight in enumerate((262144, 4096, 64, 1)):
        char = fn("substr", s, op(op(each.places, "*", number(4)), "+", number(at + 1)), number(1))
        code = fn("coalesce", fn("mvfind", letters, joined(Text("^["), char, Text(r"]\z"))), number(0))
        parts.append(op(code, "*", number(weight)))
    group = each.temp(plus(*parts), "n")
    high, low = fn("floor", op(group, "/", number(65536))), fn("floor", op(group, "/", number(256)))
    printed = fn("printf", Text(shape * 3), high, op(low, "%", number(256)), op(group, "%", number(256)))
    text = b.temp(fn("coalesce", fn("mvjoin", each.every(printed), Text("")), Text("")), "bytes")
    missing = fn("len", fn("replace", s, Text("[^=]"), Text("")))
    end = op(fn("len", text), "-", op(number(size), "*", missing))
    return fn("match", s, _BASE64), b.temp(fn("coalesce", fn("substr", text, number(1), end), Text("")), "bytes")


def _decode_tostring(b: Builder, e: Call) -> Node:
    """'' for what is no base64, or whose bytes are no UTF-8."""
    valid, percents = _decoded(b, e, "%%%02x", 3)
    return fn("if", all_of(valid, fn("match", percents, _UTF8)), fn("coalesce", fn("urldecode", percents), Text("")), Text(""))


def _decode_toarray(b: Builder, e: Call) -> Node:
    valid, numbers = _decoded(b, e, "%03d,", 4)
    clean = fn("replace", fn("replace", numbers, Text(r"\b0{1,2}(?=\d)"), Text("")), Text(r",\z"), Text(""))
    return fn("if", valid, joined(Text("["), clean, Text("]")), NULL)


def _from_codepoints(b: Builder, e: Call) -> Node:
    """The text of code points; arrays among the arguments count as their elements."""
    parts: list[Node] = []
    for argument in e.arguments:
        if argument.type is ScalarType.DYNAMIC:
            j = b.atom(b.value(argument))
            parts.append(fn("if", dynamics.is_array(j), dynamics.elements(b, j), j))
        else:
            parts.append(b.value(argument))
    codes = b.temp(fn("mvappend", *parts) if len(parts) > 1 else parts[0], "codes")
    return fn("coalesce", fn("urldecode", fn("mvjoin", fn("mvmap", codes, percents(fn("tonumber", codes))), Text(""))), Text(""))


def percents(code: Node) -> Node:
    """The UTF-8 bytes of a code point, percent-encoded; null for what is none."""

    def byte(divisor: int, mark: int, span: int) -> Node:
        part = fn("floor", op(code, "/", number(divisor))) if divisor > 1 else code
        return op(number(mark), "+", op(part, "%", number(span)))

    def printed(*parts: Node) -> Node:
        return fn("printf", Text("%%%02x" * len(parts)), *parts)

    tail = byte(1, 128, 64)
    return fn(
        "case",
        op(code, "<", number(0)),
        NULL,
        op(code, "<", number(128)),
        printed(code),
        op(code, "<", number(2048)),
        printed(byte(64, 192, 32), tail),
        op(code, "<", number(65536)),
        printed(byte(4096, 224, 16), byte(64, 128, 64), tail),
        op(code, "<", number(1114112)),
        printed(byte(262144, 240, 8), byte(4096, 128, 64), byte(64, 128, 64), tail),
    )


def _new_guid(b: Builder, e: Call) -> Node:
    """Of version 4, from a digest of random numbers."""
    digits = fn("md5", joined(fn("random"), Text("-"), fn("random"), Text("-"), fn("random"), Text("-"), fn("time")))
    shape = Text(r"^(\w{8})(\w{4})\w(\w{3})\w(\w{3})(\w{12})\z")
    return fn("replace", digits, shape, Text(r"\1-\2-4\3-a\4-\5"))


_NO_CODE = Unsupported("SPL has no function from a character to its code", "encode before indexing")
FUNCTIONS: dict[str, Row] = {
    "base64_decode_tostring": _decode_tostring,
    "base64_decode_toarray": _decode_toarray,
    "unicode_codepoints_to_string": _from_codepoints,
    "new_guid": _new_guid,
    **dict.fromkeys(
        ("base64_encode_tostring", "base64_encode_fromguid", "url_encode", "url_encode_component", "unicode_codepoints_from_string"),
        _NO_CODE,
    ),
}
