"""Texts of our own around KQL's grammar, whole and broken, whose verdicts are recorded together with them.

`python -m tests.oracle.grammar` writes them for `record_verdicts.mjs`. Each line of `grammar.kql` is a query.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import yaml

from tests.syntax.mutation import mutated, vocabulary_of

FOLDER = Path(__file__).parent
BROKEN = 2_000
SEED = 7


def originals() -> list[str]:
    syntax = FOLDER.parent / "syntax"
    errors = yaml.safe_load((syntax / "errors.yaml").read_text(encoding="utf-8"))
    literals = yaml.safe_load((syntax / "literals.yaml").read_text(encoding="utf-8"))
    return [
        *(FOLDER / "grammar.kql").read_text(encoding="utf-8").splitlines(),
        *(path.read_text(encoding="utf-8") for path in sorted((syntax / "trees").glob("*.kql"))),
        *(case["text"] for case in errors),
        *(f"print {literal}" for literal, *_ in literals),
    ]


def main() -> None:
    """Writes one JSON object a text to standard output."""
    whole, rng = originals(), random.Random(SEED)
    vocabulary = vocabulary_of(whole)
    broken = (mutated(rng.choice(whole), vocabulary, rng) for _ in range(BROKEN))
    for number, text in enumerate([*whole, *(t for t in broken if len(t) < 1_000)]):
        sys.stdout.write(json.dumps({"id": f"grammar:{number}", "text": text}) + "\n")


if __name__ == "__main__":
    main()
