"""parse_xml: the text is rewritten from its leaves to its root, one level each time a `foreach` goes round.

An element whose content has no element any more becomes a member: its name, its value as JSON, its name. Control characters, which XML
has not, stand between the parts. What is no well-formed document keeps a tag that nothing matches, and is null.
Source: Learn, parse_xml(); XML 1.0; Search Reference, foreach (mode=multivalue), replace.
"""

from __future__ import annotations

from rulec.ir.exprs import Call
from rulec_backends.splunk.functions.encodings import percents
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Foreach, Node, Text, any_of, fn, joined, number, op

#: How often the text is rewritten: once for each level, and once more where members of one name stand apart.
_ROUNDS = 24
_LIMIT = 1_048_576
_CDATA = r"(?s)(?=(?:(?!<!\[CDATA\[).)*?\]\]>)"
_TAG = r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>(*SKIP)(*F)"""
_ATTRIBUTES = r'((?:\x01"[^"]*":"[^"]*")*)'

#: Pattern -> replacement: comments go, sections of character data become text, quotes and brackets that are text become entities.
_CLEAN: tuple[tuple[str, str], ...] = (
    (r"\r\n?", "\n"),
    (r"(?s)<!\[CDATA\[.*?\]\]>(*SKIP)(*F)|<!--.*?-->|<\?.*?\?>", ""),
    ("&" + _CDATA, "&amp;"),
    (r"<(?!!\[CDATA\[)" + _CDATA, "&lt;"),
    (r"<!\[CDATA\[|\]\]>", ""),
    (_TAG + "|>", "&gt;"),
    (_TAG + '|"', "&quot;"),
    (_TAG + "|'", "&apos;"),
    (r'=\s*"[^"]*"(*SKIP)(*F)|"', "&quot;"),
    (r""""[^"]*"(*SKIP)(*F)|'([^']*)'""", r'"\1"'),
    (r'>(?=[^"<]*")', "&gt;"),
    (r"\\", r"\\\\"),
    (r'[\t\n](?=[^"<>]*"[\s/>])', " "),
)
#: Attributes become members, prefixes go, empty elements get an end.
_TAGS: tuple[tuple[str, str], ...] = (
    (r'\s+xmlns(?::[^\s=<>"]+)?\s*=\s*"[^"<]*"', ""),
    (r'\s+(?:[^\s=":<>/]+:)?([^\s=":<>/]+)\s*=\s*"([^"<]*)"', '\x01"@\\1":"\\2"'),
    (r"\s+(?=/?>)", ""),
    (r'<(/?)[^\s<>/:"\x01]+:(?=[^\s<>/:"\x01])', r"<\1"),
    (rf'<([^\s<>/"\x01]+){_ATTRIBUTES}/>', r"<\1\2></\1>"),
    (r"&#(?:0*9|x0*9);", "\t"),
    (r"&#(?:0*10|x0*[Aa]);", "\n"),
    (r"&#(?:0*13|x0*[Dd]);", "\r"),
    (r"&#(?:0*32|x0*20);", " "),
)
_MEMBER = r"\x02[^\x04]*\x04"
_ROUND: tuple[tuple[str, str], ...] = (
    # an element without elements: name, attributes, content for its members, content for its text
    (rf"<([^\s<>/\x01]+){_ATTRIBUTES}>([^<]*)</\1>", "\x0e\\1\\2\x06\\3\x07\\3\x0f\\1\x10"),
    (r"(?<=[\x06\x04])[^\x02\x04\x06\x07\x0e\x0f]+(?=[^\x07\x0e\x0f]*\x07)", ""),
    (_MEMBER + r"(?=[^\x06\x07\x0e]*\x0f)", ""),
    (r"(?<=\x07)[\s\x{85}\p{Z}]+|[\s\x{85}\p{Z}]+(?=\x0f)", ""),
    # members of one name come together, and become one with several values
    (r"(\x05([^\x04]+)\x04)((?:\x02(?!\2\x03)[^\x04]*\x04)+)(\x02\2\x03[^\x05]*\x05\2\x04)", r"\1\4\3"),
    (r"\x05([^\x04]+)\x04\x02\1\x03", "\x08"),
    (
        rf"\x0e([^\x06\x0e]*)\x06(?!(?:{_MEMBER})*?\x02([^\x03]+)\x03[^\x04]*\x04(?:{_MEMBER})*?\x02\2\x03)"
        rf"((?:{_MEMBER})*)\x07([^\x0f]*)\x0f([^\x10]*)\x10",
        "\x11\\1\x12\\3\x13\\4\x14\\5\x10",
    ),
    (r"\x02([^\x03]+)\x03([^\x05\x08]*)\x05[^\x04]*\x04(?=[^\x06-\x07\x0e\x11\x12\x14]*\x13)", '\x01"\\1":\\2'),
    (r"\x02([^\x03]+)\x03([^\x05]*)\x05[^\x04]*\x04(?=[^\x06-\x07\x0e\x11\x12\x14]*\x13)", '\x01"\\1":[\\2]'),
    (r"\x08(?=[^\x02-\x07\x0e\x11\x12\x14]*\x13)", ","),
    # the element's value: null, its text, or a bag
    (r"\x11([^\x01\x12]+)\x12\x13\x14[^\x10]*\x10", "\x02\\1\x03null\x05\\1\x04"),
    (r"\x11([^\x01\x12]+)\x12\x13([^\x14]+)\x14[^\x10]*\x10", '\x02\\1\x03"\\2"\x05\\1\x04'),
    (r"\x12", ""),
    (r"\x13([^\x14]+)(?=\x14)", '\x01"#text":"\\1"'),
    (r"\x13(?=\x14)", ""),
    (r"\x11([^\x01]+)\x01([^\x14]*)\x14[^\x10]*\x10", "\x02\\1\x03{\\2}\x05\\1\x04"),
    (r"\x01(?=[^\x02\x03\x04<>]*\x05)", ","),
)
_ROOT = r"^\s*\x02([^\x03]+)\x03([^\x02-\x05]*)\x05[^\x04]*\x04\s*\z"
_FINISH: tuple[tuple[str, str], ...] = (
    ("\n", r"\\n"),
    ("\t", r"\\t"),
    ("\r", r"\\r"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&apos;", "'"),
    ("&quot;", r'\\"'),
    ("&amp;", "&"),
)
#: Characters that XML has not, and a declaration that is not at the start.
_FORBIDDEN = Text(r"[\x{0}-\x{8}\x{b}\x{c}\x{e}-\x{1f}]|^\s+<\?xml\s")
#: An attribute twice, or an ampersand that begins no reference.
_MALFORMED = Text(
    r'<[^<>]*\x01("[^"]*":)[^<>]*\x01\1|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)'
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9A-Fa-f]|[dD][89a-fA-F]..));"
)
#: A prefix that the text behind the mark does not declare.
_UNDECLARED = Text(
    r'(?s)(?:</?|\s(?=[^\s<>="]+\s*=\s*"))(?!xmlns:|xml:)([^\s<>/=":]+):[^\s<>/=":]+(?=[\s=/>])(?=[^\x02]*\x02)(?!.*\x02.*xmlns:\1\s*=)'
    r'|xmlns:[^\s=<>"]+\s*=\s*""'
)


