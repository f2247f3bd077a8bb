"""Where a query can be changed into a neighbour, and into what: places of its text, found in its syntax tree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from random import Random
from typing import Final, NamedTuple, TypeAlias

from rulec.catalogue import FAMILIES, aggregate, aggregate_names, lookup, window, window_names
from rulec.catalogue.signatures import Function
from rulec.scalars import ScalarType
from rulec.source import Span
from rulec.syntax import nodes as n
from tests.differential.expressions import LEFT_OUT
from tests.differential.values import LITERALS, UNICODE

_T = ScalarType


class Edit(NamedTuple):
    """The text between two offsets, replaced. `kind` is for the counts of a run."""

    kind: str
    start: int
    end: int
    text: str


#: A place that can be changed: draws one of its changes.
Site: TypeAlias = "Callable[[Random], Edit]"

_STRING_OPS: Final = tuple(
    f"{no}{op}{cs}"
    for op in ("has", "contains", "startswith", "endswith", "hasprefix", "hassuffix")
    for no in ("", "!")
    for cs in ("", "_cs")
)
#: Operators that stand in for each other.
SIBLINGS: Final[tuple[tuple[str, ...], ...]] = (
    ("==", "!=", "=~", "!~", *_STRING_OPS, "matches regex", "<", ">="),
    ("==", "!=", "<", "<=", ">", ">="),
    ("+", "-", "*", "/", "%"),
    ("and", "or"),
    ("in", "!in", "in~", "!in~", "has_any", "has_all"),
    ("between", "!between"),
)
KINDS: Final = {
    n.Join: ["inner", "innerunique", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti"],
    n.Lookup: ["inner", "leftouter"],
    n.Union: ["inner", "outer"],
    n.MvExpand: ["bag", "array"],
}  # fmt: skip
_NUMBERS: Final = (_T.INT, _T.LONG, _T.REAL, _T.DECIMAL)
NULLS: Final = ("long(null)", "int(null)", "real(null)", "dynamic(null)", '""', "datetime(null)", "timespan(null)", "bool(null)")
#: `X` is the expression that was there.
WRAPS: Final = (
    "tostring(X)", "not(X)", "isnull(X)", "isempty(X)", "isnotnull(X)", "isnotempty(X)", "iff(isnull(X), X, X)", "-X", "tolong(X)",
    "todouble(X)", "todecimal(X)", "toint(X)", "tobool(X)", "todatetime(X)", "totimespan(X)", 'strcat("a", X)', "gettype(X)",
    "strlen(X)", "(X == X)", "(X != X)", "pack_array(X)", 'bag_pack("k", X)', "coalesce(X, X)", "max_of(X, X)", "tolower(X)",
    "abs(X)", "round(X)", "bin(X, 2)", "array_length(X)", "tostring(todynamic(tostring(X)))", "iff(1 == 1, X, X)", "toguid(X)",
)  # fmt: skip
#: Operators that are put in; `X` is a name of the query.
INSERTED: Final = (
    "count", "distinct *", "where isnotnull(X)", "where isempty(X)", "sort by X", "sort by X asc nulls last", "sort by X desc nulls first",
    "summarize count() by X", "summarize make_list(X)", "summarize dcount(X), count_distinct(X)", "summarize min(X), max(X)", "take 1",
    "summarize sum(X), avg(X)", "extend g = gettype(X)", "extend t = tostring(X)", "serialize r = row_number()", "project-away X",
    "extend p = prev(X), q = next(X)", "mv-expand X", "distinct X", "project X", "project-rename z = X", "summarize arg_max(X, *)",
    "summarize take_any(X)", "top 2 by X", "where X == X", "getschema", "extend d = pack_all()", "mv-expand k = pack_array(X, X)",
    "summarize stdev(X), variance(X)", "summarize percentile(X, 50)", "union (datatable(X:long)[7])", "extend X = tostring(X)",
)  # fmt: skip
_OF_ORDER: Final = ("", " asc", " desc", " asc nulls first", " asc nulls last", " desc nulls first", " desc nulls last")
#: Functions whose counts make big values, so that their literals stay small.
_MAKERS: Final = frozenset({"range", "repeat", "strrep", "make_string"})


def nodes(root: object) -> Iterator[object]:
    """The node and those below it."""
    if isinstance(root, tuple) and not isinstance(root, Span):
        for item in root:
            yield from nodes(item)
    elif is_dataclass(root) and hasattr(root, "span"):
        yield root
        for field in fields(root):
            yield from nodes(getattr(root, field.name))


def sites(program: n.Program) -> dict[str, list[Site]]:
    """The places of a query by what changes there."""
    found: dict[str, list[Site]] = defaultdict(list)
    everything = list(nodes(program))
    names = _names(everything)
    small = {id(x) for node in everything if _makes_much(node) for x in nodes(node)}
    for node in everything:
        match node:
            case n.Literal():
                found["literal"].append(_literal(node, id(node) in small))
            case n.Call():
                _call(found, node)
            case n.Binary(op=op, op_span=place) | n.ListTest(op=op, span=place) | n.Between(op=op, span=place):
                _operator(found, op, node, place)
            case n.Ordering(value=value, span=span):
                found["order"].append(_one_of("order", Span(value.span.end, span.end, span.source), _OF_ORDER))
            case n.Parse():
                found["parse"].append(_head(node, ("parse", "parse-where", "parse kind=relaxed", "parse kind=regex")))
            case n.Pipeline(operators=operators, source=source) if operators:
                _operators(found, source, operators, names)
            case n.Join() | n.Lookup() | n.Union() | n.MvExpand():
                _kind(found, node)
            case _:
                pass
    for value in _expressions(everything):
        found["wrap"].append(_wrap(value.span))
        if isinstance(value, n.Name) and names:
            found["name"].append(_one_of("name", value.span, names))
    if (moved := print_to_table(program)) is not None:
        found["table"].append(moved)
    return found


def _names(everything: list[object]) -> tuple[str, ...]:
    found = [x.name.span.text for x in everything if isinstance(x, n.ColumnDeclaration)]
    found += [name.span.text for x in everything if isinstance(x, n.Named) for name in x.names]
    return tuple(dict.fromkeys(found))


def _makes_much(node: object) -> bool:
    return isinstance(node, (n.Range, n.MakeSeries)) or (isinstance(node, n.Call) and node.name.text in _MAKERS)


def _one_of(kind: str, span: Span, texts: tuple[str, ...] | list[str]) -> Site:
    return lambda random: Edit(kind, span.start, span.end, random.choice(texts))


# --- expressions ---------------------------------------------------------------------------------------------------


def _literal(node: n.Literal, small: bool) -> Site:
    def draw(random: Random) -> Edit:
        return Edit("literal", node.span.start, node.span.end, _other_literal(random, node, small))

    return draw


def _other_literal(random: Random, node: n.Literal, small: bool) -> str:
    if small and node.type in _NUMBERS:
        return random.choice(("0", "1", "2", "3", "-1", "int(2)", "1.5", "long(null)"))
    if small and node.type in (_T.DATETIME, _T.TIMESPAN):
        return node.span.text
    if node.type is _T.STRING and random.random() < 0.6 and isinstance(node.value, str):
        return _other_text(random, node.value)
    if node.type in _NUMBERS and random.random() < 0.4:
        return random.choice(LITERALS[random.choice(_NUMBERS)])
    return random.choice(LITERALS[node.type])


def _other_text(random: Random, text: str) -> str:
    changed = random.choice((
        text.upper(), text.lower(), text.swapcase(), text + "é", f" {text} ", text[:-1], text * 2, text[::-1], text + "\n", "_" + text,
        text[1:], "İ" + text, text.replace(" ", "\t"), text.replace("a", "ä").replace("s", "ſ"), "",
    ))  # fmt: skip
    if random.random() < 0.1:
        return random.choice(UNICODE)
    return '"' + changed.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def _shape(function: Function) -> tuple[object, ...]:
    first = function.signatures[0]
    return (*map(str, first.parameters), str(first.repeat))


@cache
def _pools() -> tuple[tuple[Function, ...], ...]:
    """Scalar functions, aggregates and window functions of the catalogue."""
    scalars = [lookup(name) for rows in FAMILIES.values() for name in rows if re.fullmatch(r"\w+", name) and name not in LEFT_OUT]
    others = [map(aggregate, aggregate_names()), map(window, window_names())]
    return tuple(tuple(f for f in pool if f is not None and f.signatures and not f.unsupported) for pool in (scalars, *others))


def _call(found: dict[str, list[Site]], node: n.Call) -> None:
    name = node.name.text
    for pool in _pools():
        known = next((f for f in pool if f.name == name), None)
        if known is not None:
            alike = [f.name for f in pool if _shape(f) == _shape(known)]
            found["function"].append(_one_of("function", node.name.span, alike))
            fitting = [f.name for f in pool if any(len(s.parameters) <= len(node.arguments) for s in f.signatures)]
            found["function"].append(_one_of("function", node.name.span, fitting))
    arguments = node.arguments
    for at, argument in enumerate(arguments):
        found["null"].append(_one_of("null", argument.span, NULLS))
        if at:
            before = arguments[at - 1]
            swapped = f"{argument.span.text}, {before.span.text}"
            found["arguments"].append(_one_of("arguments", before.span.to(argument.span), (swapped,)))
            found["arguments"].append(_one_of("arguments", Span(before.span.end, arguments[-1].span.end, node.span.source), ("",)))
        found["arguments"].append(_one_of("arguments", argument.span, tuple(a.span.text for a in arguments)))


def _operator(found: dict[str, list[Site]], op: str, node: n.Binary | n.ListTest | n.Between, place: Span) -> None:
    if not isinstance(node, n.Binary):
        after = node.operand.span.end
        at = place.source.text.find(op, after, place.end)
        if at < 0:
            return
        place = Span(at, at + len(op), place.source)
    for group in SIBLINGS:
        if op in group:
            found["operator"].append(_one_of("operator", place, group))
    if isinstance(node, n.Binary):
        exchanged = f"{node.right.span.text} {op} {node.left.span.text}"
        found["operator"].append(_one_of("operator", node.left.span.to(node.right.span), (exchanged,)))


def _expressions(everything: list[object]) -> Iterator[n.Expr]:
    """Expressions that can be replaced by others."""
    for node in everything:
        match node:
            case n.Where(predicate=value) | n.Argument(value=value) if not isinstance(value, n.Pipeline):
                yield value
            case n.Named(value=value) if not isinstance(value, (n.Pipeline, n.Star)):
                yield value
            case n.Binary(left=left, right=right):
                yield from (x for x in (left, right) if not isinstance(x, n.Star))
            case n.ListTest(operand=value) | n.Between(operand=value) | n.Unary(operand=value):
                yield value
            case _:
                pass


def _wrap(span: Span) -> Site:
    def draw(random: Random) -> Edit:
        return Edit("wrap", span.start, span.end, re.sub(r"\bX\b", lambda _: f"{span.text}", random.choice(WRAPS)))

    return draw


# --- operators -----------------------------------------------------------------------------------------------------


def _head(node: n.Parse, heads: tuple[str, ...]) -> Site:
    written = re.match(r"parse(-where)?(\s+kind\s*=\s*\w+)?", node.span.text)
    assert written is not None
    return _one_of("parse", Span(node.span.start, node.span.start + written.end(), node.span.source), heads)


def _kind(found: dict[str, list[Site]], node: n.Join | n.Lookup | n.Union | n.MvExpand) -> None:
    written = [p.span for p in node.properties if p.name == "kind"]
    word = re.match(r"[\w-]+", node.span.text)
    if word is None:
        return
    end = node.span.start + word.end()
    place = written[0] if written else Span(end, end, node.span.source)
    found["kind"].append(_one_of("kind", place, [f" kind={kind}" for kind in KINDS[type(node)]]))


def _operators(
    found: dict[str, list[Site]], source: n.Expr | n.SourceOperator, operators: tuple[n.Operator, ...], names: tuple[str, ...]
) -> None:
    before = source.span
    for at, operator in enumerate(operators):
        span = operator.span
        found["operators"].append(_one_of("dropped", Span(before.end, span.end, span.source), ("",)))
        found["operators"].append(_one_of("repeated", Span(span.end, span.end, span.source), (f" | {span.text}",)))
        if names:
            found["inserted"].append(_insert(span, names))
        if at:
            exchanged = f"{span.text} | {before.text}"
            found["operators"].append(_one_of("exchanged", before.to(span), (exchanged,)))
        before = span


def _insert(span: Span, names: tuple[str, ...]) -> Site:
    def draw(random: Random) -> Edit:
        name = random.choice(names)
        text = re.sub(r"\bX\b", lambda _: name, random.choice(INSERTED))
        return Edit("inserted", span.end, span.end, f" | {text}")

    return draw


def print_to_table(program: n.Program) -> Site | None:
    """`print` of literals as `extend` over a table whose columns have those values in one row and others in more rows."""
    last = program.statements[-1]
    if not isinstance(last, n.ExpressionStatement) or not isinstance(last.value, n.Pipeline) or not isinstance(last.value.source, n.Print):
        return None
    source = last.value.source
    every = [x for x in nodes(source) if isinstance(x, n.Literal)]
    small = any(_makes_much(x) for x in nodes(source))
    if not every:
        return None

    def draw(random: Random) -> Edit:
        literals = [x for x in every if random.random() < 0.7] or every[:1]
        pieces, at = [], source.span.start + len("print")
        for number, literal in enumerate(literals):
            pieces += [source.span.source.text[at : literal.span.start], f"c{number}"]
            at = literal.span.end
        pieces.append(source.span.source.text[at : source.span.end])
        columns = ", ".join(f"c{number}:{x.type.value}" for number, x in enumerate(literals))
        rows = [[x.span.text for x in literals]]
        rows += [[_other_literal(random, x, small) for x in literals] for _ in range(2)]
        cells = ", ".join(cell for row in rows for cell in row)
        return Edit("table", source.span.start, source.span.end, f"datatable({columns})[{cells}] | extend{''.join(pieces)}")

    return draw
