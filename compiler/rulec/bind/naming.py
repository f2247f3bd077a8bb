"""What an unnamed result column is called.

Source: Microsoft's analyzer (result-name kinds); recorded answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import assert_never

from rulec import catalogue
from rulec.catalogue.signatures import Function, ResultName
from rulec.syntax import nodes


def written_name(node: nodes.Expr) -> str:
    """The name that an expression gives its column; empty when it gives none, and the operator makes one up."""
    match node:
        case nodes.Name():
            return node.text
        case nodes.Member() | nodes.Element():
            return _path_name(node)
        case nodes.Call():
            return _call_name(node)
        case nodes.Pipeline(source, ()) if not isinstance(source, nodes.SourceOperator):
            return written_name(source)
        case _:
            return ""


def _path_name(node: nodes.Member | nodes.Element) -> str:
    """`a.b["c"][0]` is a_b_c_0; an index that is no literal leaves `a_`."""
    parts: list[str] = []
    base: nodes.Expr = node
    while isinstance(base, nodes.Member | nodes.Element):
        if isinstance(base, nodes.Element):
            parts.append(_index_text(base.index))
        else:
            parts.append(base.name.text if isinstance(base.name, nodes.Name) else written_name(base.name))
        base = base.base
    start = written_name(base)
    return "_".join([start, *reversed(parts)]) if start else "_".join(reversed(parts))


def _index_text(index: nodes.Expr) -> str:
    if isinstance(index, nodes.Literal) and isinstance(index.value, (str, int)) and not isinstance(index.value, bool):
        return str(index.value)
    return ""


def _call_name(call: nodes.Call) -> str:
    function = named_function(call.name.text)
    if function is None:
        return ""
    first = call.arguments[0].value if call.arguments else None
    argument = written_name(first) if first is not None else ""
    match function.result_name:
        case ResultName.NONE | ResultName.SEVERAL:
            return ""
        case ResultName.FIRST_ARGUMENT:
            return argument
        case ResultName.ONLY_ARGUMENT:
            return argument if len(call.arguments) == 1 else ""
        case ResultName.COLUMN_ARGUMENT:
            return first.value if isinstance(first, nodes.Literal) and isinstance(first.value, str) else ""
        case ResultName.FUNCTION_AND_ARGUMENT:
            return f"{function.name_prefix or function.name}_{argument}"
        case ResultName.FUNCTION:
            return f"{function.name_prefix or function.name}_"
        case ResultName.PREFIX:
            return function.name_prefix
        case _:
            assert_never(function.result_name)


def named_function(name: str) -> Function | None:
    """The catalogue row that names the results of a call; aggregates first, as in `summarize`."""
    return catalogue.aggregate(name) or catalogue.lookup(name) or catalogue.window(name)


class Names:
    """The column names of one operator's output, unique.

    Written names come first, whatever their place: `extend a + 1, Column1 = b` calls the first one Column2.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._derived: set[str] = set()

    def claim(self, name: str) -> bool:
        """Takes a name; False when it is taken already."""
        if name in self._taken:
            return False
        self._taken.add(name)
        return True

    def is_taken(self, name: str) -> bool:
        """Whether a column has the name already."""
        return name in self._taken

    def is_derived(self, name: str) -> bool:
        """Whether the name was made from an expression, not written."""
        return name in self._derived

    def derived(self, name: str) -> str:
        """The name, or the name with the first free number behind it."""
        chosen, number = name, 0
        while chosen in self._taken:
            number += 1
            chosen = f"{name}{number}"
        self._taken.add(chosen)
        self._derived.add(chosen)
        return chosen

    def numbered(self, stem: str = "Column", hidden: Collection[str] = ()) -> str:
        """The first free one of Column1, Column2, …"""
        number = 1
        while f"{stem}{number}" in self._taken or f"{stem}{number}" in hidden:
            number += 1
        self._taken.add(f"{stem}{number}")
        return f"{stem}{number}"
