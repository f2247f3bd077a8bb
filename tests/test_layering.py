"""Imports point one way; see ARCHITECTURE.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Each layer of `rulec` may import itself and the layers above it in this list.
LAYERS = (
    ("source", "scalars", "records"),
    ("codes", "errors"),
    ("ir", "catalogue", "syntax.nodes", "rule.model", "alert", "attack"),
    ("syntax", "rule"),
    ("bind", "optimise", "fields"),
    ("mapping", "map_choice", "rule_query", "backend"),
    ("registry", "constants", "pipeline", "explain"),
    ("api",),
    ("driver", "running"),
    ("cli", "__main__"),
)
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}
BACKEND_MAY = {"source", "scalars", "errors", "codes", "ir", "catalogue", "alert", "fields", "records", "backend"}
SHARED = {"athena": {"sql"}, "duckdb": {"sql"}, "sql": set(), "python": set(), "splunk": set()}


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, inside functions and for type checking too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Import(names=names):
                yield from (alias.name for alias in names)


def _part(module: str) -> str:
    """The layer's module that a dotted name under `rulec` belongs to: `syntax.nodes` or `syntax`."""
    parts = module.split(".")[1:]
    two = ".".join(parts[:2])
    return two if two in RANK else parts[0]


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_every_module_of_the_compiler_has_a_rank() -> None:
    inside = (ROOT / "compiler/rulec").iterdir()
    modules = {p.stem for p in inside if p.suffix == ".py" or (p / "__init__.py").exists()} - {"__init__"}
    assert modules == {module.partition(".")[0] for module in RANK}


@pytest.mark.parametrize("path", _files("compiler/rulec"), ids=lambda p: str(p.relative_to(ROOT / "compiler")))
def test_the_compiler_imports_upwards_only(path: Path) -> None:
    own = _part("rulec." + ".".join(path.relative_to(ROOT / "compiler/rulec").with_suffix("").parts))
    if own == "__init__":
        return
    for module in _imports(path):
        assert not module.startswith("rulec_backends"), f"{path.name} imports {module}; only the registry knows backends, by name"
        if module.startswith("rulec.") and module != "rulec.__version__":
            assert RANK[_part(module)] <= RANK[own], f"{own} imports {module}, which stands below it"


@pytest.mark.parametrize("path", _files("backends/rulec_backends"), ids=lambda p: str(p.relative_to(ROOT / "backends")))
def test_a_backend_imports_its_own_library_and_the_compilers_contract(path: Path) -> None:
    own = path.relative_to(ROOT / "backends/rulec_backends").parts[0]
    for module in _imports(path):
        if module.startswith("rulec_backends."):
            target = module.split(".")[1]
            assert target == own or target in SHARED[own], f"{own} imports {module}, another target"
        elif module.startswith("rulec."):
            assert module.split(".")[1] in BACKEND_MAY, f"{own} imports {module}"
        assert not module.startswith("sqlglot"), f"{own} imports sqlglot, which only tests use"
