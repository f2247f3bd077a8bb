"""The columns that an operator makes: `name = value`, `(a, b) = value`, `value`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from rulec import catalogue
from rulec.bind import calls, exprs
from rulec.bind.naming import Names, written_name
from rulec.bind.scope import Context
from rulec.bind.state import Refused
from rulec.catalogue.signatures import ResultName
from rulec.ir.exprs import Call, Column, Expr, Literal, Path
from rulec.ir.rels import Assignment
from rulec.records import record
from rulec.scalars import ScalarType
from rulec.syntax import nodes


class Part(NamedTuple):
    """One column of a value: the name that it suggests (empty: none) and the value."""

    name: str
    value: Expr


@record(slots=True)
class Made:
    """The columns as they are named one by one.

    `bare` are the names of columns that are passed on under their own name; a second one of the same name is an error,
    while a name derived from an expression gets a number.
    """

    names: Names
    bare: set[str]
    hidden: Collection[str]


def bind_columns(written: tuple[nodes.Named, ...], context: Context, hidden: Collection[str] = ()) -> list[Assignment]:
    """The assignments of an operator, in order.

    Args:
        hidden: Names that made-up names (Column1, …) must avoid, such as the input's columns.

    A refused column is left as a null of its name, so that the rest of the query can be checked.
    """
    made = Made(Names(), set(), hidden)
    claim_written(written, made.names, context)
    found: list[Assignment] = []
    for one in written:
        found.extend(made_columns(one, made, context))
    return found


def claim_written(written: tuple[nodes.Named, ...], names: Names, context: Context) -> None:
    """Takes the names that are given with `=`; they come before all made-up ones."""
    for one in written:
        for name in one.names:
            if not names.claim(name.text):
                context.state.refuse(name.span, "RC304", f"column `{name.text}` is defined twice")


def made_columns(one: nodes.Named, made: Made, context: Context) -> list[Assignment]:
    """The columns of one term; a refused one is left as a null of its name."""
    try:
        parts = column_parts(one, context)
    except Refused:
        return poisoned(one, context)
    found = []
    for at, part in enumerate(parts):
        name = one.names[at].text if at < len(one.names) else _unnamed(part.name, one, made, context)
        if isinstance(part.value, Column) and part.value.name in context.state.doubtful:
            context.state.doubtful.add(name)
        found.append(Assignment(name, part.value))
    return found


def poisoned(one: nodes.Named, context: Context) -> list[Assignment]:
    """Stands for a refused column: uses of its name are no further findings."""
    names = [n.text for n in one.names] or [written_name(one.value)]
    context.state.poisoned.update(n for n in names if n)
    return [Assignment(n, Literal(None, ScalarType.DYNAMIC, one.span)) for n in names if n]


def is_poisoned(name: str, context: Context) -> bool:
    """Whether a column of this name was refused already."""
    return name in context.state.poisoned


def _unnamed(suggested: str, one: nodes.Named, made: Made, context: Context) -> str:
    if isinstance(one.value, nodes.Name):
        if suggested in made.bare or (made.names.is_taken(suggested) and not made.names.is_derived(suggested)):
            context.state.refuse(
                one.span, "RC304", f"column `{suggested}` is defined twice", f"`{suggested}2 = {suggested}` gives it a name"
            )
        made.bare.add(suggested)
    return made.names.derived(suggested) if suggested else made.names.numbered(hidden=made.hidden)


def column_parts(one: nodes.Named, context: Context) -> list[Part]:
    """The columns of a value: one, or several of a function that gives several."""
    several = several_parts(one, context)
    if several is not None:
        return several
    value = exprs.bind(one.value, context)
    if len(one.names) > 1:
        raise context.state.refuse(one.span, "RC302", "the value has one column, several names are given")
    return [Part(_suggested(one.value, context), value)]


def _suggested(value: nodes.Expr, context: Context) -> str:
    """The name that a value gives its column; the `any` of a graph is not the aggregate."""
    is_any = context.elements is not None and isinstance(value, nodes.Call) and value.name.text == "any"
    return "" if is_any else written_name(value)


def several_parts(one: nodes.Named, context: Context) -> list[Part] | None:
    """The columns of `series_stats(x)` and its like, read from the function's `…_dynamic` form; None for other values."""
    call = one.value
    if not isinstance(call, nodes.Call) or context.scope.find(call.name.text) is not None:
        return None
    function = catalogue.lookup(call.name.text)
    if function is not None and function.name in _SORTS:
        return _sorted_parts(one, call, context)
    if function is None or function.result_name is not ResultName.SEVERAL:
        return None
    bound = exprs.bind(call, context)
    if not isinstance(bound, Call) or len(one.names) > len(function.columns):
        raise context.state.refuse(
            one.span, "RC302", f"`{function.name}` has {len(function.columns)} columns, {len(one.names)} names are given"
        )
    form = f"{function.name}_dynamic"
    whole = Call(form if catalogue.lookup(form) else function.name, bound.arguments, ScalarType.DYNAMIC, True, call.span)
    argument = written_name(call.arguments[0].value) if call.arguments else ""
    parts = []
    # Named columns are all that come out; the analyzer adds the others, the engine does not (recorded).
    for suffix, kind in function.columns[: len(one.names) or None]:
        value = (
            calls.coerce_text(Path(whole, (suffix,), call.span), kind)
            if kind is not ScalarType.DYNAMIC
            else Path(whole, (suffix,), call.span)
        )
        parts.append(Part(f"{function.name}_{argument}_{suffix}" if argument else f"{function.name}_{suffix}", value))
    return parts


#: Functions that sort several arrays together.
_SORTS: Final = ("array_sort_asc", "array_sort_desc")


def _sorted_parts(one: nodes.Named, call: nodes.Call, context: Context) -> list[Part] | None:
    """The columns of several arrays sorted by the first of them, named after the arrays; None for one array."""
    bound = exprs.bind(call, context)
    arrays = [a for a in bound.arguments if a.type is ScalarType.DYNAMIC] if isinstance(bound, Call) else []
    if len(arrays) < 2:
        return None
    names = [written_name(a.value) for a in call.arguments[: len(arrays)]]
    if (one.names and len(one.names) != len(arrays)) or not (one.names or all(names)):
        hint = f"`({', '.join(f'array{n + 1}' for n in range(len(arrays)))}) = …` names them"
        raise context.state.refuse(one.span, "RC302", f"`{call.name.text}` of {len(arrays)} arrays has as many columns", hint)
    return [Part(f"{name}_sorted", Path(bound, (at,), call.span)) for at, name in enumerate(names)]
