"""From a search's text to commands, and from a command's text to tokens.

Source: Search Manual "Quotation marks", "Types of expressions" (escapes), "Add comments to searches", "Use search macros"; Search
Reference,
"Understanding SPL syntax".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.spl.errors import Refused, SplError

#: Escapes that a double-quoted string recognises; every other backslash stays (Types of expressions).
ESCAPES = {'"': '"', "\\": "\\", "|": "|", "t": "\t"}


def unescape(body: str) -> str:
    """The value of a double-quoted string's inside."""
    out: list[str] = []
    i = 0
    while i < len(body):
        if body[i] == "\\" and i + 1 < len(body) and body[i + 1] in ESCAPES:
            out.append(ESCAPES[body[i + 1]])
            i += 2
        else:
            out.append(body[i])
            i += 1
    return "".join(out)


def end_of_string(text: str, start: int) -> int:
    """The index after the closing quote of the string that starts at `start`."""
    i = start + 1
    while i < len(text):
        if text[i] == "\\":
            i += 2
        elif text[i] == '"':
            return i + 1
        else:
            i += 1
    raise SplError("unbalanced quotes")


def strip_comments(text: str) -> str:
    """The search without ```comments```, which do not count inside quoted strings."""
    out: list[str] = []
    i = 0
    while i < len(text):
        if text[i] == '"':
            end = end_of_string(text, i)
            out.append(text[i:end])
            i = end
        elif text.startswith("```", i):
            end = text.find("```", i + 3)
            if end < 0:
                raise SplError("unbalanced comment")
            out.append(" ")
            i = end + 3
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


_RESET = re.compile(r'(\breset_(?:before|after)\s*=\s*)"\("(.*?)(?<!\\)"\)"', re.DOTALL)


def quoted_resets(text: str) -> str:
    """The search with `reset_before="("expression")"` (streamstats) as one quoted string, quotes inside escaped."""
    return _RESET.sub(lambda m: m.group(1) + '"(' + m.group(2).replace('\\"', '"').replace('"', '\\"') + ')"', text)


def expand_macros(text: str, macros: Mapping[str, str], depth: int = 0) -> str:
    """`name` and `name(a, b)` replaced by their definition, `$arg$` by the argument; not inside quoted strings.

    `macros` maps `name` or `name(x,y)` (parameter names) to definitions."""
    if depth > 100:
        raise SplError("macro recursion")
    out: list[str] = []
    i = 0
    while i < len(text):
        if text[i] == '"':
            end = end_of_string(text, i)
            out.append(text[i:end])
            i = end
        elif text[i] == "`":
            end = text.find("`", i + 1)
            if end < 0:
                raise SplError("unbalanced macro")
            out.append(expand_macros(_macro(text[i + 1 : end], macros), macros, depth + 1))
            i = end + 1
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def _macro(call: str, macros: Mapping[str, str]) -> str:
    name, _, rest = call.strip().partition("(")
    arguments = [a.strip() for a in split_top(rest.rstrip().removesuffix(")"), ",")] if rest else []
    for key, definition in macros.items():
        known, _, params = key.partition("(")
        names = [p.strip() for p in params.rstrip(")").split(",")] if params else []
        if known == name and len(names) == len(arguments):
            for param, argument in zip(names, arguments, strict=True):
                if len(argument) > 1 and argument[0] == '"' == argument[-1]:
                    argument = unescape(argument[1:-1])
                definition = definition.replace(f"${param}$", argument)
            return definition
    raise SplError(f"unknown macro {name}({len(arguments)})")


def end_of_bracket(text: str, start: int) -> int:
    """The index after the `]` that closes the `[` at `start`."""
    depth = 0
    i = start
    while i < len(text):
        if text[i] == '"':
            i = end_of_string(text, i)
            continue
        if text[i] == "[":
            depth += 1
        elif text[i] == "]":
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    raise SplError("unbalanced brackets")


