"""Where outputs go: one path a rule and artifact, no two rules on one path, every file replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rulec.backend import Artifact
from rulec.driver.inputs import RuleFile, UsageError
from rulec.errors import Diagnostic


def output_base(rule: RuleFile, folder: str, target: str, several_targets: bool) -> Path:
    """The output path without suffix: `folder/relative`, or `folder/target/relative` when there are several targets."""
    return Path(folder, target, rule.relative) if several_targets else Path(folder, rule.relative)


def collisions(rules: Iterable[RuleFile]) -> dict[RuleFile, Diagnostic]:
    """The rules that would be written to the path of another one (also on a file system that ignores case), each with its finding."""
    places: dict[str, list[RuleFile]] = {}
    for rule in rules:
        places.setdefault(str(rule.relative).casefold(), []).append(rule)
    return {rule: _collision(rule, others) for others in places.values() if len(others) > 1 for rule in others}


def _collision(rule: RuleFile, rules: Iterable[RuleFile]) -> Diagnostic:
    others = ", ".join(other.path for other in rules if other is not rule)
    message = f"the output path {rule.relative} is also that of {others}"
    return Diagnostic.about_file(rule.path, "RC707", message, "rename one, or compile them by themselves")


def check_folder(folder: str) -> None:
    """Raises `UsageError` when the output folder, or what is to hold it, is a file."""
    place = next(place for place in (Path(folder), *Path(folder).parents) if os.path.lexists(place))
    if not place.is_dir():
        raise UsageError(f"the output folder {folder} cannot be made: {place} is no folder")


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
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".rulec-", suffix=".tmp")
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
