"""Rows as values: named members of known types, in lists and in the state of a fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rulec_backends.sql import nodes
from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.trees import Tree

Kind: TypeAlias = nodes.DataType


@dataclass(frozen=True, slots=True)
class Record:
    """A row type; the members' names differ without regard to case."""

    pipeline: Pipeline
    members: Mapping[str, Kind]

    @property
    def kind(self) -> Kind:
        return t.struct_type((self.pipeline.identifier(label), kind) for label, kind in self.members.items())

    def of(self, values: Mapping[str, Tree]) -> Tree:
        """A row of the type; `values` has every member."""
        return nodes.Cast(self.pipeline.dialect.pack([values[label] for label in self.members]), self.kind)

    def get(self, tree: Tree, label: str) -> Tree:
        return t.field(tree, self.pipeline.identifier(label))


def empty_list(kind: Kind) -> Tree:
    return nodes.Cast(t.array(()), t.list_type(kind))
