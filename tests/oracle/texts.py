"""The query texts that stand under ../shared: the input of the recorder and of the tests that replay what it recorded."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

SHARED = Path(__file__).resolve().parents[3] / "shared"
JSONL_FILES = ("kusto_cases", "kusto_rejected", "docs_cases", "docs_assertions")


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """(id, text) of every query; ids are unique, line ends are `\\n` as `rulec.source.Source` wants them."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, str]]:
    for stem in JSONL_FILES:
        for line in (SHARED / "conformance" / f"{stem}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield f"{stem}:{case['id']}", normalised(case["kql"])
    for folder in ("corpus/rules", "seed"):
        for path in sorted((SHARED / folder).rglob("*.yaml")):
            query = rule_query(path)
            if query is not None:
                yield path.relative_to(SHARED).as_posix(), query
    for path in sorted((SHARED / "corpus/functions").glob("*.kql")):
        yield path.relative_to(SHARED).as_posix(), normalised(path.read_bytes().decode("utf-8-sig"))


def rule_query(path: Path) -> str | None:
    """The query of a rule file; None when the file is not readable as a rule."""
    try:
        rule = yaml.safe_load(path.read_bytes().decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    query = rule.get("query") if isinstance(rule, dict) else None
    return normalised(query) if isinstance(query, str) else None


def normalised(text: str) -> str:
    return text.replace("\r\n", "\n")


def fingerprint(text: str) -> str:
    """Identifies a text in a recorded file without holding it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def main() -> None:
    """Writes one JSON object a text to standard output, for `record_verdicts.mjs`."""
    for name, text in texts():
        sys.stdout.write(json.dumps({"id": name, "sha": fingerprint(text), "text": text}) + "\n")


if __name__ == "__main__":
    main()
