"""Which overload a call means: exact types first, then widening int -> long -> real -> decimal, then conversion.

Source: Microsoft's analyzer for the order and for what converts; recorded refusals where the engine is stricter
(`iff`, `case` and `coalesce` with an integer and a real).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias, assert_never

from rulec.catalogue.signatures import Accepts, Common, Converted, Function, Nulls, Signature, Types
from rulec.records import record
from rulec.scalars import INTEGER, NUMERIC, ScalarType

_T = ScalarType
_WIDTH: Final = {_T.INT: 0, _T.LONG: 1, _T.REAL: 2, _T.DECIMAL: 3}
#: What a parameter of one type takes besides that type.
_PROMOTES: Final[dict[ScalarType, tuple[ScalarType, ...]]] = {
    _T.LONG: (_T.INT,),
    _T.REAL: (_T.LONG, _T.INT),
    _T.DECIMAL: (_T.REAL, _T.LONG, _T.INT),
}
_EACH_NUMBER: Final = {"long", "real", "decimal"}
_EXACT, _ONE_OF, _PROMOTED, _CONVERTED, _ANY = range(5)
_WORDS: Final = {
    NUMERIC: "a number",
    INTEGER: "an integer",
    NUMERIC | {_T.DATETIME, _T.TIMESPAN}: "a number, datetime or timespan",
    NUMERIC | {_T.DATETIME, _T.TIMESPAN, _T.STRING, _T.BOOL}: "anything that has an order (no dynamic, no guid)",
    frozenset(_T) - {_T.DYNAMIC}: "any type but dynamic",
    frozenset({_T.STRING, _T.DYNAMIC}): "string",
}


@record(frozen=True, slots=True)
class Resolution:
    """The overload of a call.

    `parameters`: for each argument the type that it is converted to (its own where nothing changes), None where it is taken as it is.
    """

    result: ScalarType
    parameters: tuple[ScalarType | None, ...]
    nulls: Nulls


@record(frozen=True, slots=True)
class Mismatch:
    """Why no overload fits. `argument` is the 0-based index of the wrong one, None when the number of arguments is wrong."""

    function: str
    argument: int | None
    expected: str
    found: str

    @property
    def message(self) -> str:
        if self.argument is None:
            return f"`{self.function}` expects {self.expected}, found {self.found}"
        place = f" as argument {self.argument + 1}" if self.argument else ""
        return f"`{self.function}` expects {self.expected}{place}, found {self.found}"


_Fit: TypeAlias = "tuple[int, list[ScalarType | None]]"


def resolve(function: Function, types: tuple[ScalarType, ...]) -> Resolution | Mismatch:
    """The overload that arguments of these types mean. An argument `typeof(T)` has the type T here."""
    best: tuple[int, Resolution] | None = None
    wrong: list[tuple[int, Accepts, ScalarType | None]] = []
    for signature in function.signatures:
        expected = expand(signature, len(types))
        if expected is None:
            continue
        fit = _fit(expected, types)
        if isinstance(fit, _Wrong):
            wrong.append((fit.argument, fit.expected, fit.common))
            continue
        cost, parameters = fit
        if best is None or cost < best[0]:
            best = cost, _resolution(function, signature, types, parameters)
    if best is not None:
        return best[1]
    if not wrong:
        return Mismatch(function.name, None, _arity_text(function), _arguments(len(types)))
    return _worst(function, wrong, types)


def _resolution(function: Function, signature: Signature, types: tuple[ScalarType, ...], parameters: list[ScalarType | None]) -> Resolution:
    widened = tuple(to or own for to, own in zip(parameters, types, strict=True))
    result = signature.result if isinstance(signature.result, ScalarType) else signature.result(widened)
    return Resolution(result, tuple(parameters), signature.nulls or function.nulls)


def _worst(function: Function, wrong: list[tuple[int, Accepts, ScalarType | None]], types: tuple[ScalarType, ...]) -> Mismatch:
    """The overloads that came furthest say what was expected."""
    furthest = max(at for at, _, _ in wrong)
    expected = dict.fromkeys(_text(kind, common) for at, kind, common in wrong if at == furthest)
    words = list(expected)
    if expected.keys() >= _EACH_NUMBER:
        words = ["a number", *(word for word in words if word not in _EACH_NUMBER and word != "a number")]
    return Mismatch(function.name, furthest, " or ".join(words), types[furthest].value)


def expand(signature: Signature, count: int) -> tuple[Accepts, ...] | None:
    """The parameters of a call with so many arguments, or None when it cannot have so many."""
    fixed = len(signature.parameters) + len(signature.last)
    spare = count - fixed
    if spare < 0:
        return None
    if not signature.repeat:
        if spare > len(signature.optional):
            return None
        return signature.parameters + signature.optional[:spare] + signature.last
    times, rest = divmod(spare, len(signature.repeat))
    if rest or times < signature.repeat_min or (signature.repeat_max is not None and times > signature.repeat_max):
        return None
    return signature.parameters + signature.repeat * times + signature.last


def arity(function: Function) -> tuple[int, int | None]:
    """The least and the greatest number of arguments, None for no limit."""
    lows: list[int] = []
    highs: list[int | None] = []
    for signature in function.signatures:
        fixed, block = len(signature.parameters) + len(signature.last), len(signature.repeat)
        lows.append(fixed + block * signature.repeat_min)
        endless = block > 0 and signature.repeat_max is None
        highs.append(None if endless else fixed + len(signature.optional) + block * (signature.repeat_max or 0))
    limits = [high for high in highs if high is not None]
    return min(lows), (max(limits) if len(limits) == len(highs) else None)


class _Wrong(NamedTuple):
    argument: int
    expected: Accepts
    common: ScalarType | None = None


def _fit(expected: tuple[Accepts, ...], types: tuple[ScalarType, ...]) -> _Fit | _Wrong:
    cost, parameters = 0, []
    common = _common(expected, types)
    if isinstance(common, _Wrong):
        return common
    for at, (kind, own) in enumerate(zip(expected, types, strict=True)):
        found = _place(kind, own, common)
        if found is None:
            return _Wrong(at, kind)
        cost += found[0]
        parameters.append(found[1])
    return cost, parameters


def _place(kind: Accepts, own: ScalarType, common: ScalarType | None) -> tuple[int, ScalarType | None] | None:
    """How well an argument goes with a parameter, and the type it takes; None when it does not."""
    match kind:
        case None:
            return _ANY, None
        case Converted(accepts, to):
            if own is to:
                return _EXACT, to
            return (_ANY if accepts is None else _CONVERTED, to) if accepts is None or _takes(accepts, own) else None
        case Common(accepts, widen):
            if not _takes(accepts, own):
                return None
            if widen and own is _T.DYNAMIC:
                return _ONE_OF, own
            return (_EXACT if own is common else _PROMOTED), common
        case ScalarType():
            if own is kind:
                return _EXACT, kind
            return (_PROMOTED, kind) if own in _PROMOTES.get(kind, ()) else None
        case frozenset():
            return (_ONE_OF, own) if own in kind else None
        case _:
            assert_never(kind)


def _takes(accepts: Types, own: ScalarType) -> bool:
    return accepts is None or own is accepts or (isinstance(accepts, frozenset) and own in accepts)


def _common(expected: tuple[Accepts, ...], types: tuple[ScalarType, ...]) -> ScalarType | _Wrong | None:
    """The type that the arguments marked `Common` come to."""
    common: ScalarType | None = None
    for at, (kind, own) in enumerate(zip(expected, types, strict=True)):
        if not isinstance(kind, Common) or not _takes(kind.accepts, own) or (kind.widen and own is _T.DYNAMIC):
            continue
        joined = own if common is None else _join(common, own, kind.widen)
        if joined is None:
            return _Wrong(at, kind, common)
        common = joined
    return common


def _join(one: ScalarType, other: ScalarType, widen: bool) -> ScalarType | None:
    pair = {one, other}
    if one is other:
        return one
    if pair <= (NUMERIC if widen else INTEGER):
        return max(one, other, key=_WIDTH.__getitem__)
    if not widen and pair == {_T.DYNAMIC, _T.STRING}:
        return _T.STRING
    return None


def _text(kind: Accepts, common: ScalarType | None) -> str:
    match kind:
        case None:
            return "anything"
        case ScalarType():
            return kind.value
        case Converted(accepts, _):
            return _text(accepts, None)
        case Common(accepts, _):
            return _text(accepts, None) if common is None else f"{common.value} like the other arguments"
        case frozenset():
            return _WORDS.get(kind) or " or ".join(_ordered(kind))
        case _:
            assert_never(kind)


def _ordered(types: Iterable[ScalarType]) -> list[str]:
    chosen = set(types)
    return [kind.value for kind in _T if kind in chosen]


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"


def _arity_text(function: Function) -> str:
    low, high = arity(function)
    if high is None:
        return f"at least {_arguments(low)}"
    return _arguments(low) if low == high else f"{low} to {_arguments(high)}"
