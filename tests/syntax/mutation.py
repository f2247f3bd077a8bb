"""Ways to break a query."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

TOKEN = re.compile(r"""\s+|"[^"\n]*"|'[^'\n]*'|\w+|[^\w\s]""")
NESTS = [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("(T | where ", ")"), ("dynamic([", "])"), ("a in (", ")"), ("-", "")]


def vocabulary_of(texts: Iterable[str]) -> list[str]:
    """The tokens of texts."""
    return sorted({token for text in texts for token in TOKEN.findall(text) if not token.isspace()})


def mutated(text: str, vocabulary: list[str], rng: random.Random) -> str:
    """A text with one to four changes: tokens gone, doubled, swapped, replaced or added, its end cut off, nested, bits flipped."""
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(tokens) + 1)
        other = rng.randrange(len(tokens) + 1)
        match rng.randrange(8):
            case 0:
                del tokens[at : at + rng.randint(1, 3)]
            case 1:
                tokens[at:at] = tokens[other : other + 3]
            case 2 if at < len(tokens) and other < len(tokens):
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at : at + 1] = [rng.choice(vocabulary)]
            case 4:
                tokens.insert(at, f" {rng.choice(vocabulary)} ")
            case 5:
                del tokens[at:]
            case 6:
                opener, closer = rng.choice(NESTS)
                depth = rng.choice([2, 20, 300])
                tokens[at:at] = [opener * depth, *tokens[at : at + 2], closer * depth]
            case _:
                tokens = TOKEN.findall(_flipped("".join(tokens), rng))
    return "".join(tokens)


def _flipped(text: str, rng: random.Random) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(min(len(data), 3)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data.decode("utf-8", "replace")
