"""The committed outputs of `rules/` in `out/<target>/`: `python -m tests.golden` compares, `--write` renews.

What a target refuses is golden too: its findings stand in `<stem>.refused.txt`.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from rulec.api import compile_rule
from rulec.driver.outputs import write_atomically
from rulec.errors import CompileError
from rulec.registry import backend_names

ROOT = Path(__file__).parents[1]
RULES, OUT = ROOT / "rules", ROOT / "out"


def rule_files() -> list[Path]:
    """The sample rules, without the files of their test events."""
    return sorted(p for p in RULES.rglob("*.yaml") if not p.name.endswith(".test.yaml"))


def outputs() -> Iterator[tuple[Path, str]]:
    """Each output's path and text as the compiler gives them now."""
    for path in rule_files():
        relative = path.relative_to(ROOT)
        for target in backend_names():
            base = OUT / target / relative.parent.relative_to("rules") / path.stem
            try:
                artifacts = compile_rule(relative, target).artifacts
            except CompileError as error:
                lines = (f"{d.path}:{d.begin.line}:{d.begin.column}: {d.code} {d.message}\n  {d.hint}\n" for d in error.diagnostics)
                yield base.with_name(base.name + ".refused.txt"), "".join(lines)
            else:
                yield from ((base.with_name(base.name + a.suffix), a.text) for a in artifacts)


def differences() -> Iterator[str]:
    """A unified diff for every stale, missing or left-over file."""
    expected = dict(outputs())
    for path, text in expected.items():
        old = path.read_text("utf-8") if path.exists() else ""
        if old != text:
            yield "".join(difflib.unified_diff(old.splitlines(True), text.splitlines(True), f"committed {path.name}", "compiled now"))
    yield from (f"left over: {p.relative_to(ROOT)}\n" for p in sorted(OUT.rglob("*")) if p.is_file() and p not in expected)


def write() -> None:
    """Renews `out/` and removes what is no output any more."""
    expected = dict(outputs())
    for path in OUT.rglob("*"):
        if path.is_file() and path not in expected:
            path.unlink()
    for path, text in expected.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)


def main() -> int:
    """Compares or writes; 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the committed outputs")
    if parser.parse_args().write:
        write()
        return 0
    found = list(differences())
    sys.stdout.writelines(found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
