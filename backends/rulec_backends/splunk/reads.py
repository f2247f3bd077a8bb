"""Which fields an eval expression reads."""

from __future__ import annotations

from rulec_backends.splunk import tree
from rulec_backends.splunk.tree import Node


def fields_of(node: Node) -> set[str]:
    """The names of the fields in an expression."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        match one:
            case tree.Field(name):
                found.add(name)
            case tree.Fn(_, arguments):
                stack.extend(arguments)
            case tree.Op(_, left, right):
                stack += [left, right]
            case tree.Not(operand):
                stack.append(operand)
            case _:
                pass
    return found
