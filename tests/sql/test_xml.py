"""`parse_xml` in SQL gives what the Python target gives, of right and of wrong texts."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Final

from rulec_backends.python.runtime.parsing import parse_xml
from tests.sql import duck

_ROOTS: Final = ("", "x", "<a/>", " <a/> ", "<a></a>", "<a>t</a>", "<a>\n t \n</a>", "<a/><b/>", "<a/>x", "x<a/>", "<a", "<a>", "</a>")
_TAGS: Final = ("<a></b>", "<a><b></a></b>", "< a/>", "<a / >", "</ a>", "<a ><b /></a >", "<1a/>", "<-a/>", "<a-b.c_d/>", "<é ü='ö'>ñ</é>")
_ATTRIBUTES: Final = (
    "<a b='1' c=\"2\">x</a>",
    "<a b=1/>",
    "<a b/>",
    "<a b='1' b='2'/>",
    "<a b='1'c='2'/>",
    "<a b='x\n y\t z\r\n'/>",
    "<a b='<'/>",
    "<a b='>'/>",
    "<a b='&amp;&#10;x'/>",
    "<a b='a & b'/>",
    "<a x='1'><x>2</x></a>",
    "<a b=' @x y '/>",
)
_CONTENT: Final = (
    "<a><b>1</b><b>2</b><b/></a>",
    '<a b="1">t<c/><c/></a>',
    "<a><b/>t<c/>u</a>",
    "<a>\r\nx\r\ny\r</a>",
    "<a>\u00a0x\u2003</a>",
    "<a>\x01</a>",
    "<a>\ufffe</a>",
    "<a> =p # &lt; </a>",
    "<a>" * 30 + "deep" + "</a>" * 30,
)
_REFERENCES: Final = (
    "<a>&lt;&amp;&gt;&quot;&apos;</a>",
    "<a>&#65;&#x42;&#x1F600;&#00000000065;</a>",
    *(f"<a>{x}</a>" for x in ("&#0;", "&#xFFFF;", "&#xD800;", "&#x110000;", "&foo;", "&", "&lt", "&#;", "&#x;", "&#x41")),
)
_SECTIONS: Final = (
    "<a>]]></a>",
    "<a><![CDATA[<x>&amp;]]></a>",
    "<a><![CDATA[ x ]]> y </a>",
    "<a><![CDATA[x]]</a>",
    "<![CDATA[x]]><a/>",
    "<a><!-- c --></a>",
    "<a><!-- c -- d --></a>",
    "<a><!--x---></a>",
    "<!-- x --><a/><!-- y -->",
    '<?xml version="1.0"?><a/>',
    "<?xml version='1.0' encoding='UTF-16' standalone='yes' ?>\n<a/>",
    ' <?xml version="1.0"?><a/>',
    "<?xml?><a/>",
    "<?pi x?><a><?pi y?></a>",
    "<a><?XML x?></a>",
    "<a><?xmlfoo x?></a>",
    "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "\ufeff<a/>",
)
_SPACES: Final = (
    "<a:b/>",
    "<a:b xmlns:a='u'><a:c a:d='1'/></a:b>",
    "<x><a:b xmlns:a='u'/><a:c/></x>",
    "<a xmlns='u' b='1'><c/></a>",
    "<a xmlns:p=''/>",
    "<a xml:lang='en'/>",
    "<a xmlns:xmlns='u'/>",
    "<xmlns:a/>",
    "<a:b:c xmlns:a='u'/>",
    "<:a/>",
    "<a p:b='1' xmlns:p='u' xmlns:q='v' q:b='2'/>",
)
_EVENTS: Final = (
    '<EventData xmlns="http://schemas.microsoft.com/win/2004/08"><Data Name="A">S-1</Data><Data Name="B"></Data></EventData>',
    '<DataItem Type="System.XmlData" time="2020"><EventData><Data>one</Data><Data>two</Data></EventData></DataItem>',
)
_PIECES: Final = (
    "<a>",
    "</a>",
    '<c x="1">',
    "</c>",
    "<b/>",
    "t",
    " ",
    "&lt;",
    "&#65;",
    "&",
    "<![CDATA[z]]>",
    "<!--k-->",
    "<",
    ">",
    "é",
    "]]>",
)


def _made(count: int) -> list[str]:
    """Texts of random pieces, most of them wrong."""
    random_ = random.Random(7)
    return [f"<a>{''.join(random_.choices(_PIECES, k=random_.randrange(7)))}</a>" for _ in range(count)]


TEXTS: Final = (*_ROOTS, *_TAGS, *_ATTRIBUTES, *_CONTENT, *_REFERENCES, *_SECTIONS, *_SPACES, *_EVENTS, *_made(150))


def query(texts: Sequence[str]) -> str:
    """A query that reads each text; `x` is the value of number `i`."""
    rows = ", ".join(f"{i}, {json.dumps(text)}" for i, text in enumerate(texts))
    return f"datatable(i:long, s:string)[{rows}] | where i >= 0 | project i, x = parse_xml(s)"


def check(found: dict[int, str | None]) -> None:
    """Compares the values by number with Python's."""
    for index, text in enumerate(TEXTS):
        value = found[index]
        assert json.dumps(json.loads(value) if value is not None else None) == json.dumps(parse_xml(text)), text


def test_duckdb_reads_xml_as_python_does() -> None:
    check(dict(duck.rows(query(TEXTS))))
