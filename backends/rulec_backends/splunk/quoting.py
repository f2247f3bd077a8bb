"""Writes names and values in each context of SPL: one function a context. No other file writes a quote character.

Source: Search Manual, "Quotation marks", "Types of expressions" (escapes), "Add comments to searches"; Search Reference, eval and rex;
savedsearches.conf.spec (continuation lines).
"""

from __future__ import annotations

import re

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Words of eval and of commands that a bare name must not be.
RESERVED = frozenset(
    {"and", "or", "not", "xor", "in", "like", "by", "as", "over", "where", "output", "outputnew", "count", "true", "false", "null"}
)
#: Characters that no form of a name can carry: wildcards, quotes, brackets, the escape character, line breaks.
FORBIDDEN = re.compile(r"[*\"'`\[\]\\|\r\n{}$<>]|^\s|\s$|^\Z")


class Unquotable(ValueError):
    """The name or value cannot be written."""


def spl_field(name: str) -> str:
    """A field in an eval expression: single quotes unless the name is plain.

    Raises:
        Unquotable: SPL cannot write the name.
    """
    if FORBIDDEN.search(name) and not _json_name(name):
        raise Unquotable(name)
    return name if _BARE.match(name) and name.lower() not in RESERVED else f"'{name}'"


def spl_name(name: str) -> str:
    """A field in the arguments of a command: double quotes unless the name is plain. `*` would be a wildcard.

    Raises:
        Unquotable: SPL cannot write the name.
    """
    if FORBIDDEN.search(name) and not _json_name(name):
        raise Unquotable(name)
    return name if _BARE.match(name) and name.lower() not in RESERVED else f'"{name}"'


def _json_name(name: str) -> bool:
    """A field that Splunk extracts from JSON arrays (`resources{}.ARN`), or `$table`: only a `$` on both sides of a word is replaced."""
    return re.fullmatch(r"[\w.\-]+(\{\}[\w.\-]*)*|\$[\w]+", name) is not None


def spl_eval_string(text: str) -> str:
    """A string of an eval expression. Every backslash is doubled; a tab may stand as it is."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def spl_regex(pattern: str) -> str:
    """A regular expression in the arguments of `rex`: a string with the same escapes as eval's."""
    return spl_eval_string(pattern)


def spl_search_term(text: str) -> str:
    """A value of a search comparison.

    Raises:
        Unquotable: it holds `*`, which no escape makes literal.
    """
    if "*" in text:
        raise Unquotable(text)
    return spl_eval_string(text)


def spl_pattern(text: str) -> str:
    """A value of a search comparison that is a pattern of letters, digits and `*`.

    Raises:
        Unquotable: it holds anything else.
    """
    if not re.fullmatch(r"[0-9A-Za-z*]+", text, re.ASCII):
        raise Unquotable(text)
    return f'"{text}"'


def spl_comment(text: str) -> str:
    """A comment on one line; back-ticks would end it and quotes are no harm inside."""
    return "```" + " ".join(text.split()).replace("`", "'") + "```"


def conf_value(text: str) -> str:
    """A value of a .conf file: a line that another follows ends with a backslash, which nothing may follow."""
    value = " \\\n".join(line.rstrip() for line in text.strip().splitlines())
    return value + " " if value.endswith("\\") else value


#: Names of stanzas that mean more than themselves: settings for all stanzas of the file.
_RESERVED_STANZAS = frozenset({"default", "global"})
_IN_HEADERS = str.maketrans("[]", "()")


def conf_stanza_name(name: str) -> str:
    """A name for a stanza's header: on one line, without brackets, and none that sets other stanzas."""
    found = "".join(c for c in " ".join(name.translate(_IN_HEADERS).split()) if c.isprintable()).strip()
    return f"rule {found}".rstrip() if not found or found.casefold() in _RESERVED_STANZAS else found


#: Stands for a dollar sign of the text: Splunk documents no way to write one in a notable's or a risk event's text.
FULL_WIDTH_DOLLAR = "\uff04"
_HOLE = re.compile(r"\{\{\s*([^{}$]+?)\s*\}\}")


def token_text(text: str) -> str:
    """A text with Sentinel's `{{Column}}` as the token `$Column$`; a `$` of the text itself starts no token, nor ends one."""
    parts = _HOLE.split(text)
    if len(parts) > 1 or text.count("$") > 1:
        parts[::2] = [literal.replace("$", FULL_WIDTH_DOLLAR) for literal in parts[::2]]
    parts[1::2] = [f"${column}$" for column in parts[1::2]]
    return "".join(parts)


_SPECIAL = re.compile(r"[\\.^$*+?()\[\]{}|\x00-\x1f\x7f]")


def regex_literal(text: str) -> str:
    """A PCRE pattern that matches exactly this text."""
    return _SPECIAL.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if char in "\n\r":
        return "\\n" if char == "\n" else "\\r"
    return "\\" + char if char.isprintable() else f"\\x{ord(char):02x}"


def replacement_literal(text: str) -> str:
    """A replacement of `replace` that stands for exactly this text."""
    return text.replace("\\", "\\\\")
