"""parse_csv, parse_command_line, parse_version: texts cut by rules of quoting.

A separator that counts becomes a control character, at which `split` cuts; what stands in quotes is passed over.
Source: Learn's function pages; RFC 4180; the C run-time's rules of command lines.
"""

from __future__ import annotations

from rulec.ir.exprs import Call
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.functions.text_tests import constant
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Fn, Node, Text, fn, joined, number, op

_CUT = Text("\x04")
#: A field of a record: quoted, not closed, or plain.
_FIELD = r'(?:"(?:[^"]|"")*"[^,\r\n]*|"(?:[^"]|"")*\z|[^",\r\n][^,\r\n]*|(?=[,\r\n]|\z))'


def _parse_csv(b: Builder, e: Call) -> Node:
    """The fields of the first record; `""` in a quoted field is a quote."""
    s = b.atom(b.value(e.arguments[0]), "s")
    record = b.temp(fn("replace", s, Text(rf"^({_FIELD}(?:,{_FIELD})*)(?s:.*)\z"), Text(r"\1")), "record")
    cut = fn("replace", record, Text(rf"\G(?:^|,)({_FIELD})"), Text("\x04=\\1"))
    fields = b.temp(fn("split", fn("replace", cut, Text(r"^\x04"), Text("")), _CUT), "field")
    bare = fn("replace", fields, Text("^="), Text(""))
    inner = fn("replace", fn("replace", fields, Text(r'^="((?:[^"]|"")*)"?(?s:.*)\z'), Text(r"\1")), Text('""'), Text('"'))
    rest = fn("replace", fields, Text(r'^="(?:[^"]|"")*(?:"((?s:.*)))?\z'), Text(r"\1"))
    value = fn("if", fn("match", fields, Text('^="')), joined(inner, rest), bare)
    return dynamics.array_text(fn("mvmap", fields, dynamics.quoted(value)))


def _parse_command_line(b: Builder, e: Call) -> Node:
    """The arguments of a Windows command line: backslashes count before a quote only, `""` in quotes is a quote."""
    kind = constant(e.arguments[1]) if len(e.arguments) > 1 else None
    if kind is None:
        return b.ctx.refuse(e.span, "`parse_command_line` of a kind that is no constant")
    if kind.lower() != "windows":
        return NULL
    s = b.atom(b.value(e.arguments[0]), "s")
    marked = fn("replace", fn("replace", s, Text(r'\\\\(?=\\*")'), Text("\x01")), Text(r'\\"'), Text("\x02"))
    cut = fn("replace", marked, Text(r'"(?:[^"]|"")*(?:"|\z)(*SKIP)(*F)|[ \t]+'), _CUT)
    words = b.temp(fn("split", fn("replace", cut, Text(r"^\x04|\x04\z"), Text("")), _CUT), "word")
    bare = fn("replace", words, Text(r'"((?:[^"]|"")*)(?:"|\z)'), Text(r"\1"))
    value = fn("replace", fn("replace", bare, Text(r'""|\x02'), Text('"')), Text(r"\x01"), Text(r"\\"))
    return fn("if", op(s, "=", Text("")), NULL, dynamics.array_text(fn("mvmap", words, dynamics.quoted(value))))


def _parse_version(b: Builder, e: Call) -> Node:
    """Up to four numbers, eight digits each, as one."""
    s = b.temp(fn("replace", b.value(e.arguments[0]), Text(r"^\s+|\s+\z"), Text("")), "s")
    parts = b.temp(fn("split", s, Text(".")), "part")
    eight = Fn("mvmap", (parts, fn("replace", joined(Text("0000000"), parts), Text(r"^0*(\d{8})\z"), Text(r"\1"))))
    whole = joined(fn("mvjoin", eight, Text("")), Text("0" * 24))
    digits = fn("replace", fn("substr", whole, number(1), number(32)), Text(r"^0+(?=\d)"), Text(""))
    return fn("if", fn("match", s, Text(r"^\d{1,8}(?:\.\d{1,8}){0,3}\z")), digits, NULL)


FUNCTIONS: dict[str, Row] = {
    "parse_csv": _parse_csv,
    "parse_command_line": _parse_command_line,
    "parse_version": _parse_version,
}
