"""The order in which the engine lists cells: that of a hash set of their texts."""

from __future__ import annotations


def fnv1a(text: str) -> int:
    """The 64-bit FNV-1a hash of a text."""
    found = 14695981039346656037
    for byte in text.encode():
        found = (found ^ byte) * 1099511628211 & 0xFFFFFFFFFFFFFFFF
    return found


def hash_set_order(texts: list[str]) -> list[str]:
    """Texts without repetition in the order of the engine's hash set: as they came in, but those of one bucket together, latest first.

    There are 8 buckets, later 64 and so on: never fewer than texts.

    Source: documented neighbors of a geohash and an S2 cell, H3 cells of a polygon.
    """
    groups: dict[int, list[str]] = {}
    size = 8
    for number, text in enumerate(dict.fromkeys(texts)):
        if number >= size:
            size *= 8 if size < 512 else 2
            groups = grouped_by_bucket([text for group in groups.values() for text in group], size)
        groups.setdefault(fnv1a(text) % size, []).insert(0, text)
    return [text for group in groups.values() for text in group]


def grouped_by_bucket(texts: list[str], size: int) -> dict[int, list[str]]:
    """Texts by bucket, the latest first."""
    groups: dict[int, list[str]] = {}
    for text in texts:
        groups.setdefault(fnv1a(text) % size, []).insert(0, text)
    return groups
