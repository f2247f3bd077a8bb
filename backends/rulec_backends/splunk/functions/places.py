"""parse_url, parse_urlquery, parse_path: parts of addresses and file paths.

A single part, `parse_url(u).Host`, is read by one `replace`; the whole bag is built from all of them.
Source: Learn's function pages; recorded answers.
"""

from __future__ import annotations

from rulec.ir.exprs import Call, Expr
from rulec_backends.splunk import dynamics
from rulec_backends.splunk.functions.rows import Row
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, Field, Node, Text, fn, joined, op

_URL = (
    r"^([A-Za-z][A-Za-z0-9+.\-]*)://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?"
    r"(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?(?:#((?s:.*)))?\z"
)
#: Part -> group of the pattern.
_URL_PARTS = {"Scheme": 1, "Host": 4, "Port": 5, "Path": 6, "Username": 2, "Password": 3, "Fragment": 8}
_QUERY = 7
_FILE = r"^(?s:.*)[/\\]"


def url_part(s: Node, name: str) -> Node | None:
    """One part of a URL, '' where there is none."""
    group = _URL_PARTS.get(name)
    if group is None:
        return None
    return fn("if", fn("match", s, Text(_URL)), fn("replace", s, Text(_URL), Text(f"\\{group}")), Text(""))


def path_part(s: Node, name: str) -> Node | None:
    """The file name or extension of a path."""
    file = fn("replace", fn("replace", s, Text(_FILE), Text("")), Text(r":(?s:.*)\z"), Text(""))
    match name:
        case "Filename":
            return file
        case "Extension":
            return fn("if", fn("match", file, Text(r"\.")), fn("replace", file, Text(r"^(?s:.*)\."), Text("")), Text(""))
        case _:
            return None


_SCHEME = r"^[A-Za-z][A-Za-z0-9+.\-]*://"
_ROOT = r"^/?[A-Za-z]:(?=[/\\]|\z)"


def _parse_path(b: Builder, e: Call) -> Node:
    """Scheme, root, directory, file name, extension and alternate stream of a file path."""
    s = b.atom(b.value(e.arguments[0]), "s")
    scheme = fn("if", fn("match", s, Text(_SCHEME)), fn("replace", s, Text("://(?s:.*)\\z"), Text("")), Text(""))
    rest = b.temp(fn("replace", s, Text(_SCHEME), Text("")), "rest")
    root = fn("if", fn("match", rest, Text(_ROOT)), fn("replace", rest, Text(r"^/?([A-Za-z]:)(?s:.*)\z"), Text(r"\1")), Text(""))
    path = b.temp(fn("if", fn("match", rest, Text(_ROOT)), fn("replace", rest, Text("^/+"), Text("")), rest), "path")
    folder = r"^((?s:.*))[/\\][^/\\]*\z"
    directory = b.temp(fn("if", fn("match", path, Text(r"[/\\]")), fn("replace", path, Text(folder), Text(r"\1")), Text("")), "dir")
    name = b.temp(fn("replace", directory, Text(_FILE), Text("")), "name")
    whole = b.temp(fn("replace", path, Text(_FILE), Text("")), "file")
    file = b.temp(fn("replace", whole, Text(r":(?s:.*)\z"), Text("")), "file")
    stream = fn("if", fn("match", whole, Text(":")), fn("replace", whole, Text("^[^:]*:"), Text("")), Text(""))
    extension = fn("if", fn("match", file, Text(r"\.")), fn("replace", file, Text(r"^(?s:.*)\."), Text("")), Text(""))
    members: dict[str, Node] = {
        "Scheme": scheme,
        "RootPath": root,
        "DirectoryPath": directory,
        "DirectoryName": fn("if", fn("match", name, Text(r":\z")), Text(""), name),
        "Filename": file,
        "Extension": extension,
        "AlternateDataStreamName": stream,
    }
    return dynamics.object_of([(Text(f'"{key}"'), dynamics.quoted(value)) for key, value in members.items()])


def part(b: Builder, base: Expr, name: str) -> Node | None:
    """`tostring(parse_url(x).Host)` and the like; None for other expressions."""
    if not isinstance(base, Call) or base.function not in ("parse_url", "parse_path"):
        return None
    s = b.atom(b.value(base.arguments[0]), "s")
    return url_part(s, name) if base.function == "parse_url" else path_part(s, name)


def _parameters(b: Builder, query: Node) -> Node:
    """The bag of a query string's parameters, decoded; of equal names the first."""
    pairs = b.temp(fn("split", query, Text("&")), "pair")
    decoded = {
        which: fn("urldecode", fn("replace", fn("replace", pairs, Text(pattern), Text("")), Text(r"\+"), Text(" ")))
        for which, pattern in (("key", r"=(?s:.*)\z"), ("value", r"^[^=]*=?"))
    }
    member = joined(dynamics.quoted(decoded["key"]), Text(":"), dynamics.quoted(decoded["value"]))
    items = b.temp(fn("mvdedup", fn("mvmap", pairs, fn("if", fn("match", pairs, Text(r"^\z")), NULL, member))), "member")
    name = fn("replace", items, Text(r'^("(?:[^"\\]|\\.)*":)(?s:.*)\z'), Text(r"\1"))
    every = Field(b.ctx.fresh("all"))  # inside mvmap, the name of the list is the value at hand
    b.assign(every.name, items)
    first = fn("mvindex", every, fn("mvfind", every, joined(Text("^"), fn("replace", name, Text(r"([^\p{L}\p{N}])"), Text(r"\\\1")))))
    kept = fn("mvmap", items, fn("if", op(first, "=", items), items, NULL))
    return joined(Text("{"), fn("coalesce", fn("mvjoin", kept, Text(",")), Text("")), Text("}"))


def _parse_url(b: Builder, e: Call) -> Node:
    s = b.atom(b.value(e.arguments[0]), "s")
    query = b.temp(fn("if", fn("match", s, Text(_URL)), fn("replace", s, Text(_URL), Text(rf"\{_QUERY}")), Text("")), "query")
    members: list[tuple[Node, Node]] = []
    for name in ("Scheme", "Host", "Port", "Path", "Username", "Password"):
        members.append((Text(f'"{name}"'), dynamics.quoted(url_part(s, name) or Text(""))))
    members.append((Text('"Query Parameters"'), _parameters(b, query)))
    members.append((Text('"Fragment"'), dynamics.quoted(url_part(s, "Fragment") or Text(""))))
    return fn("if", fn("match", s, Text(_URL)), dynamics.object_of(members), NULL)


def _parse_urlquery(b: Builder, e: Call) -> Node:
    return dynamics.object_of([(Text('"Query Parameters"'), _parameters(b, b.atom(b.value(e.arguments[0]), "s")))])


FUNCTIONS: dict[str, Row] = {"parse_url": _parse_url, "parse_urlquery": _parse_urlquery, "parse_path": _parse_path}
