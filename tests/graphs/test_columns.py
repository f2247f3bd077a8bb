"""Columns of graph operators as Microsoft's analyzer says, and what is refused with its reason.

`analyzer.jsonl` holds queries over `SETUP` with the columns that the analyzer (12.4.1) gives, null where it finds an error; its tuples
are dynamic values here.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bind.bound import result

SETUP = (
    "let E = datatable(src:string, dst:string, w:long, d:datetime, p:dynamic)[]; "
    "let N = datatable(id:string, age:long, ok:bool)[]; let M2 = datatable(id:string, age:long, extra:real)[]; "
)
RECORDED = [json.loads(line) for line in Path(__file__).with_name("analyzer.jsonl").read_text("utf-8").splitlines()]
GRAPH = "E | make-graph src --> dst with N on id | "

#: What is said of a query that the analyzer accepts.
REFUSED = {
    GRAPH + "graph-match (a)-[e]->(b)": "a match without `project` gives a graph",
    GRAPH + "graph-match (a)-[e]->(b), (c)-->(d) project 1": "all parts of a pattern must be connected",
    GRAPH + "graph-match (a)-[e]->(b)-[e]->(c) project 1": "`e` names another part",
    GRAPH + "graph-match (a)-[a]->(b) project 1": "`a` names another part",
    GRAPH + "graph-match (a)-[e*2..1]->(b) project 1": "matches nothing",
    GRAPH + "graph-match (a)-[e*1..255]->(b) project 1": "is compiled up to 32 edges",
    GRAPH + "graph-match (a)-[e]->(b) project map(e, w)": "a variable-length edge of the pattern is expected",
    GRAPH + "graph-match (a)-[e*1..2]->(b) project map(e, e.w)": "is not documented",
    GRAPH + "graph-match (a)-[e*1..2]->(b)-[f*1..2]->(c) where e.w == f.w project 1": "is not documented",
    GRAPH + "graph-match (a)-[e]->(b) project node_degree_in(e)": "takes a node of the pattern",
    GRAPH + "graph-shortest-paths (a)-[e]->(b) project 1": "takes one sequence with a variable-length edge",
    GRAPH + "graph-to-table nodes as X, edges as Y": "gives two tables here",
    GRAPH + "graph-mark-components with_component_id=age | graph-to-table nodes": "have a property `age` already",
    GRAPH + "count": "a table is expected here, found a graph",
    "E | make-graph src --> dst with N on id": "the query's result is a graph",
    "E | make-graph src -- dst | graph-match (a)-->(b) project 1": "is not documented",
    "E | make-graph src --> dst | graph-to-table nodes": "the nodes have no properties",
    "E | make-graph w --> dst | graph-match (a)-->(b) project 1": "ids of nodes have different types",
    "E | make-graph w --> w with_node_id=n | graph-to-table nodes with_node_id=H": "is hashed is not documented",
    "E | make-graph src --> dst with N on id, (M2 | extend k = id) on k | graph-match (a)-->() project a.k": "one table of nodes only",
    "E | make-graph src --> dst with N on id, (M2 | extend ok = 1) on id | graph-match (a)-->(b) project 1": "of two types",
    "E | make-graph src --> dst with_node_id=n partitioned-by w (graph-to-table nodes | count)": "would need each partition on its own",
    "graph('G') | graph-match (a) project a": "reads a stored graph",
}  # fmt: skip


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda r: r["query"])
def test_columns_are_the_analyzers(recorded: dict[str, list[list[str]] | str | None]) -> None:
    query = result(SETUP + str(recorded["query"])).query
    assert (None if query is None else [[c.name, c.type.value] for c in query.columns]) == recorded["columns"]


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_says_why(text: str) -> None:
    found = result(SETUP + text)
    assert found.query is None
    assert REFUSED[text] in "; ".join(d.message for d in found.diagnostics)
