"""String functions and string predicates."""

from __future__ import annotations

import re
from typing import Final

from rulec.backend import Unsupported
from rulec.ir.exprs import Call, Expr, Literal
from rulec.scalars import ScalarType
from rulec_backends.python.code import ADD, Code, all_of, any_of, binary, call, compare, literal, method, tuple_of
from rulec_backends.python.functions.rows import pattern_of, runtime
from rulec_backends.python.lower import ConditionRow, Lower, Reading, ValueRow, as_condition
from rulec_backends.python.runtime.texts import fold

T = ScalarType


def _constant_text(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else None


def _negatable(positive: ConditionRow) -> ConditionRow:
    """The row of an operator and of its form with `!`."""

    def row(lower: Lower, expr: Call, reading: Reading) -> Code:
        return positive(lower, expr, reading.inverted if expr.function.startswith("!") else reading)

    return row


def _predicate(function: str, constant: str | None = None) -> ConditionRow:
    """A run-time predicate; `constant` is its form for a folded constant on the right."""

    def row(lower: Lower, expr: Call, reading: Reading) -> Code:
        text, needle = expr.arguments
        known, value = _constant_text(needle), lower.value(text)
        if known is None or constant is None:
            return as_condition(lower.module.call(function, value, lower.value(needle)), False, reading)
        code = as_condition(lower.module.call(constant, value, literal(fold(known))), False, reading)
        if not value.simple or value.constant or not known.isascii() or not known:
            return code
        # Most texts do not contain the term at all, which is quicker to see.
        found = as_condition(compare("in", literal(fold(known)), method(value, "lower")), False, reading)
        return (all_of if reading in (Reading.TRUE, Reading.UNFALSE) else any_of)([found, code])

    return row


def _contains(lower: Lower, expr: Call, reading: Reading) -> Code:
    known = _constant_text(expr.arguments[1])
    if known is None:
        return _predicate("contains")(lower, expr, reading)
    text = lower.value(expr.arguments[0])
    if not known.isascii() or known.upper() != known.lower():
        text = lower.folded(text, [fold(known)], part=True)
    return as_condition(compare("in", literal(fold(known)), text), False, reading)


def _startswith(lower: Lower, expr: Call, reading: Reading) -> Code:
    known = _constant_text(expr.arguments[1])
    if not known:
        return _predicate("startswith")(lower, expr, reading)
    part = Code(f"{lower.value(expr.arguments[0]).at(9)}[:{len(known)}]", 9)
    return as_condition(compare("==", lower.folded(part, [fold(known)]), literal(fold(known))), False, reading)


def _endswith(lower: Lower, expr: Call, reading: Reading) -> Code:
    known = _constant_text(expr.arguments[1])
    if not known:
        return _predicate("endswith")(lower, expr, reading)
    part = Code(f"{lower.value(expr.arguments[0]).at(9)}[-{len(known)}:]", 9)
    return as_condition(compare("==", lower.folded(part, [fold(known)]), literal(fold(known))), False, reading)


def _equals_ignoring_case(lower: Lower, expr: Call, reading: Reading) -> Code:
    left, right = expr.arguments
    if _constant_text(left) is not None:
        left, right = right, left
    known = _constant_text(right)
    if known is None:
        return as_condition(lower.module.call("equals_ignoring_case", lower.value(left), lower.value(right)), False, reading)
    folded = fold(known)
    value = lower.value(left)
    if folded.upper() != folded or not known.isascii():
        value = lower.folded(value, [folded])
    return as_condition(compare("==", value, literal(folded)), False, reading)


def _method(function: str) -> ConditionRow:
    """`text.startswith(part)` and the like, case-sensitive."""

    def row(lower: Lower, expr: Call, reading: Reading) -> Code:
        text, part = expr.arguments
        return as_condition(method(lower.value(text), function, lower.value(part)), False, reading)

    return row


def _contains_cs(lower: Lower, expr: Call, reading: Reading) -> Code:
    text, part = expr.arguments
    return as_condition(compare("in", lower.value(part), lower.value(text)), False, reading)


def _matches(lower: Lower, expr: Call, reading: Reading) -> Code:
    text, pattern = expr.arguments
    compiled = pattern_of(lower, pattern, _pattern_name(text))
    found = method(compiled, "search", lower.value(text))
    positive = reading in (Reading.TRUE, Reading.UNFALSE)
    return compare("is not" if positive else "is", found, Code("None"))


def _pattern_name(text: Expr) -> str:
    column = getattr(text, "name", "")
    return f"{column}_pattern" if column else "pattern"


def _strcat(lower: Lower, expr: Call) -> Code:
    parts = [lower.text(a) for a in expr.arguments]
    result = parts[0]
    for part in parts[1:]:
        result = binary("+", result, part, ADD)
    return result


def _strcat_delim(lower: Lower, expr: Call) -> Code:
    delimiter, *parts = (lower.text(a) for a in expr.arguments)
    return method(delimiter, "join", tuple_of(parts))


def _strcat_array(lower: Lower, expr: Call) -> Code:
    return lower.module.call(
        "strcat_array", lower.value(expr.arguments[0]), lower.text(expr.arguments[1]), lower.module.use("dynamic_text")
    )


def _strlen(lower: Lower, expr: Call) -> Code:
    return call("len", lower.text(expr.arguments[0]))


def _of_text(function: str) -> ValueRow:
    """A run-time function whose first argument is read as text."""

    def row(lower: Lower, expr: Call) -> Code:
        first, *rest = expr.arguments
        return lower.module.call(function, lower.text(first), *(lower.value(r) for r in rest))

    return row


def _all_text(function: str, *whole: int) -> ValueRow:
    """A run-time function whose arguments are read as text, but for those at the positions `whole`."""

    def row(lower: Lower, expr: Call) -> Code:
        values = [lower.value(a) if at in whole else lower.text(a) for at, a in enumerate(expr.arguments)]
        return lower.module.call(function, *values)

    return row


def _substring(lower: Lower, expr: Call) -> Code:
    text, start, *rest = expr.arguments
    length = rest[0] if rest else None
    begin = start.value if isinstance(start, Literal) else None
    size = length.value if isinstance(length, Literal) else None
    if isinstance(begin, int) and begin >= 0 and (length is None or (isinstance(size, int) and size >= 0)):
        source = lower.text(text).at(9)
        end = str(begin + size) if isinstance(size, int) else ""
        return Code(f"{source}[{begin or ''}:{end}]", 9)
    return lower.module.call("substring", lower.text(text), *(lower.value(a) for a in expr.arguments[1:]))


def _extract(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) > 3:
        return lower.refuse(expr.span, f"argument 4 of `{expr.function}` must be `typeof(…)`", "RC401")
    pattern, group, text = expr.arguments[:3]
    return lower.module.call("extract", pattern_of(lower, pattern, _pattern_name(text)), lower.value(group), lower.value(text))


def _extract_all(lower: Lower, expr: Call) -> Code:
    pattern, *groups, text = expr.arguments
    chosen = lower.value(groups[0]) if groups else literal(None)
    return lower.module.call("extract_all", pattern_of(lower, pattern, _pattern_name(text)), chosen, lower.value(text))


def _replace_regex(lower: Lower, expr: Call) -> Code:
    text, pattern, rewrite = expr.arguments
    return lower.module.call("replace_regex", lower.value(text), pattern_of(lower, pattern, _pattern_name(text)), lower.value(rewrite))


def _countof(lower: Lower, expr: Call) -> Code:
    text, part, *kind = expr.arguments
    if kind and _constant_text(kind[0]) == "regex":
        return lower.module.call("countof_regex", lower.value(text), pattern_of(lower, part, _pattern_name(text)))
    return lower.module.call("countof", lower.value(text), lower.value(part))


def _indexof_regex(lower: Lower, expr: Call) -> Code:
    text, pattern, *rest = expr.arguments
    return lower.module.call(
        "indexof_regex", lower.text(text), pattern_of(lower, pattern, _pattern_name(text)), *(lower.value(r) for r in rest)
    )


def _trim_start(lower: Lower, expr: Call) -> Code:
    pattern, text = expr.arguments
    return lower.module.call("trim_start", pattern_of(lower, pattern, "start", r"(?:", ")"), lower.text(text))


def _trim_end(lower: Lower, expr: Call) -> Code:
    pattern, text = expr.arguments
    return lower.module.call("trim_end", pattern_of(lower, pattern, "end", r"(?:", r")\Z"), lower.text(text))


def _trim(lower: Lower, expr: Call) -> Code:
    pattern, text = expr.arguments
    start, end = pattern_of(lower, pattern, "start", r"(?:", ")"), pattern_of(lower, pattern, "end", r"(?:", r")\Z")
    return lower.module.call("trim", start, end, lower.text(text))


def _split(lower: Lower, expr: Call) -> Code:
    text, delimiter, *index = expr.arguments
    known = _constant_text(delimiter)
    if known and not index:
        return method(lower.text(text), "split", literal(known))
    function = "split_part" if index else "split"
    return lower.module.call(function, lower.text(text), lower.value(delimiter), *(lower.value(i) for i in index))


def _reversed(lower: Lower, expr: Call) -> Code:
    return Code(f"{lower.text(expr.arguments[0]).at(9)}[::-1]", 9)


def _codepoints(lower: Lower, expr: Call) -> Code:
    inner = ", ".join(lower.json(a).text for a in expr.arguments)
    return lower.module.call("unicode_codepoints_to_string", Code(f"[{inner}]"))


def _isascii(lower: Lower, expr: Call) -> Code:
    return method(lower.text(expr.arguments[0]), "isascii")


def _extract_json(lower: Lower, expr: Call) -> Code:
    if len(expr.arguments) > 2:
        return lower.refuse(expr.span, f"argument 3 of `{expr.function}` must be `typeof(…)`", "RC401")
    path, text = expr.arguments[:2]
    if isinstance(path, Literal) and isinstance(path.value, str) and _UNREAD_PATH.match(path.value):
        reason = f"what Kusto reads for the JSON path `{path.value}` is not documented"
        return lower.refuse(path.span, reason, "RC401", f"write it as $.{path.value[1:]}")
    value = lower.module.call("parse_json", lower.value(text))
    return lower.module.call("dynamic_text", lower.module.call("extract_json", lower.value(path), value))


#: A path whose first step has neither a point nor a bracket.
_UNREAD_PATH: Final = re.compile(r"\$[^.\[]")

_OPERATORS: Final[dict[str, ConditionRow]] = {
    "=~": _equals_ignoring_case,
    "has": _predicate("has", "has_folded"),
    "has_cs": _predicate("has_cs"),
    "hasprefix": _predicate("hasprefix", "hasprefix"),
    "hasprefix_cs": _predicate("hasprefix_cs"),
    "hassuffix": _predicate("hassuffix", "hassuffix"),
    "hassuffix_cs": _predicate("hassuffix_cs"),
    "contains": _contains,
    "contains_cs": _contains_cs,
    "startswith": _startswith,
    "startswith_cs": _method("startswith"),
    "endswith": _endswith,
    "endswith_cs": _method("endswith"),
}

CONDITIONS: Final[dict[str, ConditionRow]] = {
    **_OPERATORS,
    **{f"!{op}": _negatable(row) for op, row in _OPERATORS.items() if op != "=~"},
    "!~": _negatable(_equals_ignoring_case),
    "matches regex": _matches,
}

VALUES: Final[dict[str, ValueRow | Unsupported]] = {
    "strcat": _strcat,
    "strcat_delim": _strcat_delim,
    "strcat_array": _strcat_array,
    "strlen": _strlen,
    "string_size": _of_text("string_size"),
    "strrep": _all_text("strrep", 1),
    "strcmp": _all_text("strcmp"),
    "substring": _substring,
    "tolower": _of_text("lower"),
    "toupper": _of_text("upper"),
    "reverse": _reversed,
    "indexof": _all_text("indexof", 2, 3, 4),
    "indexof_regex": _indexof_regex,
    "countof": _countof,
    "split": _split,
    "trim": _trim,
    "trim_start": _trim_start,
    "trim_end": _trim_end,
    "extract": _extract,
    "extract_all": _extract_all,
    "extract_json": _extract_json,
    "replace_regex": _replace_regex,
    "replace_string": runtime("replace_string"),
    "replace_strings": runtime("replace_strings"),
    "regex_quote": _of_text("regex_quote"),
    "translate": runtime("translate"),
    "has_any_index": runtime("has_any_index"),
    "isascii": _isascii,
    "isutf8": lambda lower, expr: literal(True),
    "parse_csv": runtime("parse_csv"),
    "parse_path": runtime("parse_path"),
    "parse_version": runtime("parse_version"),
    "parse_command_line": _all_text("parse_command_line"),
    "parse_user_agent": Unsupported("needs the engine's own list of user agents"),
    "unicode_codepoints_from_string": _of_text("unicode_codepoints_from_string"),
    "unicode_codepoints_to_string": _codepoints,
}
