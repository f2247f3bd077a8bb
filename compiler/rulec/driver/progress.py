"""A progress bar on a terminal's standard error; nothing at all elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import TextIO


class Progress:
    """`with Progress("compile", total) as bar: bar.step(path)`. A total of 0 shows a count without a bar."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self._label, self._total, self._stream = label, total, stream or sys.stderr
        self._done, self._shown = 0, 0.0
        self._on = self._stream.isatty() and total != 1

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._on and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def step(self, what: str, count: int = 1) -> None:
        """Count something done; redrawn ten times a second at most."""
        self._done += count
        now = time.monotonic()
        if self._on and now - self._shown >= 0.1:
            self._shown = now
            self._stream.write("\r\x1b[K" + self._line(what))
            self._stream.flush()

    def _line(self, what: str) -> str:
        width = shutil.get_terminal_size().columns
        if not self._total:
            return f"{self._label} {self._done:,} {what}"[: width - 1]
        filled = 24 * self._done // self._total
        return f"{self._label} [{'#' * filled}{'.' * (24 - filled)}] {self._done}/{self._total} {what}"[: width - 1]
