"""Where outputs go: one path a rule and artifact, no two rules on one path, every file replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rulec.backend import Artifact
from rulec.driver.inputs import RuleFile, UsageError


def output_base(rule: RuleFile, folder: str, target: str, several_targets: bool) -> Path:
    """The output path without suffix: `folder/relative`, or `folder/target/relative` when there are several targets."""
    return Path(folder, target, rule.relative) if several_targets else Path(folder, rule.relative)


def refuse_collisions(rules: Sequence[RuleFile]) -> None:
    """Raises `UsageError` when two rules would be written to one path (also on a file system that ignores case)."""
    taken: dict[str, RuleFile] = {}
    for rule in rules:
        other = taken.setdefault(str(rule.relative).casefold(), rule)
        if other is not rule:
            raise UsageError(f"{other.path} and {rule.path} have the same output path {rule.relative}; compile their folders one by one")


def write_artifacts(base: Path, artifacts: Sequence[Artifact]) -> tuple[str, ...]:
    """Writes each artifact to `base` plus its suffix; returns the paths. A file is there as a whole or not at all."""
    return tuple(write_atomically(base.parent / (base.name + a.suffix), a.text) for a in artifacts)


def write_atomically(path: Path, text: str) -> str:
    """Writes a text through a temporary file beside it; returns the path. An equal file is left alone.

    Raises:
        UsageError: The folder cannot be made or written.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> str:
    """As `write_atomically`, for bytes."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _write(path, data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _write(path: Path, data: bytes) -> str:
    try:
        if path.read_bytes() == data:
            return str(path)
    except OSError:
        pass
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return str(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
