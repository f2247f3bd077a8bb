"""String functions; a string is never null."""

from __future__ import annotations

import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class _Fold(dict[int, str]):
    """Case folding one character to one: the upper case's lower case, where both are single and lead back."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        upper = char.upper() if len(char.upper()) == 1 and char not in "ıſ" else char
        lower = upper.lower()
        self[code] = lower if len(lower) == 1 and lower.upper() == upper else upper
        return self[code]


FOLDED = _Fold()


def fold(text: str) -> str:
    """The text for comparisons that ignore case; as long as the text."""
    return text.lower() if text.isascii() else text.translate(FOLDED)


def equals_ignoring_case(a: str, b: str) -> bool:
    """`=~`."""
    return a == b or (len(a) == len(b) and fold(a) == fold(b))


def is_term_character(char: str) -> bool:
    """Terms are runs of letters and digits; `_` separates."""
    return char.isalnum() if char.isascii() else char.isalpha() or char.isdecimal()


def has(text: str, term: str) -> bool:
    """`has`: the term stands in the text as a whole term, in any case."""
    return has_cs(fold(text), fold(term))


def has_folded(text: str, term: str) -> bool:
    """`has` with a term that is folded already."""
    folded = text.lower() if text.isascii() else text.translate(FOLDED)
    return term in folded and has_cs(folded, term)


def has_cs(text: str, term: str) -> bool:
    """`has_cs`: the term stands in the text as a whole term."""
    return stands(text, term, True, True)


def stands(text: str, term: str, left: bool, right: bool) -> bool:
    """Whether the term stands in the text with term boundaries on the asked sides, where the term itself ends in a term character."""
    if not term:
        return True
    left, right = left and is_term_character(term[0]), right and is_term_character(term[-1])
    at, size, end = text.find(term), len(term), len(text)
    while at >= 0:
        after = at + size
        if not (left and at and is_term_character(text[at - 1])) and not (right and after < end and is_term_character(text[after])):
            return True
        at = text.find(term, at + 1)
    return False


def hasprefix(text: str, term: str) -> bool:
    """`hasprefix`: a term of the text starts so, in any case."""
    return stands(fold(text), fold(term), True, False)


def hassuffix(text: str, term: str) -> bool:
    """`hassuffix`: a term of the text ends so, in any case."""
    return stands(fold(text), fold(term), False, True)


def hasprefix_cs(text: str, term: str) -> bool:
    """`hasprefix_cs`."""
    return stands(text, term, True, False)


def hassuffix_cs(text: str, term: str) -> bool:
    """`hassuffix_cs`."""
    return stands(text, term, False, True)


def contains(text: str, part: str) -> bool:
    """`contains`: the part stands anywhere, in any case."""
    return fold(part) in fold(text)


def startswith(text: str, part: str) -> bool:
    """`startswith` in any case."""
    return fold(text[: len(part)]) == fold(part)


def endswith(text: str, part: str) -> bool:
    """`endswith` in any case."""
    return not part or fold(text[-len(part) :]) == fold(part)


def has_any(text: str, terms: Json | tuple[str, ...]) -> bool:
    """`has_any`: one of the terms stands in the text."""
    folded = fold(text)
    return isinstance(terms, (list, tuple)) and any(has_cs(folded, fold(t)) for t in terms if isinstance(t, str))


def has_all(text: str, terms: Json | tuple[str, ...]) -> bool:
    """`has_all`: all terms stand in the text."""
    folded = fold(text)
    return isinstance(terms, (list, tuple)) and all(isinstance(t, str) and has_cs(folded, fold(t)) for t in terms)


def has_any_folded(text: str, terms: tuple[str, ...]) -> bool:
    """`has_any` with terms that are folded already."""
    folded = text.lower() if text.isascii() else text.translate(FOLDED)
    for term in terms:  # noqa: SIM110 (faster than a generator)
        if term in folded and has_cs(folded, term):
            return True
    return False


def has_all_folded(text: str, terms: tuple[str, ...]) -> bool:
    """`has_all` with terms that are folded already."""
    folded = text.lower() if text.isascii() else text.translate(FOLDED)
    return all(term in folded and has_cs(folded, term) for term in terms)


def has_any_index(text: str, terms: Json) -> int:
    """The index of the first of the terms that stands in the text, -1 of none."""
    folded = fold(text)
    for number, term in enumerate(terms if isinstance(terms, list) else []):
        if has_cs(folded, fold(term if isinstance(term, str) else str(term))):
            return number
    return -1


def substring(text: str, start: int | None, length: int | None = None) -> str:
    """The part from a 0-based start, which counts from the end when negative."""
    if start is None:
        return ""
    if start < 0:
        start += len(text)
        if start < 0:
            return ""
    if length is None:
        return text[start:]
    return text[start : start + length] if length > 0 else ""


def indexof(text: str, part: str, start: int | None = 0, length: int | None = -1, occurrence: int | None = 1) -> int | None:
    """The position of an occurrence of the part, -1 when there is none; null for an empty part or a start that is not a position."""
    if start is None or length is None or occurrence is None or not part:
        return None
    if start < 0:
        start += len(text)
        if start < 0:
            return None
    if occurrence < 1 or length < -1:
        return None
    at = start - 1
    for _ in range(occurrence):
        at = text.find(part, at + 1, len(text) if length == -1 else at + 1 + length)
        if at < 0:
            return -1
    return at


def split(text: str, delimiter: str) -> list[Json]:
    """The parts between delimiters."""
    return list(text.split(delimiter)) if delimiter else [text]


def split_part(text: str, delimiter: str, index: int | None) -> list[Json] | None:
    """One of the parts between delimiters as an array; null beyond the end."""
    parts = split(text, delimiter)
    return [parts[index]] if index is not None and 0 <= index < len(parts) else None


def strcat_array(values: Json, delimiter: str, text_of: object = None) -> str:
    """The elements of an array as text with a delimiter between; null elements are ''."""
    if not isinstance(values, list):
        return ""
    return delimiter.join(text_of(v) for v in values)  # type: ignore[operator]


def strrep(text: str, count: int | None, delimiter: str = "") -> str:
    """The text again and again, at most 1024 times."""
    return delimiter.join([text] * max(0, min(count or 0, 1024)))


def replace_string(text: str, old: str, new: str) -> str:
    """All occurrences replaced; an empty text to look for changes nothing."""
    return text.replace(old, new) if old else text


def replace_strings(text: str, olds: Json, news: Json) -> str:
    """Each of several texts replaced by its partner, in their order; what a replacement put in stays as it is."""
    parts: list[tuple[str, bool]] = [(text, True)]
    for number, old in enumerate(olds if isinstance(olds, list) else []):
        new = news[number] if isinstance(news, list) and number < len(news) else news if isinstance(news, str) else ""
        if isinstance(old, str) and old and isinstance(new, str):
            parts = [piece for part in parts for piece in replaced_parts(part, old, new)]
    return "".join(part for part, _ in parts)


def replaced_parts(part: tuple[str, bool], old: str, new: str) -> list[tuple[str, bool]]:
    """A part that may still change, cut at the occurrences of a text; the replacements may not."""
    if not part[1]:
        return [part]
    pieces = part[0].split(old)
    return [(pieces[0], True)] + [piece for rest in pieces[1:] for piece in ((new, False), (rest, True))]


def countof(text: str, part: str) -> int:
    """How often the part stands in the text, overlapping occurrences too."""
    if not part:
        return 0
    count, at = 0, text.find(part)
    while at >= 0:
        count, at = count + 1, text.find(part, at + 1)
    return count


def translate(source: str, target: str, text: str) -> str:
    """Each character of `source` becomes its partner in `target`, whose last character serves the rest; an empty target deletes."""
    table: dict[int, str] = {}
    for number, char in enumerate(source):
        table.setdefault(ord(char), target[min(number, len(target) - 1)] if target else "")
    return text.translate(table)


def strcmp(a: str, b: str) -> int:
    """-1, 0 or 1 by code points."""
    return (a > b) - (a < b)


def one_to_one(text: str, change: object) -> str:
    """A case change that keeps characters whose other case is not one character."""
    return "".join(c if len(change(c)) != 1 else change(c) for c in text)  # type: ignore[operator]


def upper(text: str) -> str:
    """`toupper`, one character to one."""
    return text.upper() if text.isascii() else one_to_one(text, str.upper)


def part(parts: list[str], at: int) -> str:
    """`tostring` of one of the parts of a text; '' where there is none."""
    return parts[at] if -len(parts) <= at < len(parts) else ""


def lower(text: str) -> str:
    """`tolower`, one character to one."""
    return text.lower() if text.isascii() else one_to_one(text, str.lower)


def reverse(text: str) -> str:
    """The code points in reverse order."""
    return text[::-1]


def unicode_codepoints_to_string(codes: list[Json]) -> str:
    """The text of code points; arrays among the arguments count as their elements."""
    flat: list[Json] = []
    for code in codes:
        flat.extend(code if isinstance(code, list) else [code])
    return "".join(chr(c) for c in flat if isinstance(c, int) and not isinstance(c, bool) and 0 <= c < 0x110000)


def unicode_codepoints_from_string(text: str) -> list[Json]:
    """The text's code points."""
    return [ord(c) for c in text]


def regex_quote(text: str) -> str:
    """The text as a regular expression that matches it alone."""
    return re.sub(r"([\\.+*?()|\[\]{}^$#&~\-])", r"\\\1", text)


def string_size(text: str) -> int:
    """The text's length in UTF-8 bytes."""
    return len(text.encode("utf-8", "surrogatepass"))
