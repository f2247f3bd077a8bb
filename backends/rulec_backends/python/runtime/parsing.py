"""Texts taken apart: parse, parse-kv, CSV, paths, URLs, command lines, versions, XML."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias
from urllib.parse import unquote
from xml.etree import ElementTree

from rulec_backends.python.runtime.patterns import python_pattern

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "tuple[object, ...]"


def parse_kv(
    text: str,
    keys: Sequence[str],
    pair_delimiter: str = "",
    kv_delimiter: str = "",
    quote: str | Sequence[str] = "",
    escape: str = "",
    greedy: bool = False,
    regex: str = "",
) -> dict[str, str]:
    """The values of the keys: of each the first one, without blanks around it and without its quotes."""
    if regex:
        return first_pairs((m[1], m[2]) for m in re.finditer(regex, text) if m.re.groups >= 2)
    if not pair_delimiter and not kv_delimiter:
        return word_pairs(text, keys, quote if isinstance(quote, str) else quote[0], escape)
    opening, closing = (quote[0], quote[1]) if len(quote) == 2 else (quote, quote) if isinstance(quote, str) else ("", "")
    if greedy:
        return greedy_pairs(text, keys, pair_delimiter, kv_delimiter)
    pieces = quoted_pieces(text, pair_delimiter, opening, closing, escape)
    return first_pairs(pair_of(piece, kv_delimiter, opening, closing, escape) for piece in pieces)


def word_pairs(text: str, keys: Sequence[str], quote: str, escape: str) -> dict[str, str]:
    """Without delimiters every character that is no letter or digit separates: the word after a key is its value."""
    mark, skip = re.escape(quote), re.escape(escape)
    quoted = rf"{mark}(?:{skip + '.|' if escape else ''}(?!{mark}).)*{mark}|" if quote else ""
    words = [unquoted(w, quote, quote, escape) for w in re.findall(rf"{quoted}[^\W_]+", text, re.DOTALL)]
    return first_pairs((word, value) for word, value in pairwise(words) if word in keys)


def first_pairs(pairs: object) -> dict[str, str]:
    """The first value of each key."""
    found: dict[str, str] = {}
    for key, value in pairs:  # type: ignore[attr-defined]
        if key is not None:
            found.setdefault(key, value)
    return found


def quoted_pieces(text: str, delimiter: str, opening: str, closing: str, escape: str) -> list[str]:
    """The text split at delimiters that do not stand in quotes."""
    pieces, start, at, inside = [], 0, 0, False
    while at < len(text):
        if escape and text[at] == escape and inside:
            at += 2
            continue
        if inside and text[at] == closing:
            inside = False
        elif not inside and opening and text[at] == opening:
            inside = True
        elif not inside and delimiter and text.startswith(delimiter, at):
            pieces.append(text[start:at])
            at += len(delimiter)
            start = at
            continue
        at += 1
    return [*pieces, text[start:]]


def pair_of(piece: str, delimiter: str, opening: str, closing: str, escape: str) -> tuple[str | None, str]:
    """Key and value of a piece: the value is all behind the first delimiter."""
    at = piece.find(delimiter) if delimiter else -1
    if at < 0:
        return None, ""
    key, value = piece[:at].strip(), piece[at + len(delimiter) :].strip()
    return unquoted(key, opening, closing, escape), unquoted(value, opening, closing, escape)


def unquoted(text: str, opening: str, closing: str, escape: str) -> str:
    """The text without quotes around it and without escapes."""
    if opening and len(text) >= 2 and text.startswith(opening) and text.endswith(closing):
        text = text[1:-1]
        if escape:
            text = re.sub(re.escape(escape) + "(.)", r"\1", text, flags=re.DOTALL)
    return text


def greedy_pairs(text: str, keys: Sequence[str], pair_delimiter: str, kv_delimiter: str) -> dict[str, str]:
    """Values that go on until the next known key."""
    marks = "|".join(re.escape(k) for k in sorted(keys, key=len, reverse=True))
    edge = rf"(?:\A|{re.escape(pair_delimiter)})\s*({marks})\s*{re.escape(kv_delimiter)}"
    places = list(re.finditer(edge, text))
    ends = [p.start() for p in places[1:]] + [len(text)]
    return first_pairs((p[1], text[p.end() : end].strip()) for p, end in zip(places, ends, strict=False))  # no key: an end too many


def parse_csv(text: str) -> list[Json]:
    """The fields of the first record."""
    for record in csv.reader([*text.replace("\r\n", "\n").splitlines(keepends=True)], strict=False):
        return list(record)
    return [""]


def parse_path(text: str) -> dict[str, Json]:
    """Scheme, root, directory, file name, extension and alternate stream of a file path."""
    scheme, rest = "", text
    if (match := re.match(r"([A-Za-z][A-Za-z0-9+.\-]*)://", text)) is not None:
        scheme, rest = match[1], text[match.end() :]
    stream = ""
    root = ""
    if (match := re.match(r"/?([A-Za-z]:)(?=[\\/]|\Z)", rest)) is not None:
        root = match[1]
        rest = rest.lstrip("/") if rest.startswith("/") else rest
    cut = max(rest.rfind("/"), rest.rfind("\\"))
    directory, file = (rest[:cut], rest[cut + 1 :]) if cut >= 0 else ("", rest)
    if ":" in file:
        file, _, stream = file.partition(":")
    name = directory[max(directory.rfind("/"), directory.rfind("\\")) + 1 :]
    extension = file.rpartition(".")[2] if "." in file else ""
    return {
        "Scheme": scheme,
        "RootPath": root,
        "DirectoryPath": directory,
        "DirectoryName": name if not name.endswith(":") else "",
        "Filename": file,
        "Extension": extension,
        "AlternateDataStreamName": stream,
    }


URL_TEXT = re.compile(
    r"([A-Za-z][A-Za-z0-9+.\-]*)://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?"
    r"(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z",
    re.DOTALL,
)


def parse_url(text: str) -> dict[str, Json] | None:
    """The parts of an absolute URL, all of them strings; null when it is none."""
    match = URL_TEXT.match(text)
    if match is None:
        return None
    scheme, user, password, host, port, path, query, fragment = (part or "" for part in match.groups())
    return {
        "Scheme": scheme,
        "Host": host,
        "Port": port,
        "Path": path,
        "Username": user,
        "Password": password,
        "Query Parameters": query_parameters(query),
        "Fragment": fragment,
    }


def query_parameters(query: str) -> dict[str, Json]:
    """The parameters of a query string, decoded."""
    found: dict[str, Json] = {}
    for pair in query.split("&"):
        if pair:
            key, _, value = pair.partition("=")
            found.setdefault(unquote(key.replace("+", " ")), unquote(value.replace("+", " ")))
    return found


def parse_urlquery(text: str) -> dict[str, Json]:
    """The parameters of a query string in a bag with the key `Query Parameters`."""
    return {"Query Parameters": query_parameters(text)}


def parse_command_line(text: str, kind: str) -> list[Json] | None:
    """The arguments of a Windows command line; null for other kinds and for an empty line."""
    if kind.lower() != "windows" or not text:
        return None
    arguments: list[Json] = []
    current, inside, started, at = "", False, False, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            end = at
            while end < len(text) and text[end] == "\\":
                end += 1
            count = end - at
            if end < len(text) and text[end] == '"':
                current += "\\" * (count // 2)
                if count % 2:
                    current += '"'
                    end += 1
            else:
                current += "\\" * count
            started, at = True, end
            continue
        if char == '"':
            if inside and text[at + 1 : at + 2] == '"':
                current += '"'
                at += 1
            else:
                inside = not inside
            started = True
        elif char in " \t" and not inside:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current += char
            started = True
        at += 1
    return [*arguments, current] if started else arguments


def parse_version(text: str) -> Decimal | None:
    """A version of one to four numbers as a decimal that sorts like it; null when it is none."""
    parts = text.strip().split(".")
    if not 1 <= len(parts) <= 4 or not all(p.isdigit() and len(p) <= 8 for p in parts):
        return None
    numbers = [int(p) for p in parts] + [0] * (4 - len(parts))
    return Decimal("".join(f"{n:08d}" for n in numbers))


def parse_xml(text: str) -> Json:
    """An XML text as bags: attributes as `@name`, text beside them as `#text`, repeated elements as arrays; null when it is none.

    A document type is refused: its entities could grow without bounds. More than 200 levels are null too."""
    if not text or len(text) > 1_048_576 or re.match(r"\ufeff?(?:<\?.*?\?>|<!--.*?-->|\s)*+<!DOCTYPE", text, re.S):
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    return {xml_name(root.tag): xml_value(root)} if xml_depth(root) <= 200 else None


def xml_depth(root: ElementTree.Element) -> int:
    """How deep elements stand inside each other."""
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


def xml_name(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def xml_value(element: ElementTree.Element) -> Json:
    """The value of one element."""
    bag: dict[str, Json] = {f"@{xml_name(k)}": v for k, v in element.attrib.items()}
    tails = [child.tail or "" for child in element]
    content = "".join([element.text or "", *tails]).strip()
    for child in element:
        name, value = xml_name(child.tag), xml_value(child)
        if name in bag:
            before = bag[name]
            bag[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            bag[name] = value
    if not bag:
        return content or None
    if content:
        bag["#text"] = content
    return bag


def wrapped_pattern(pattern: str, prefix: str, suffix: str) -> re.Pattern[str]:
    """A pattern known only when the query runs, between a prefix and a suffix."""
    return re.compile(prefix + python_pattern(pattern) + suffix)
