"""Matches of a pattern found one by one, as the documentation's words say: the reference that compiled patterns are held to.

It walks all ways through the edges and then drops what `cycles` forbids. It shares nothing with the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Edge(NamedTuple):
    source: str
    target: str
    weight: int | None


@dataclass(frozen=True)
class Hop:
    """`(left)-[name*least..most]->(right)`; `arrow` is `>`, `<` or `-`."""

    left: str
    right: str
    arrow: str = ">"
    least: int | None = None
    most: int = 1

    def text(self, name: str) -> str:
        length = "" if self.least is None else f"*{self.least}..{self.most}"
        start, end = ("<-" if self.arrow == "<" else "-"), ("->" if self.arrow == ">" else "-")
        return f"({self.left}){start}[{name}{length}]{end}({self.right})"


@dataclass
class Match:
    """The nodes by name; for each hop the numbers of its edges and the nodes between them."""

    nodes: dict[str, str]
    walks: list[tuple[tuple[int, ...], tuple[str, ...]]] = field(default_factory=list)


def matches(edges: list[Edge], nodes: set[str], hops: list[Hop], cycles: str) -> Iterator[Match]:
    """All matches of a pattern whose hops are connected in the order in which they come."""
    for first in sorted(nodes):
        yield from _further(edges, Match({hops[0].left: first}), hops, cycles)


def _further(edges: list[Edge], match: Match, hops: list[Hop], cycles: str) -> Iterator[Match]:
    if not hops:
        if _allowed(match, cycles):
            yield match
        return
    hop = hops[0]
    reverse = hop.left not in match.nodes
    start, end = (hop.right, hop.left) if reverse else (hop.left, hop.right)
    arrow = {"<": ">", ">": "<", "-": "-"}[hop.arrow] if reverse else hop.arrow
    for taken, path in _walks(edges, match.nodes[start], arrow, hop.least if hop.least is not None else 1, hop.most):
        if match.nodes.get(end, path[-1]) != path[-1]:
            continue
        walk = (taken[::-1], path[-2:0:-1]) if reverse else (taken, path[1:-1])
        yield from _further(edges, Match({**match.nodes, end: path[-1]}, [*match.walks, walk]), hops[1:], cycles)


def _walks(edges: list[Edge], start: str, arrow: str, least: int, most: int) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    pending: list[tuple[tuple[int, ...], tuple[str, ...]]] = [((), (start,))]
    while pending:
        taken, path = pending.pop()
        if len(taken) >= least:
            yield taken, path
        if len(taken) == most:
            continue
        for number, edge in enumerate(edges):
            ends = set()
            if arrow in ">-" and edge.source == path[-1]:
                ends.add(edge.target)
            if arrow in "<-" and edge.target == path[-1]:
                ends.add(edge.source)
            pending += [((*taken, number), (*path, end)) for end in ends]


def _allowed(match: Match, cycles: str) -> bool:
    taken = [number for walk in match.walks for number in walk[0]]
    if cycles == "unique_edges":
        return len(set(taken)) == len(taken)
    if cycles == "none":  # a tree has one node more than edges
        return len({*match.nodes.values(), *(n for walk in match.walks for n in walk[1])}) == len(taken) + 1
    return True
