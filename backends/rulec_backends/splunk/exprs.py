"""Lowers expressions: `value` to the carried value, `truth` and `falsity` to SPL predicates.

A KQL predicate has three outcomes. `truth(e)` is an SPL predicate that is true exactly where `e` is true, `falsity(e)` one that is true
exactly
where `e` is false; both may be null elsewhere, which `where`, `if` and `case` treat as not true. Negation swaps the two, so that no null
is lost.
"""

from __future__ import annotations

from typing import assert_never

from rulec.ir.exprs import Call, Case, Column, Convert, Expr, InRelation, Literal, Parameter, Path, StepColumn, ToScalar, Window
from rulec.scalars import ScalarType
from rulec_backends.splunk import dynamics, literals
from rulec_backends.splunk.functions import FUNCTIONS, LOGIC, PREDICATES
from rulec_backends.splunk.reasons import reason_of
from rulec_backends.splunk.stage import Builder
from rulec_backends.splunk.tree import NULL, TRUE, Field, Fn, Node, Not, Text, all_of, any_of, fn, op


def value(b: Builder, e: Expr) -> Node:
    """The carried value of an expression; null where KQL's is null."""
    if isinstance(e, Call) and (e.function in PREDICATES or e.function in LOGIC):
        return boolean(b, e)
    match e:
        case Column(name=name):
            return Field(name)
        case Literal(value=constant, type=type_):
            found = literals.literal(constant, type_)
            times = (ScalarType.DATETIME, ScalarType.TIMESPAN)
            return b.temp(found) if type_ in times and isinstance(found, Text) else found  # functions of numbers read fields, not texts
        case Parameter():
            return parameter(b, e)
        case Convert(operand=operand):
            return value(b, operand)
        case Case():
            return _case(b, e)
        case Path():
            return dynamics.path(b, e)
        case Call(function=name):
            row = FUNCTIONS.get(name)
            if row is None:
                return b.ctx.refuse(e.span, f"`{name}`: {reason_of(name)}")
            if not callable(row):
                return b.ctx.refuse(e.span, f"`{name}`: {row.reason}", row.hint)
            if b.ctx.big_integers and name not in _OF_DIGITS and not name.startswith(_OF_SIZES) and any(map(_is_big, e.arguments)):
                return b.ctx.refuse(e.span, f"`{name}` of an integer beyond 2^53: Splunk's numbers are doubles")
            return row(b, e)
        case ToScalar() | InRelation() | Window() | StepColumn():
            return b.ctx.refuse(e.span, "the expression is not expressible at this place")
        case _:
            assert_never(e)


#: Functions that take an integer by its digits, which a text keeps, or look at its size themselves.
_OF_DIGITS = frozenset({
    "array_concat", "array_index_of", "bag_pack", "bag_pack_columns", "coalesce", "datetime_add", "gettype", "hash_md5", "hash_sha1",
    "hash_sha256", "pack_array", "parse_json", "set_has_element", "strcat", "strcat_delim", "toint", "tolong", "tostring", "zip",
})  # fmt: skip
_OF_SIZES = ("startof", "endof", "unixtime_")


def _is_big(e: Expr) -> bool:
    return isinstance(e, Literal) and isinstance(e.value, int) and e.type.is_integer and abs(e.value) > literals.EXACT


def parameter(b: Builder, e: Parameter) -> Node:
    """`now` is the search's start; the window's ends are those of the search's time range."""
    options = b.ctx.options
    given = {"now": options.now, "window_start": options.start, "window_end": options.end}[e.name]
    if given is not None:
        return literals.literal(given, ScalarType.DATETIME)
    return fn("now") if e.name == "now" else Field({"window_start": "info_min_time", "window_end": "info_max_time"}[e.name])


def boolean(b: Builder, e: Expr) -> Node:
    """A predicate as the texts `true` and `false`."""
    yes = truth(b, e)
    if not e.nullable:
        return fn("if", yes, Text("true"), Text("false"))
    return fn("case", yes, Text("true"), falsity(b, e), Text("false"))


def _case(b: Builder, e: Case) -> Node:
    default = value(b, e.default)
    if len(e.branches) == 1:
        condition, result = e.branches[0]
        return fn("if", truth(b, condition), value(b, result), default)
    parts: list[Node] = []
    for condition, result in e.branches:
        parts += [truth(b, condition), value(b, result)]
    return Fn("case", (*parts, TRUE, default))


def truth(b: Builder, e: Expr) -> Node:
    """Where the predicate is true."""
    match e:
        case Literal(value=constant):
            return TRUE if constant is True else fn("false")
        case Call(function="and", arguments=arguments):
            return all_of(*(truth(b, a) for a in arguments))
        case Call(function="or", arguments=arguments):
            return any_of(*(truth(b, a) for a in arguments))
        case Call(function="not", arguments=(inner,)):
            return falsity(b, inner)
        case Call(function=name) if name in PREDICATES:
            return PREDICATES[name].truth(b, e)
        case _:
            return op(value(b, e), "=", Text("true"))


def falsity(b: Builder, e: Expr) -> Node:
    """Where the predicate is false, not null."""
    match e:
        case Literal(value=constant):
            return TRUE if constant is False else fn("false")
        case Call(function="and", arguments=arguments):
            return any_of(*(falsity(b, a) for a in arguments))
        case Call(function="or", arguments=arguments):
            return all_of(*(falsity(b, a) for a in arguments))
        case Call(function="not", arguments=(inner,)):
            return truth(b, inner)
        case Call(function=name) if name in PREDICATES:
            return PREDICATES[name].falsity(b, e)
        case _:
            return op(value(b, e), "=", Text("false"))


def filled(b: Builder, e: Expr, default: Node) -> Node:
    """The value, with a default for null."""
    found = value(b, e)
    return fn("coalesce", found, default) if e.nullable else found


def is_null(b: Builder, e: Expr) -> Node:
    return fn("isnull", value(b, e)) if e.nullable else fn("false")


__all__ = ["NULL", "Not", "boolean", "falsity", "filled", "is_null", "parameter", "truth", "value"]
