"""What uses regular expressions: extraction, replacement, trimming."""

from __future__ import annotations

import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def extract(pattern: re.Pattern[str], group: int | None, text: str) -> str:
    """A group of the first match, '' when there is none."""
    if group is None or not 0 <= group <= pattern.groups:
        return ""
    match = pattern.search(text)
    return (match[group] or "") if match else ""


def extract_all(pattern: re.Pattern[str], groups: Json, text: str) -> list[Json] | None:
    """The groups of all matches: a flat array for one group, arrays for several; null without a match."""
    chosen: list[int | str] = []
    for group in groups if isinstance(groups, list) else range(1, pattern.groups + 1):
        if (isinstance(group, str) and group in pattern.groupindex) or (isinstance(group, int) and 0 <= group <= pattern.groups):
            chosen.append(group)
    found: list[Json] = []
    for match in matches_of(pattern, text):
        values: list[Json] = [match[g] or "" for g in chosen]
        found.append(values[0] if len(values) == 1 else values)
    return found or None


def matches_of(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """All matches that do not overlap; after an empty one right behind a match the engine goes on with the next character, where
    Python would look for one that is not empty first."""
    found: list[re.Match[str]] = []
    at, end = 0, -1
    while at <= len(text) and (match := pattern.search(text, at)) is not None:
        if match.start() == match.end() == end:
            at = end + 1
            continue
        found.append(match)
        at = end = match.end()
    return found


def replace_regex(text: str, pattern: re.Pattern[str], rewrite: str) -> str:
    """All matches replaced; `\\0` in the rewrite is the match, `\\1` its first group."""
    parts: list[str] = []
    end = 0
    for match in matches_of(pattern, text):
        parts += [text[end : match.start()], rewritten(rewrite, match)]
        end = match.end()
    return "".join(parts) + text[end:]


def rewritten(rewrite: str, match: re.Match[str]) -> str:
    """The rewrite text of one match."""

    def piece(reference: re.Match[str]) -> str:
        if not reference[1].isdigit():
            return reference[1]
        return (match[int(reference[1])] or "") if int(reference[1]) <= match.re.groups else ""

    return re.sub(r"\\([0-9]|\\)", piece, rewrite)


def countof_regex(text: str, pattern: re.Pattern[str]) -> int:
    """The number of matches that do not overlap."""
    return len(matches_of(pattern, text))


def indexof_regex(
    text: str, pattern: re.Pattern[str], start: int | None = 0, length: int | None = -1, occurrence: int | None = 1
) -> int | None:
    """The position of an occurrence, -1 when there is none; null for a start, length or occurrence out of range."""
    if start is None or length is None or occurrence is None or length < -1 or occurrence < 1:
        return None
    if start < 0:
        start += len(text)
        if start < 0:
            return None
    part = text[start:] if length == -1 else text[start : start + length]
    found = matches_of(pattern, part)
    return start + found[occurrence - 1].start() if occurrence <= len(found) else -1


def trim_start(pattern: re.Pattern[str], text: str) -> str:
    """Without one match at the start."""
    match = pattern.match(text)
    return text[match.end() :] if match else text


def trim_end(pattern: re.Pattern[str], text: str) -> str:
    """Without one match at the end (the pattern ends in end-of-text)."""
    match = pattern.search(text)
    return text[: match.start()] if match else text


def trim(start: re.Pattern[str], end: re.Pattern[str], text: str) -> str:
    """Without one match at the start and one at the end."""
    return trim_end(end, trim_start(start, text))
