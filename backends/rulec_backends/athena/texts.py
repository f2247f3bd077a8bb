"""Many texts of dynamic values in one SELECT are made by one list: the form of a single one is long, as numbers have to be written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rulec.records import replace
from rulec_backends.athena.jsons import path_parts, text_value
from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.levels import Level
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.summary import summary
from rulec_backends.sql.trees import Tree

#: From how many different texts a list is shorter to read.
_MANY: Final = 4
#: Athena takes no longer ARRAY[…].
_LONGEST: Final = 250


def gathered(p: Pipeline, level: Level, select: Mapping[str, Tree], text: Callable[[Tree], Tree]) -> tuple[Level, dict[str, Tree]]:
    """The level beside one more column, the list of its texts, and the select list that reads them of it."""
    values: dict[Tree, None] = {}
    if level.source is not None and level.grouping is None:
        for tree in (x for x in select.values() if summary(x).texts):
            for node in nodes.walk(tree, closed_selects=True):
                value = _value(node)
                if value is not None:
                    values[value] = None
    if len(values) < _MANY:
        return level, dict(select)
    keys, lists, labels = list(values), [], []
    places: dict[Tree, Tree] = {}
    for start in range(0, len(keys), _LONGEST):
        part, label, item = keys[start : start + _LONGEST], p.fresh("_texts"), p.fresh("x")
        texts = t.call("transform", t.array(part), t.lam([item], text(nodes.Var(item))))
        lists.append(t.array([texts]))
        labels.append(t.name(label))
        places |= {key: t.call("element_at", t.col(label), t.num(at)) for at, key in enumerate(part, start=1)}
    join = nodes.Join(nodes.Unnest(tuple(lists), p.fresh("u"), tuple(labels)), side="CROSS")

    def read(node: Tree) -> Tree:
        value = _value(node)
        return node if value is None else places[value]

    return replace(level, joins=[*level.joins, join]), {
        name: nodes.changed(tree, read) if summary(tree).texts else tree for name, tree in select.items()
    }


def _value(node: Tree) -> Tree | None:
    """The value of a text, where computing it first cannot fail: a column, or a path of one."""
    value = text_value(node)
    if value is None:
        return None
    parts = path_parts(value)
    return value if isinstance(value if parts is None else parts[0], nodes.Column) else None
