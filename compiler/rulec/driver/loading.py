"""Reads the rule of a file or of standard input."""

from __future__ import annotations

from pathlib import Path

from rulec.driver.inputs import STDIN, RuleFile
from rulec.driver.settings import Job
from rulec.rule.load import LoadResult, load, load_kql, load_text


def read(rule: RuleFile, job: Job, stdin: bytes) -> LoadResult:
    """The rule of a file. Standard input is a rule when its text looks like YAML with a query, else a bare query."""
    if rule.path != STDIN:
        return load(Path(rule.path), job.profile)
    loader = load_text if looks_like_rule(stdin.decode("utf-8-sig", "replace")) else load_kql
    return loader(stdin, STDIN, job.profile)


def looks_like_rule(text: str) -> bool:
    """Whether a text is a rule file rather than KQL: a line starts with the key `query:`."""
    return any(line.startswith(("query:", '"query":')) for line in text.splitlines())
