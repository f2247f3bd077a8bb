"""H3 cells: hexagons on the faces of an icosahedron."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

H3_PENTAGONS = frozenset((4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117))


def h3_cell(text: str) -> int | None:
    """The number of an H3 cell; null when the text is none."""
    if not text or len(text) > 16 or any(c not in "0123456789abcdefABCDEF" for c in text):
        return None
    cell = int(text, 16)
    level = cell >> 52 & 15
    if cell >> 63 or cell >> 59 & 15 != 1 or cell >> 56 & 7 or cell >> 45 & 127 > 121:
        return None
    digits = [cell >> 3 * (15 - r) & 7 for r in range(1, 16)]
    if any(d == 7 for d in digits[:level]) or any(d != 7 for d in digits[level:]):
        return None
    first = next((d for d in digits[:level] if d), 0)
    return None if first == 1 and cell >> 45 & 127 in H3_PENTAGONS else cell


def geo_h3cell_level(text: str) -> int | None:
    """The level of an H3 cell, 0 to 15."""
    cell = h3_cell(text)
    return None if cell is None else cell >> 52 & 15


def geo_h3cell_parent(text: str, level: float | None = None) -> str:
    """The cell of a coarser level that holds a cell; '' when there is none."""
    cell = h3_cell(text)
    if cell is None:
        return ""
    own = cell >> 52 & 15
    wanted = own - 1 if level is None else int(level)
    if not 0 <= wanted <= own:
        return ""
    cell = cell & ~(15 << 52) | wanted << 52
    for step in range(wanted + 1, own + 1):
        cell |= 7 << 3 * (15 - step)
    return f"{cell:x}"


def geo_h3cell_children(text: str, level: float | None = None) -> list[Json] | None:
    """The cells of a finer level in a cell; null when there are none or too many."""
    cell = h3_cell(text)
    if cell is None:
        return None
    own = cell >> 52 & 15
    wanted = own + 1 if level is None else int(level)
    if not own < wanted <= min(15, own + 5):
        return None
    cells = [cell]
    for step in range(own + 1, wanted + 1):
        shift = 3 * (15 - step)
        cells = [(c & ~(15 << 52) & ~(7 << shift)) | step << 52 | digit << shift for c in cells for digit in range(7)]
    return [f"{c:x}" for c in cells if h3_cell(f"{c:x}") is not None]
