"""Random well-typed expressions from the catalogue's signatures."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from random import Random

from rulec import registry
from rulec.catalogue import FAMILIES, lookup, resolve
from rulec.catalogue.resolution import Resolution, expand
from rulec.catalogue.signatures import Accepts, Common, Converted, Function, Signature
from rulec.driver.support import verdicts
from rulec.scalars import ScalarType
from tests.differential.arguments import ARGUMENTS, ARRAYS, SERIES, Pool
from tests.differential.nodes import Node, literal, literal_type
from tests.differential.scope import Scope
from tests.differential.values import LITERALS

_T = ScalarType
INFIX = frozenset(FAMILIES["operators"]) - {"neg", "not", "between", "!between"}
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "between", "!between"})
LISTS = frozenset({"in", "!in", "in~", "!in~", "has_any", "has_all"})
ANY = tuple(ScalarType)
#: Not in queries: `now` is the same everywhere, names of columns and tables are the steps' matter, the rest has no fixed value.
LEFT_OUT = frozenset({"now", "ago", "column_ifexists", "iscolumnexists", "rand", "new_guid", "datetime_list_timezones"})


@dataclass(frozen=True, slots=True)
class Producer:
    """An overload that may give a type."""

    function: Function
    signature: Signature


@cache
def comparable() -> frozenset[str]:
    """The names that two of the targets say: of others there is nothing to compare."""
    answers = Counter[str]()
    for target in ("python", "duckdb", "splunk"):
        answers.update(name for name, verdict in verdicts(registry.load_backend(target)).items() if verdict is True)
    return frozenset(name for name, count in answers.items() if count > 1)


def functions() -> tuple[str, ...]:
    """Scalar functions and operators that can be in a query."""
    found = [(name, lookup(name)) for family in FAMILIES.values() for name in family if name in comparable()]
    return tuple(name for name, function in found if name not in LEFT_OUT and function is not None and function.signatures)


@cache
def producers() -> dict[ScalarType, list[Producer]]:
    """The overloads by the types that they may give."""
    found: dict[ScalarType, list[Producer]] = defaultdict(list)
    for name in functions():
        function = lookup(name)
        assert function is not None
        for signature in function.signatures:
            results = (signature.result,) if isinstance(signature.result, ScalarType) else ANY
            for type_ in results:
                found[type_].append(Producer(function, signature))
    return found


def expression(random: Random, scope: Scope, wanted: ScalarType, depth: int) -> Node:
    """An expression of a type: a column, a literal, or a call while `depth` lasts."""
    if depth > 0 and random.random() < 0.75:
        for _ in range(8):
            producer = random.choice(producers()[wanted])
            node = call(random, scope, producer.function, producer.signature, depth, wanted)
            if node is not None and node.type is wanted:
                return node
    return leaf(random, scope, wanted)


def leaf(random: Random, scope: Scope, wanted: ScalarType) -> Node:
    """A column of the type, most of the time, or a literal."""
    if wanted is _T.DYNAMIC and random.random() < 0.2:
        return _path(random, scope)
    if random.random() < 0.8:
        column = scope.column(random, wanted)
        if column is not None:
            return Node((column,), wanted)
    return literal(random.choice(LITERALS[wanted]), wanted)


def _path(random: Random, scope: Scope) -> Node:
    inner = leaf(random, scope, _T.DYNAMIC)
    if inner.text.startswith("dynamic("):
        return inner
    return Node((inner, random.choice((".a", ".b.c", '["A"]', "[0]", "[-1]", "[7]", ".b[1]"))), _T.DYNAMIC, "path")


def call(
    random: Random, scope: Scope, function: Function, signature: Signature, depth: int, wanted: ScalarType | None = None
) -> Node | None:
    """A call of an overload, or None where the drawn arguments do not fit together."""
    kinds = _parameters(random, signature)
    if kinds is None:
        return None
    common = random.choice(_accepted(next((k.accepts for k in kinds if isinstance(k, Common)), None)))
    if wanted is not None and not isinstance(signature.result, ScalarType) and random.random() < 0.8:
        common = wanted
    pools = _pools(function, signature, len(kinds))
    arguments = []
    for at, (kind, pool) in enumerate(zip(kinds, pools, strict=True)):
        constant = at in function.constants
        if constant and at == len(kinds) - 1 and _is_typeof(function, signature, at):
            arguments.append(Node((f"typeof({random.choice(('long', 'string', 'real', 'datetime', 'bool'))})",), None, fixed=True))
            continue
        arguments.append(_argument(random, scope, kind, pool, common, constant, depth))
    return _called(function, tuple(arguments))


def _parameters(random: Random, signature: Signature) -> tuple[Accepts, ...] | None:
    fixed = len(signature.parameters) + len(signature.last)
    if signature.repeat:
        most = min(signature.repeat_max or 4, max(signature.repeat_min, 1) + 2)
        return expand(signature, fixed + len(signature.repeat) * random.randint(signature.repeat_min, most))
    return expand(signature, fixed + random.randint(0, len(signature.optional)))


def _is_typeof(function: Function, signature: Signature, at: int) -> bool:
    return function.name in ("extract", "extract_json") and at == 3 - (function.name == "extract_json")


def _pools(function: Function, signature: Signature, count: int) -> tuple[Pool, ...]:
    rows = ARGUMENTS.get(function.name, ())
    if not rows and function.name.startswith("series_"):
        rows = SERIES
    if not rows:
        return (None,) * count
    if signature.repeat and len(rows) < count and function.name == "bag_pack":
        return tuple(rows[at % 2] for at in range(count))
    return tuple(rows[min(at, len(rows) - 1)] for at in range(count))


def _accepted(kind: Accepts) -> tuple[ScalarType, ...]:
    match kind:
        case ScalarType():
            return (kind,)
        case Converted(accepts=_, to=to):
            return (to,) * 4 + _accepted(kind.accepts)
        case Common(accepts=accepts):
            return _accepted(accepts)
        case None:
            return ANY
        case _:
            return tuple(sorted(kind, key=lambda t: t.value))


def _argument(random: Random, scope: Scope, kind: Accepts, pool: Pool, common: ScalarType, constant: bool, depth: int) -> Node:
    if isinstance(kind, Common):
        type_ = common
    elif isinstance(kind, ScalarType):
        type_ = kind
    else:
        type_ = random.choice(_accepted(kind))
    if pool is not None:
        return _of_pool(random, scope, pool, constant, depth)
    if constant:
        return literal(random.choice(LITERALS[type_]), type_, fixed=True)
    return expression(random, scope, type_, depth - 1)


def _of_pool(random: Random, scope: Scope, pool: tuple[str, ...], constant: bool, depth: int) -> Node:
    type_ = literal_type(pool[0])
    if constant:
        return literal(random.choice(pool), fixed=True)
    if random.random() < 0.7:
        column = scope.shaped(random, pool, type_)
        if column is not None:
            return Node((column,), type_)
    if depth > 1 and pool is not ARRAYS and random.random() < 0.3 and type_ not in (_T.LONG, _T.REAL):
        return expression(random, scope, type_, depth - 1)
    return literal(random.choice(pool))


def _called(function: Function, arguments: tuple[Node, ...]) -> Node | None:
    types = tuple(_argument_type(a) for a in arguments)
    found = resolve(function, types)
    if not isinstance(found, Resolution):
        return None
    if _unknown(function.name, types):
        return None
    name = function.name
    return Node(_form(name, arguments), found.result, name)


def _unknown(name: str, types: tuple[ScalarType, ...]) -> bool:
    """Whether no evidence says what the call means: a number or bool beside a dynamic value that is another or none; or no analyzer
    takes it: an array among other members of a list."""
    if name in LISTS:
        return _T.DYNAMIC in types[1:] and (len(types) > 2 or types[0] is not _T.STRING)
    return name in COMPARISONS and _T.DYNAMIC in types and _T.STRING not in types


def _argument_type(argument: Node) -> ScalarType:
    return argument.type or ScalarType(argument.text[7:-1])


def _form(name: str, arguments: tuple[Node, ...]) -> tuple[str | Node, ...]:
    listed = Node(arguments[1:], separator=", ") if len(arguments) > 2 else None
    if name in LISTS:
        return ("(", arguments[0], f" {name} (", listed or arguments[1], "))")
    if name in ("between", "!between"):
        return ("(", arguments[0], f" {name} (", arguments[1], " .. ", arguments[2], "))")
    if name in ("and", "or"):
        parts: list[str | Node] = ["("]
        for at, argument in enumerate(arguments):
            parts += [f" {name} ", argument] if at else [argument]
        return (*parts, ")")
    if name in INFIX:
        return ("(", arguments[0], f" {name} ", arguments[1], ")")
    if name == "neg":
        return ("(-(", arguments[0], "))")
    pieces: list[str | Node] = [f"{name}("]
    for at, argument in enumerate(arguments):
        pieces += [", ", argument] if at else [argument]
    return (*pieces, ")")
