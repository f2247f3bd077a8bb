"""Making a query that engines disagree about as small as it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.differential.nodes import Node, Query, literal
from tests.differential.values import PLAIN

#: How many smaller queries are tried at most.
BUDGET = 400


def shrink(query: Query, still: Callable[[Query], bool]) -> Query:
    """The smallest query found for which `still` holds, as it does for `query`."""
    budget = BUDGET
    progress = True
    while progress and budget > 0:
        progress = False
        for smaller in _smaller(query):
            budget -= 1
            if budget <= 0:
                break
            if len(smaller.text) < len(query.text) and still(smaller):
                query, progress = smaller, True
                break
    return query


def _smaller(query: Query) -> Iterator[Query]:
    for at in range(len(query.steps)):
        if len(query.steps) > 1:
            yield replace(query, steps=query.steps[:at] + query.steps[at + 1 :], ordered=False)
    yield from _fewer_rows(query)
    yield from _fewer_columns(query)
    for at, step in enumerate(query.steps):
        for node in _simpler(step):
            yield replace(query, steps=[*query.steps[:at], node, *query.steps[at + 1 :]])
    yield from _plainer_cells(query)


def _fewer_rows(query: Query) -> Iterator[Query]:
    for at, table in enumerate(query.tables):
        size = len(table.rows)
        for start, end in ((0, size // 2), (size // 2, size), *((n, n + 1) for n in range(size))):
            if 0 < end - start < size:
                smaller = table.copy()
                if end - start == 1 and size > 2:
                    del smaller.rows[start]
                else:
                    smaller.rows = smaller.rows[start:end]
                yield replace(query, tables=[*query.tables[:at], smaller, *query.tables[at + 1 :]])


def _fewer_columns(query: Query) -> Iterator[Query]:
    for at, table in enumerate(query.tables):
        for number in range(len(table.columns)):
            if len(table.columns) > 1:
                smaller = table.copy()
                del smaller.columns[number]
                for row in smaller.rows:
                    del row[number]
                yield replace(query, tables=[*query.tables[:at], smaller, *query.tables[at + 1 :]])


def _plainer_cells(query: Query) -> Iterator[Query]:
    for at, table in enumerate(query.tables):
        for number, row in enumerate(table.rows):
            for place, (cell, (_, type_)) in enumerate(zip(row, table.columns, strict=True)):
                for plain in PLAIN[type_]:
                    if len(plain) < len(cell):
                        smaller = table.copy()
                        smaller.rows[number][place] = plain
                        yield replace(query, tables=[*query.tables[:at], smaller, *query.tables[at + 1 :]])


def _simpler(node: Node) -> Iterator[Node]:
    """The node with a part less, or an expression replaced by one of its own operands or a plain value."""
    if node.separator and len(node.parts) > 1:
        for at in range(len(node.parts)):
            yield node.without_part(at)
    if node.type is not None and not node.fixed:
        yield from (inner for inner in _inside(node) if inner.type is node.type)
        if len(node.parts) > 1:
            yield from (literal(text, node.type) for text in PLAIN[node.type])
    for at, child in node.children:
        for smaller in _simpler(child):
            yield node.with_part(at, smaller)


def _inside(node: Node) -> Iterator[Node]:
    for _, child in node.children:
        if child.type is not None:
            yield child
        yield from _inside(child)
