"""Formats that make one output of a run's rules: a Splunk app."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rulec.backend import Bundling
from rulec.driver.inputs import UsageError
from rulec.driver.outputs import write_bytes
from rulec.records import replace
from rulec.registry import load_backend

if TYPE_CHECKING:
    from rulec.driver.compile import Texts
    from rulec.driver.settings import Job


def is_bundled(job: Job) -> bool:
    """Whether the job's format makes one output of all rules."""
    return any(f.bundled for target in job.targets for f in load_backend(target).formats if f.name == job.format)


def write_bundles(job: Job, done: Sequence[Texts], folder: str) -> list[Texts]:
    """Writes each target's one output of the compiled rules; the first rule's report has its paths.

    Raises:
        UsageError: A setting of the target cannot be used, or a file cannot be written.
    """
    paths: list[str] = []
    for target in job.targets:
        parts = [compiled.text for texts in done for name, compiled in texts.compiled if name == target]
        below = Path(folder, target) if len(job.targets) > 1 else Path(folder)
        if parts:
            paths += (write_bytes(below / path, data) for path, data in sorted(_files(job, target, parts).items()))
    if not paths:
        return list(done)
    first = next(i for i, texts in enumerate(done) if texts.compiled)
    report = replace(done[first].report, outputs=tuple(paths))
    return [*done[:first], replace(done[first], report=report), *done[first + 1 :]]


def _files(job: Job, target: str, parts: Sequence[str]) -> dict[str, bytes]:
    backend = load_backend(target)
    assert isinstance(backend, Bundling)
    try:
        return dict(backend.bundle(parts, job.target_settings.get(target, {})))
    except ValueError as error:
        raise UsageError(f"-O {target}: {error}") from error