def _rewritten(value: Node, steps: tuple[tuple[str, str], ...]) -> Node:
    for pattern, replacement in steps:
        value = fn("replace", value, Text(pattern), Text(replacement))
    return value


def _characters(b: Builder, text: Node) -> Node:
    """Character references by number as characters; those that JSON escapes, escaped."""
    parts = b.temp(fn("split", text, Text("&#")), "part")
    digits = fn("replace", parts, Text(r"^x?([0-9A-Fa-f]+);(?s:.*)\z"), Text(r"\1"))
    code = fn("tonumber", digits, fn("if", fn("match", parts, Text("^x")), number(16), number(10)))
    escaped = fn("printf", Text(r"\u%04x"), code)
    special = op(op(op(code, "<", number(32)), "OR", op(code, "=", number(34))), "OR", op(code, "=", number(92)))
    char = fn("if", special, escaped, fn("urldecode", percents(code)))
    rest = fn("replace", parts, Text(r"^x?[0-9A-Fa-f]+;"), Text(""))
    return fn(
        "mvjoin", fn("mvmap", parts, fn("if", fn("match", parts, Text(r"^(?:\d+|x[0-9A-Fa-f]+);")), joined(char, rest), parts)), Text("")
    )


def _parse_xml(b: Builder, e: Call) -> Node:
    """Attributes as `@name`, text beside them as `#text`, repeated elements as arrays."""
    s = b.atom(b.value(e.arguments[0]), "s")
    xml = Field(b.ctx.fresh("xml"))
    b.assign(xml.name, _rewritten(s, _CLEAN))
    strange = any_of(fn("match", s, _FORBIDDEN), op(fn("len", s), ">", number(_LIMIT)))
    undeclared = fn("match", joined(xml, Text("\x02"), xml), _UNDECLARED)
    b.assign(xml.name, fn("if", any_of(strange, undeclared), Text("<"), _rewritten(xml, _TAGS)))
    odd = fn("match", xml, _MALFORMED)
    b.assign(xml.name, fn("if", odd, Text("<"), xml))
    rounds = b.temp(fn("mvrange", number(0), number(_ROUNDS)), "round")
    b.emit(Foreach(rounds.name, ((xml.name, _rewritten(xml, _ROUND)),)))
    b.ctx.warn(e.span, f"`parse_xml` of elements nested deeper than {_ROUNDS} gives null", "read the parts that count with `extract`")
    document = fn("replace", xml, Text(_ROOT), Text(r'{"\1":\2}'))
    found = b.temp(fn("if", fn("match", xml, Text(_ROOT)), document, NULL), "xml")
    return b.temp(_rewritten(_characters(b, found), _FINISH), "xml")


FUNCTIONS: dict[str, Row] = {"parse_xml": _parse_xml}
