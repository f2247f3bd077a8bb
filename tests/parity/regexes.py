"""Texts that a regular expression matches: Rust's dialect as far as Python's parser reads it."""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

#: Characters tried for a class, plain ones first.
_TRIED: Final = "a7A-_. /:xb0Zz1=,;@\\\"'()[]{}<>|#%&*+!?^~`$\t\n é"
_CATEGORIES: Final[Mapping[Any, Callable[[str], bool]]] = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    sre.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


def as_python(pattern: str) -> str:
    """The pattern in Python's spelling."""
    pattern = _scoped(pattern)
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    return re.sub(r"\\z", r"\\Z", re.sub(r"\[\[:(\w+):\]\]", lambda m: _POSIX.get(m[1], m[0]), pattern))


def _scoped(pattern: str) -> str:
    """Flags in the middle, which hold to the end of their group, as a group of their own."""
    found = re.compile(r"(?<!\\)\(\?([a-zA-Z]+)\)").search(pattern, 1)
    if found is None:
        return pattern
    depth, end = 0, len(pattern)
    for at in range(found.end(), len(pattern)):
        if pattern[at - 1] == "\\" or pattern[at] not in "()":
            continue
        depth += 1 if pattern[at] == "(" else -1
        if depth < 0:
            end = at
            break
    return _scoped(f"{pattern[: found.start()]}(?{found[1]}:{pattern[found.end() : end]}){pattern[end:]}")


_POSIX: Final = {"alpha": "[A-Za-z]", "digit": "[0-9]", "alnum": "[A-Za-z0-9]", "space": r"\s", "upper": "[A-Z]", "lower": "[a-z]"}


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Python's regular expression, None when Python cannot read the pattern."""
    try:
        return re.compile(as_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return None


def samples(pattern: str, groups: Mapping[int, str] | None = None) -> Iterable[str]:
    """A few different texts that the pattern should match, with the given contents of groups."""
    try:
        tree = parser.parse(as_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return []
    found = [_Sampler(groups or {}, variant).sequence(tree) for variant in range(4)]
    return list(dict.fromkeys(found))


class _Sampler:
    """Walks a parsed pattern; `variant` chooses among branches and repetition counts."""

    def __init__(self, groups: Mapping[int, str], variant: int) -> None:
        self.groups, self.variant = groups, variant
        self.seen: dict[int, str] = {}

    def sequence(self, items: Any) -> str:
        return "".join(self.item(op, argument) for op, argument in items)

    def item(self, op: Any, argument: Any) -> str:
        match op:
            case sre.LITERAL:
                return chr(argument)
            case sre.NOT_LITERAL:
                return next(c for c in _TRIED if c != chr(argument))
            case sre.ANY:
                return "x"
            case sre.IN:
                return self.one_of(argument)
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                return self.repeated(*argument)
            case sre.SUBPATTERN:
                return self.group(argument[0], argument[3])
            case sre.BRANCH:
                return self.sequence(self.branch(argument[1]))
            case sre.GROUPREF:
                return self.seen.get(argument, "")
            case sre.ATOMIC_GROUP:
                return self.sequence(argument)
            case _:
                return ""  # anchors and look-around take no text

    def branch(self, branches: Any) -> Any:
        """A branch with a wanted group first."""
        for items in branches:
            if any(number in self.groups for number in _groups(items)):
                return items
        return branches[self.variant % len(branches)]

    def group(self, number: int | None, items: Any) -> str:
        text = self.groups[number] if number is not None and number in self.groups else self.sequence(items)
        if number is not None:
            self.seen[number] = text
        return text

    def repeated(self, low: int, high: Any, items: Any) -> str:
        wanted = any(number in self.groups for number in _groups(items))
        extra = (0, 1, 3, 0)[self.variant]
        count = min(int(high) if high is not sre.MAXREPEAT else low + 8, max(low + extra, 1 if wanted else 0))
        return "".join(self.sequence(items) for _ in range(min(count, 64)))

    def one_of(self, members: Any) -> str:
        negated = bool(members) and members[0][0] is sre.NEGATE
        rest = members[1:] if negated else members
        pool = _TRIED[self.variant :] + _TRIED + "".join(_first(op, argument) for op, argument in rest)
        found = next((c for c in pool if _member(c, rest) != negated), None)
        return found or next((chr(n) for n in range(33, 0x2000) if _member(chr(n), rest) != negated), "")


def _groups(items: Any) -> Iterable[int]:
    for op, argument in items:
        match op:
            case sre.SUBPATTERN:
                if argument[0] is not None:
                    yield argument[0]
                yield from _groups(argument[3])
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                yield from _groups(argument[2])
            case sre.BRANCH:
                for branch in argument[1]:
                    yield from _groups(branch)


def _first(op: Any, argument: Any) -> str:
    match op:
        case sre.LITERAL:
            return chr(argument)
        case sre.RANGE:
            return chr(argument[0])
        case _:
            return ""


def _member(c: str, members: Any) -> bool:
    for op, argument in members:
        match op:
            case sre.LITERAL if ord(c) == argument:
                return True
            case sre.RANGE if argument[0] <= ord(c) <= argument[1]:
                return True
            case sre.CATEGORY if argument in _CATEGORIES and _CATEGORIES[argument](c):
                return True
    return False
