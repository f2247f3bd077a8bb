"""Frozen records for what a compilation makes by the hundred thousand: trees of syntax, IR and output.

`@record(frozen=True, slots=True)` is `dataclass` to a type checker, which holds every line of the project to it. At run time the
fields are set plainly: a frozen dataclass sets each through `object.__setattr__`, a tenth of a compilation's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen, slots):
        assert frozen
        return dataclass(slots=slots, unsafe_hash=True)


__all__ = ["record"]
