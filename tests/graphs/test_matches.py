"""Compiled patterns over random small graphs against the reference: loops, parallel and equal edges, edges both ways, cycles."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.bind.bound import bound
from tests.graphs.reference import Edge, Hop, Match, matches
from tests.python_target.programs import rows_of

NODES = "abcd"
#: Hops connected in the order in which they come; a text joins those of a sequence.
PATTERNS: list[list[list[Hop]]] = [
    [[Hop("x", "y")]],
    [[Hop("x", "y", "-")]],
    [[Hop("x", "x")]],
    [[Hop("x", "y"), Hop("y", "z")]],
    [[Hop("x", "y"), Hop("y", "z", "<")]],
    [[Hop("x", "y", "-"), Hop("y", "z", "-")]],
    [[Hop("x", "y", "-"), Hop("y", "z", "-"), Hop("z", "x", "-")]],
    [[Hop("x", "y"), Hop("y", "x")]],
    [[Hop("x", "y", ">", 1, 3)]],
    [[Hop("x", "y", ">", 0, 2)]],
    [[Hop("x", "y", "-", 1, 3)]],
    [[Hop("x", "y", "<", 2, 3)]],
    [[Hop("x", "x", ">", 1, 3)]],
    [[Hop("x", "y", ">", 2, 2)]],
    [[Hop("x", "y"), Hop("y", "z", ">", 0, 2)]],
    [[Hop("x", "y", ">", 1, 2), Hop("y", "z", "<", 1, 2)]],
    [[Hop("x", "y", ">", 0, 2), Hop("y", "x")]],
    [[Hop("x", "y"), Hop("y", "z")], [Hop("y", "w", "-")]],
    [[Hop("x", "y")], [Hop("z", "y", ">", 1, 2)]],
    [[Hop("x", "y")], [Hop("x", "y", "-")]],
    [[Hop("x", "y", ">", 1, 2)], [Hop("y", "z"), Hop("z", "x", ">", 0, 1)]],
]


def graph(seed: int) -> tuple[list[Edge], dict[str, int | None]]:
    """Edges, some of them equal, and the nodes that have a row."""
    chance = random.Random(seed)
    edges = [Edge(chance.choice(NODES), chance.choice(NODES), chance.choice([1, 2, 2, None])) for _ in range(chance.randint(0, 6))]
    edges += [e for e in edges[:1] if chance.random() < 0.5]
    return edges, {n: chance.choice([1, 2, None]) for n in NODES if chance.random() < 0.6}


def data(edges: list[Edge], rows: dict[str, int | None]) -> str:
    """The graph in KQL."""

    def cell(value: int | None) -> str:
        return "long(null)" if value is None else str(value)

    written = ", ".join(f'"{e.source}", "{e.target}", {cell(e.weight)}' for e in edges)
    nodes = ", ".join(f'"{n}", {cell(v)}' for n, v in rows.items())
    return (
        f"let E = datatable(src:string, dst:string, w:long)[{written}]; let N = datatable(id:string, v:long)[{nodes}]; "
        "E | make-graph src --> dst with N on id | "
    )


def query(sequences: list[list[Hop]], cycles: str, where: str = "") -> str:
    """A pattern with columns for all that a match has."""
    texts, columns, number = [], [], 0
    for hops in sequences:
        text = ""
        for hop in hops:
            part = hop.text(f"e{number}")
            text += part if not text else part.removeprefix(f"({hop.left})")
            columns.append(f"w{number} = e{number}.w")
            if hop.least is not None:
                columns.append(f"i{number} = map(inner_nodes(e{number}), strcat(id, v))")
            number += 1
        texts.append(text)
    names = sorted({n for hops in sequences for h in hops for n in (h.left, h.right)})
    columns += [f"{n} = {n}.id, {n}v = {n}.v" for n in names]
    return f"graph-match cycles={cycles} {', '.join(texts)} {where} project {', '.join(columns)}"


def expected(match: Match, hops: list[Hop], edges: list[Edge], rows: dict[str, int | None]) -> dict[str, Any]:
    """The row of a match."""
    found: dict[str, Any] = {}
    for number, (hop, (taken, inner)) in enumerate(zip(hops, match.walks, strict=True)):
        weights = [edges[e].weight for e in taken]
        found[f"w{number}"] = weights if hop.least is not None else weights[0]
        if hop.least is not None:
            found[f"i{number}"] = [f"{n}{'' if rows.get(n) is None else rows[n]}" for n in inner]
    for name, node in match.nodes.items():
        found[name], found[f"{name}v"] = node, rows.get(node)
    return found


def counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("number", range(len(PATTERNS)))
@pytest.mark.parametrize("cycles", ["unique_edges", "none", "all"])
def test_patterns_match_what_the_reference_finds(number: int, cycles: str) -> None:
    sequences = PATTERNS[number]
    hops = [h for s in sequences for h in s]
    for seed in range(3):
        edges, rows = graph(100 * number + seed)
        nodes = {*rows, *(n for e in edges for n in e[:2])}
        wanted = [expected(m, hops, edges, rows) for m in matches(edges, nodes, hops, cycles)]
        got = rows_of(data(edges, rows) + query(sequences, cycles))
        assert counted(got) == counted(wanted), f"seed {seed}"


VARIABLE: list[list[list[Hop]]] = [
    [[Hop("x", "y", ">", 1, 3)]],
    [[Hop("x", "y", "-", 0, 2)]],
    [[Hop("x", "y", "<", 1, 3), Hop("y", "z")]],
    [[Hop("x", "y", ">", 2, 2)]],
    [[Hop("x", "y", ">", 0, 2)], [Hop("x", "z", "-")]],
    [[Hop("x", "x", ">", 1, 3)]],
]


class Seen:
    """What conditions read of a match."""

    def __init__(self, match: Match, edges: list[Edge], rows: dict[str, int | None]) -> None:
        self.x, self.y = match.nodes["x"], match.nodes.get("y", "")
        self.xv, self.yv = rows.get(self.x), rows.get(self.y)
        self.weights = [edges[e].weight for e in match.walks[0][0]]
        self.inner = match.walks[0][1]
        self.values = [rows.get(n) for n in self.inner]


def above(value: int | None, bound: int | None) -> bool:
    return value is not None and bound is not None and value > bound


CONDITIONS: dict[str, Callable[[Seen], bool]] = {
    'x.id == "b"': lambda s: s.x == "b",
    'y.id == "b"': lambda s: s.y == "b",
    "y.v > 1": lambda s: above(s.yv, 1),
    "isnull(x.v) and y.v > 0": lambda s: s.xv is None and above(s.yv, 0),
    "e0.w > 1": lambda s: all(above(w, 1) for w in s.weights),
    "e0.w > 1 or e0.w == 1": lambda s: None not in s.weights,
    "all(e0, w > 1)": lambda s: all(above(w, 1) for w in s.weights),
    "any(e0, w > 1)": lambda s: any(above(w, 1) for w in s.weights),
    "not(any(e0, w > 1))": lambda s: not any(above(w, 1) for w in s.weights),
    "not(all(e0, w > 1))": lambda s: not all(above(w, 1) for w in s.weights),
    "all(inner_nodes(e0), v > 1)": lambda s: all(above(v, 1) for v in s.values),
    'any(inner_nodes(e0), id == "c")': lambda s: "c" in s.inner,
    "array_length(e0) == 2": lambda s: len(s.weights) == 2,
    "e0.w > x.v": lambda s: all(above(w, s.xv) for w in s.weights),
    "all(e0, w > y.v)": lambda s: all(above(w, s.yv) for w in s.weights),
    "x.v == y.v and any(e0, isnull(w))": lambda s: s.xv == s.yv is not None and None in s.weights,
    'map(e0, w)[0] == 1 and y.id != "a"': lambda s: s.weights[:1] == [1] and s.y != "a",
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_hold_as_the_reference_says(condition: str) -> None:
    for number, sequences in enumerate(VARIABLE):
        if "y." in condition and "y" not in {h.right for s in sequences for h in s}:
            continue
        hops = [h for s in sequences for h in s]
        edges, rows = graph(1000 + 7 * number)
        nodes = {*rows, *(n for e in edges for n in e[:2])}
        found = matches(edges, nodes, hops, "unique_edges")
        wanted = [expected(m, hops, edges, rows) for m in found if CONDITIONS[condition](Seen(m, edges, rows))]
        got = rows_of(data(edges, rows) + query(sequences, "unique_edges", f"where {condition}"))
        assert counted(got) == counted(wanted), f"pattern {number}"


@pytest.mark.parametrize("seed", range(8))
def test_all_shortest_paths_are_those_of_least_length(seed: int) -> None:
    edges, rows = graph(2000 + seed)
    hops = [Hop("x", "y", ">-"[seed % 2], 1, 3)]
    nodes = {*rows, *(n for e in edges for n in e[:2])}
    found = list(matches(edges, nodes, hops, "unique_edges"))
    ends = {(m.nodes["x"], m.nodes["y"]) for m in found}
    best = {end: min(len(m.walks[0][0]) for m in found if (m.nodes["x"], m.nodes["y"]) == end) for end in ends}
    kept = [m for m in found if len(m.walks[0][0]) == best[m.nodes["x"], m.nodes["y"]]]
    pattern = query([hops], "unique_edges").replace("graph-match", "graph-shortest-paths output=all")
    assert counted(rows_of(data(edges, rows) + pattern)) == counted([expected(m, hops, edges, rows) for m in kept])
    one = rows_of(data(edges, rows) + pattern.replace("output=all", "output=any"))
    assert len(one) == len(ends)
    assert counted(one) <= counted([expected(m, hops, edges, rows) for m in kept])


@pytest.mark.parametrize("seed", range(4))
def test_partitions_are_graphs_of_their_own(seed: int) -> None:
    parts = {name: graph(3000 + 2 * seed + at) for at, name in enumerate(("p", "q"))}
    hops = [Hop("x", "y", ">", 1, 2)]
    wanted: list[dict[str, Any]] = []
    for edges, rows in parts.values():
        nodes = {*rows, *(n for e in edges for n in e[:2])}
        wanted += [expected(m, hops, edges, rows) for m in matches(edges, nodes, hops, "unique_edges")]

    def cell(value: int | None) -> str:
        return "long(null)" if value is None else str(value)

    written = ", ".join(f'"{e.source}", "{e.target}", {cell(e.weight)}, "{p}"' for p, (edges, _) in parts.items() for e in edges)
    table = ", ".join(f'"{n}", {cell(v)}, "{p}"' for p, (_, rows) in parts.items() for n, v in rows.items())
    text = (
        f"let E = datatable(src:string, dst:string, w:long, p:string)[{written}]; let N = datatable(id:string, v:long, p:string)[{table}]; "
        f"E | make-graph src --> dst with N on id partitioned-by p ({query([hops], 'unique_edges')})"
    )
    assert counted(rows_of(text)) == counted(wanted)


def test_properties_of_tables_without_a_schema_are_those_that_are_read() -> None:
    text = (
        "A_CL | make-graph a_s --> b_s with B_CL on n_s | graph-match (x)-[e*1..2]->(y) "
        'where e.k_s == "k" project x.p_s, y = y.n_s, m = map(e, w_d), i = map(inner_nodes(e), p_s)'
    )
    rows = {
        "A_CL": [{"a_s": "1", "b_s": "2", "k_s": "k", "w_d": 1.5}, {"a_s": "2", "b_s": "3", "k_s": "k", "w_d": 2.5}],
        "B_CL": [{"n_s": "1", "p_s": "one"}, {"n_s": "2", "p_s": "two"}],
    }
    found = sorted((r["x_p_s"], r["y"], r["m"], r["i"]) for r in rows_of(text, rows))
    assert found == [("one", "2", [1.5], []), ("one", "3", [1.5, 2.5], ["two"]), ("two", "3", [2.5], [])]


@pytest.mark.parametrize("key", ["src", "w"])
def test_a_graph_of_the_rows_of_a_partition_is_its_own(key: str) -> None:
    text = (
        'datatable(src:string, dst:string, w:long)["a", "b", 1, "b", "c", 1, "b", "d", 2] '
        f"| partition by {key} (make-graph src --> dst with_node_id=id | graph-match (x)-[e*1..2]->(y) project p = strcat(x.id, y.id))"
    )
    wanted = ["ab", "ac", "bc", "bd"] if key == "w" else ["ab", "bc", "bd"]
    assert sorted(r["p"] for r in rows_of(text)) == wanted


APART = {
    "x.id != z.id": lambda m, e: m.nodes["x"] != m.nodes["z"],
    "e0.w < e1.w": lambda m, e: above(e[m.walks[1][0][0]].weight, e[m.walks[0][0][0]].weight),
    "e0.w == 1 and e1.w == 2": lambda m, e: (e[m.walks[0][0][0]].weight, e[m.walks[1][0][0]].weight) == (1, 2),
    'x.id == "a" and z.id == "b"': lambda m, e: (m.nodes["x"], m.nodes["z"]) == ("a", "b"),
    "x.v != z.v": lambda m, e: True,
}


@pytest.mark.parametrize("condition", APART)
@pytest.mark.parametrize("arrow", [">", "<", "-"])
def test_edges_that_conditions_tell_apart_need_no_number(condition: str, arrow: str) -> None:
    hops = [Hop("x", "y"), Hop("y", "z", arrow)]
    for seed in range(4):
        edges, rows = graph(4000 + seed)
        nodes = {*rows, *(n for e in edges for n in e[:2])}
        found = [m for m in matches(edges, nodes, hops, "unique_edges") if APART[condition](m, edges)]
        if "x.v" in condition:  # a null differs from a value, and is neither equal to nor different from a null
            found = [m for m in found if rows.get(m.nodes["x"]) != rows.get(m.nodes["z"])]
        got = rows_of(data(edges, rows) + query([hops], "unique_edges", f"where {condition}"))
        assert counted(got) == counted([expected(m, hops, edges, rows) for m in found])
    plan = repr(bound(data(edges, rows) + query([hops], "unique_edges", f"where {condition}")))
    assert arrow != "<" or "row_number" not in plan
