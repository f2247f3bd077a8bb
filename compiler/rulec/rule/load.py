"""Reads a rule file: bytes → text → positioned tree → structure → rule → cross-field checks. Nothing is raised."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from rulec.errors import Diagnostic
from rulec.records import record
from rulec.rule.anchors import text_source
from rulec.rule.build import build_rule
from rulec.rule.checks import check_query_text, check_rule
from rulec.rule.detections import from_detection, is_detection
from rulec.rule.findings import Findings, Profile
from rulec.rule.formats import from_exploration, is_exploration, is_foreign, kind_of
from rulec.rule.model import Rule, RuleKind
from rulec.rule.schema import check_structure
from rulec.rule.text import decode_source, read_source
from rulec.rule.tree import Mapping, Node, Scalar, read_tree
from rulec.rule.yaml_errors import report_unindented, report_yaml_error, unindented_block
from rulec.source import Source, Span

KQL_SUFFIXES: Final = frozenset({".kql", ".csl", ".kusto"})


@record(frozen=True, slots=True)
class LoadResult:
    """What a rule file gave.

    Attributes:
        rule: The rule; `None` exactly when a diagnostic is an error.
        diagnostics: Errors and warnings in order of place.
        query: The KQL text whenever the file has one, so that a check can report on it beside the file's own errors.
    """

    rule: Rule | None
    diagnostics: tuple[Diagnostic, ...]
    query: Source | None = None


def load(path: str | Path, profile: Profile = "default") -> LoadResult:
    """Read the rule in a YAML file, or the query in a `.kql` file. A file that cannot be read is a diagnostic too."""
    path, findings = Path(path), Findings(profile)
    source = read_source(path, findings)
    if source is None:
        return LoadResult(None, findings.result())
    return _load_kql(source, findings) if path.suffix.lower() in KQL_SUFFIXES else _load_rule(source, findings)


def load_text(data: str | bytes, path: str = "-", profile: Profile = "default") -> LoadResult:
    """Read a rule's YAML at hand; `path` is what diagnostics call it."""
    findings = Findings(profile)
    source = decode_source(data, path, findings)
    return LoadResult(None, findings.result()) if source is None else _load_rule(source, findings)


def load_kql(data: str | bytes, path: str = "-", profile: Profile = "default") -> LoadResult:
    """Take a bare KQL text as a rule of kind Query."""
    findings = Findings(profile)
    source = decode_source(data, path, findings)
    return LoadResult(None, findings.result()) if source is None else _load_kql(source, findings)


def _load_kql(source: Source, findings: Findings) -> LoadResult:
    if not source.text.strip():
        findings.error(Span(0, 0, source), "RC111", "the file is empty, expected a query")
    rule = Rule(RuleKind.QUERY, source.path, source, source, {"query": Span(0, len(source.text), source)}, name=Path(source.path).stem)
    check_query_text(source, findings)
    return LoadResult(None if findings.has_errors else rule, findings.result(), source)


def _load_rule(source: Source, findings: Findings) -> LoadResult:
    tree = _mapping(source, findings)
    if tree is not None and (detection := is_detection(tree)):
        tree = from_detection(tree, findings)
    if tree is None or is_foreign(tree, findings):
        return LoadResult(None, findings.result())
    if is_exploration(tree):
        tree, kind = from_exploration(tree, findings), RuleKind.QUERY
    elif (declared := kind_of(tree, findings)) is not None:
        kind = declared
    else:
        return LoadResult(None, findings.result())
    if not _is_cut_off(tree.get("query"), findings):
        check_structure(tree, kind, findings)
    query = _query(tree.get("query"))
    if query is None:
        return LoadResult(None, findings.result())
    rule = build_rule(tree, kind, query, findings)
    check_rule(rule, findings, schedule=not detection)
    return LoadResult(None if findings.has_errors else rule, findings.result(), query)


def _mapping(source: Source, findings: Findings) -> Mapping | None:
    try:
        tree = read_tree(source, findings)
    except yaml.YAMLError as error:
        report_yaml_error(error, source, findings)
        return None
    if isinstance(tree, Mapping):
        return tree
    if not findings.has_errors:
        empty = tree is None or (isinstance(tree, Scalar) and tree.value is None)
        code, what = ("RC111", "empty") if empty else ("RC112", "a list or a bare text")
        findings.error(Span(0, 0, source), code, f"the file is {what}, expected a mapping with id, name, query and so on")
    return None


def _is_cut_off(query: Node | None, findings: Findings) -> bool:
    """Whether the query's lines are not indented and became keys of the file; the finding stands for all that follows from it."""
    if not isinstance(query, Scalar) or query.style not in ("|", ">") or query.text.strip():
        return False
    span = unindented_block(query.span.source, len(query.span.source.text))
    if span is not None:
        report_unindented(span, findings)
    return span is not None


def _query(node: Node | None) -> Source | None:
    """The query's text; `None` when there is none, which the schema check has recorded."""
    return text_source(node) if isinstance(node, Scalar) and node.value is not None and node.text else None