def split_top(text: str, separator: str) -> list[str]:
    """Splits at a separator outside quotes, brackets and parentheses."""
    parts: list[str] = []
    start = i = depth = 0
    while i < len(text):
        char = text[i]
        if char == '"':
            i = end_of_string(text, i)
            continue
        if char == "[":
            i = end_of_bracket(text, i)
            continue
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == separator and (depth <= 0 or separator == "|"):
            parts.append(text[start:i])
            start = i + 1
        i += 1
    parts.append(text[start:])
    return parts


def split_pipeline(text: str) -> list[str]:
    """The commands of a search, each with its arguments, in order; an empty first part means that the search begins with a pipe."""
    return [p.strip() for p in split_top(text, "|")]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a command's arguments. `kind`: word, string, bracket (a subsearch), or a punctuation character; `glued`: no blank
    before it.
    """

    kind: str
    text: str
    start: int
    end: int
    glued: bool

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "string")


_PUNCTUATION = ("<=", ">=", "!=", "==", "=", "<", ">", "(", ")", ",")
_WORD_END = re.compile(r'[\s()=,"<>!\[\]]')


def tokens(text: str) -> list[Token]:
    """The tokens of a command's arguments; strings are unescaped, single-quoted names count as words."""
    found: list[Token] = []
    i = 0
    while i < len(text):
        if text[i].isspace():
            i += 1
            continue
        glued = bool(found) and found[-1].end == i
        kind, value, end = _token(text, i)
        found.append(Token(kind, value, i, end, glued))
        i = end
    return found


def _token(text: str, i: int) -> tuple[str, str, int]:
    if text[i] == '"':
        end = end_of_string(text, i)
        return "string", unescape(text[i + 1 : end - 1]), end
    if text[i] == "[":
        end = end_of_bracket(text, i)
        return "bracket", text[i + 1 : end - 1], end
    if text[i] == "'" and text.find("'", i + 1) > 0:
        end = text.find("'", i + 1) + 1
        return "string", text[i + 1 : end - 1], end
    for mark in _PUNCTUATION:
        if text.startswith(mark, i):
            return mark, mark, i + len(mark)
    match = _WORD_END.search(text, i + 1)
    end = match.start() if match else len(text)
    if text[i] == "]":
        raise SplError("unbalanced brackets")
    return "word", text[i:end], end


def closing(items: list[Token], start: int) -> int:
    """The index of the `)` that closes the `(` at index `start`."""
    depth = 0
    for i in range(start, len(items)):
        if items[i].kind == "(":
            depth += 1
        elif items[i].kind == ")":
            depth -= 1
            if depth == 0:
                return i
    raise SplError("unbalanced parentheses")


def merged(items: list[Token]) -> list[Token]:
    """Field lists: `sum(x)` written without blanks is one name."""
    out: list[Token] = []
    i = 0
    while i < len(items):
        token = items[i]
        if token.kind == "word" and i + 1 < len(items) and items[i + 1].kind == "(" and items[i + 1].glued:
            end = closing(items, i + 1)
            token = Token("word", token.text + "".join(t.text for t in items[i + 1 : end + 1]), token.start, items[end].end, token.glued)
            i = end
        out.append(token)
        i += 1
    return out


def options(text: str, known: Mapping[str, str]) -> tuple[dict[str, str], list[Token]]:
    """Takes `name=value` options out of the arguments. `known` maps names to their kind, documented per command.

    Raises:
        Refused: an option that `known` does not list is left among the tokens, where the command refuses it.
    """
    found: dict[str, str] = {}
    rest: list[Token] = []
    items = tokens(text)
    i = 0
    while i < len(items):
        name = items[i].text.lower()
        if items[i].kind == "word" and name in known and i + 2 < len(items) and items[i + 1].kind == "=":
            value = items[i + 2]
            if not value.is_name:
                raise Refused(f"value of option {name}")
            found[name] = value.text
            i += 3
        else:
            rest.append(items[i])
            i += 1
    return found, rest


TRUE = frozenset({"t", "true", "1", "yes", "y"})
FALSE = frozenset({"f", "false", "0", "no", "n"})


def boolean(text: str) -> bool:
    """A bool option (Understanding SPL syntax: t/true/1, f/false/0)."""
    low = text.lower()
    if low in TRUE:
        return True
    if low in FALSE:
        return False
    raise SplError(f"not a bool: {text}")
