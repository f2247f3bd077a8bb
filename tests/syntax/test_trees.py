"""What odd syntax means: each text of `trees/` has the tree that stands next to it. Their file names are the claims.

`PYTHONPATH=compiler python -m tests.syntax.test_trees` writes the trees anew; read the difference before it is committed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rulec.source import Source
from rulec.syntax.parser import parse_or_raise
from rulec.syntax.show import show

QUERIES = sorted((Path(__file__).parent / "trees").glob("*.kql"))


def tree(query: Path) -> str:
    return show(parse_or_raise(Source.of_text(query.read_text(encoding="utf-8"), query.name)))


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.stem)
def test_tree(query: Path) -> None:
    assert tree(query) == query.with_suffix(".txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for path in QUERIES:
        path.with_suffix(".txt").write_text(tree(path), encoding="utf-8")
