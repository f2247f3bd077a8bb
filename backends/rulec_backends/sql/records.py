"""Rows as values: named members of known types, in lists and in the state of a fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from rulec_backends.sql import trees as t
from rulec_backends.sql.pipeline import Pipeline
from rulec_backends.sql.trees import Tree

Kind: TypeAlias = exp.DataType


@dataclass(frozen=True, slots=True)
class Record:
    """A row type; the members' names differ without regard to case."""

    pipeline: Pipeline
    members: Mapping[str, Kind]

    @property
    def kind(self) -> Kind:
        parts = [exp.ColumnDef(this=self.pipeline.identifier(label), kind=kind) for label, kind in self.members.items()]
        return exp.DataType(this=exp.DataType.Type.STRUCT, expressions=parts, nested=True)

    def of(self, values: Mapping[str, Tree]) -> Tree:
        """A row of the type; `values` has every member."""
        return exp.Cast(this=self.pipeline.dialect.pack([values[label] for label in self.members]), to=self.kind)

    def get(self, tree: Tree, label: str) -> Tree:
        return t.field(t.again(tree), self.pipeline.identifier(label))


def list_of(kind: Kind) -> Kind:
    """The type of a list."""
    return exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[kind], nested=True)


def empty_list(kind: Kind) -> Tree:
    return exp.Cast(this=exp.Array(expressions=[]), to=list_of(kind))
