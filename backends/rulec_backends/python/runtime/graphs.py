"""Components of graphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Row: TypeAlias = "tuple[object, ...]"


def components(nodes: Iterable[Row], edges: Iterable[Row], strong: bool) -> Iterator[Row]:
    """Each node with the number of its component, counted from 0 as their first nodes come."""
    forth: dict[object, list[object]] = {node: [] for (node,) in nodes}
    back: dict[object, list[object]] = {node: [] for node in forth}
    for source, target in edges:
        forth[source].append(target)
        back[target].append(source)
    found: dict[object, int] = {}
    number = 0
    for node in reversed(finished(forth)) if strong else forth:
        if node in found:
            continue
        found[node] = number
        stack = [node]
        while stack:
            at = stack.pop()
            for near in back[at] if strong else (*forth[at], *back[at]):
                if near not in found:
                    found[near] = number
                    stack.append(near)
        number += 1
    yield from found.items()


def finished(forth: dict[object, list[object]]) -> list[object]:
    """The nodes in the order in which a walk in depth leaves them."""
    left: list[object] = []
    seen: set[object] = set()
    for root in forth:
        stack = [(root, iter(forth[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            node, nears = stack[-1]
            for near in nears:
                if near not in seen:
                    seen.add(near)
                    stack.append((near, iter(forth[near])))
                    break
            else:
                left.append(node)
                stack.pop()
    return left
