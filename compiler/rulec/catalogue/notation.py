"""How the rows of the catalogue are written: `"string, long, long? -> string"`.

A parameter is a word of `WORDS`, several joined by `|`, or one of these with a mark: `?` may be left out, `*` any number of
times, `+` at least once, `{2,64}` so many times, `!` must be a constant. A result is a type or a word of `RESULTS`; a mark
on it is the null rule: `!` never null, `?` perhaps null of non-null arguments, none: null only when an argument is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from rulec.catalogue.signatures import Accepts, Common, Converted, Nulls, Result, ResultName, Signature
from rulec.scalars import NUMERIC, ScalarType

_T = ScalarType
SUMMABLE: Final = NUMERIC | {_T.DATETIME, _T.TIMESPAN}
ORDERABLE: Final = SUMMABLE | {_T.STRING, _T.BOOL}
SCALAR: Final = frozenset(_T) - {_T.DYNAMIC}

#: What a parameter word accepts. A string parameter reads a dynamic value as its text, which no other type does.
WORDS: Final[dict[str, Accepts]] = {
    **{t.value: t for t in _T},
    "string": Converted(frozenset({_T.STRING, _T.DYNAMIC}), _T.STRING),
    "text": Converted(None, _T.STRING),
    "as_written": _T.STRING,
    "any": None,
    "typeof": None,
    "same_scalar": Common(SCALAR, widen=False),
    "integer": frozenset({_T.INT, _T.LONG}),
    "number": NUMERIC,
    "as_real": Converted(NUMERIC, _T.REAL),
    "number_or_bool": NUMERIC | {_T.BOOL},
    "summable": SUMMABLE,
    "orderable": ORDERABLE,
    "scalar": SCALAR,
    "widest": Common(NUMERIC, widen=True),
    "widest_or_dynamic": Common(NUMERIC | {_T.DYNAMIC}, widen=True),
    "widest_orderable": Common(ORDERABLE, widen=True),
    "same": Common(None, widen=False),
}


def _promoted(types: tuple[ScalarType, ...]) -> ScalarType:
    return _T.LONG if types[0] is _T.INT else types[0]


def _value(types: tuple[ScalarType, ...]) -> ScalarType:
    """A percentile's type: integers come out as long, decimals as real."""
    return {_T.INT: _T.LONG, _T.DECIMAL: _T.REAL}.get(types[0], types[0])


#: Results that depend on the arguments; the types are those after widening.
RESULTS: Final[dict[str, Callable[[tuple[ScalarType, ...]], ScalarType]]] = {
    "first": lambda types: types[0],
    "second": lambda types: types[1],
    "last": lambda types: types[-1],
    "promoted": _promoted,
    "value": _value,
}
_UNIONS: Final = {"number": NUMERIC, "scalar": SCALAR}
NULLS: Final = {"!": Nulls.NEVER, "?": Nulls.POSSIBLE, "": Nulls.PROPAGATE}
_PARAMETER: Final = re.compile(r"(?P<word>[a-z_|]+)(?P<constant>!?)(?P<mark>\?|\*|\+|\{\d+,\d+\})?")
_OPEN: Final = {"*": (0, None), "+": (1, None)}


class Row(NamedTuple):
    """A function as its family's table writes it; `signature` reads the overloads when somebody asks for it.

    A named tuple, since the rows are made at every start and a frozen dataclass costs several times as much.
    """

    signatures: tuple[str, ...]
    naming: ResultName = ResultName.NONE
    prefix: str = ""
    deterministic: bool = True
    unsupported: str = ""
    columns: tuple[tuple[str, ScalarType], ...] = ()
    bound: bool = False


def row(
    *signatures: str,
    naming: ResultName = ResultName.NONE,
    prefix: str = "",
    deterministic: bool = True,
    unsupported: str = "",
    columns: tuple[tuple[str, ScalarType], ...] = (),
    bound: bool = False,
) -> Row:
    """A row with these overloads, the more exact one first."""
    return Row(signatures, naming, prefix, deterministic, unsupported, columns, bound)


def signature(text: str) -> Signature:
    """The overload that `text` writes.

    Raises: KeyError or ValueError for a text that is not in the notation (a test reads every row).
    """
    left, _, right = text.partition("->")
    required: list[Accepts] = []
    optional: list[Accepts] = []
    repeat: list[Accepts] = []
    last: list[Accepts] = []
    bounds: tuple[int, int | None] = (0, None)
    for word, _constant, mark in _parameters(left):
        if mark == "?":
            optional.append(_accepts(word))
        elif mark:
            repeat.append(_accepts(word))
            bounds = _OPEN[mark] if mark in _OPEN else _bounds(mark)
        else:
            (last if repeat else required).append(_accepts(word))
    result, nulls = _result(right.strip())
    kinds = (*required, *optional, *repeat, *last)
    return Signature(
        tuple(required),
        result,
        tuple(optional),
        tuple(repeat),
        repeat_min=bounds[0],
        repeat_max=bounds[1],
        common=any(isinstance(kind, Common) for kind in kinds),
        last=tuple(last),
        nulls=nulls,
    )


def constants(text: str) -> frozenset[int]:
    """Indexes of the parameters that `text` marks with `!`."""
    return frozenset(at for at, (_, constant, _) in enumerate(_parameters(text.partition("->")[0])) if constant)


def _parameters(text: str) -> list[tuple[str, str, str]]:
    words = [word.strip() for word in re.split(r",(?![^{]*\})", text)] if text.strip() else []
    found = []
    for word in words:
        match = _PARAMETER.fullmatch(word)
        if match is None:
            raise ValueError(f"no parameter of the catalogue's notation: {word!r}")
        found.append((match["word"], match["constant"], match["mark"] or ""))
    return found


def _accepts(word: str) -> Accepts:
    if "|" not in word:
        return WORDS[word]
    return frozenset().union(*(_UNIONS.get(name) or {ScalarType(name)} for name in word.split("|")))


def _bounds(mark: str) -> tuple[int, int]:
    low, high = mark.strip("{}").split(",")
    return int(low), int(high)


def _result(word: str) -> tuple[Result, Nulls]:
    mark = word[-1] if word[-1] in "!?" else ""
    name = word.removesuffix(mark) if mark else word
    return (RESULTS[name] if name in RESULTS else ScalarType(name)), NULLS[mark]
