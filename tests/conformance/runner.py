"""Runs cases in worker processes: one that hangs is ended at its time limit, one that dies costs its own case only."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from tests.conformance import engines
from tests.conformance.cases import Case
from tests.conformance.compare import Result

_CONTEXT = multiprocessing.get_context("fork")


def _work(connection: Connection, engine_name: str, compute: bool) -> None:
    engine = engines.open_engine(engine_name, compute)
    while (case := connection.recv()) is not None:
        connection.send(engine(case))


@dataclass(slots=True)
class _Worker:
    connection: Connection
    process: BaseProcess
    case: Case | None = None
    deadline: float = 0.0

    @staticmethod
    def start(engine_name: str, compute: bool) -> _Worker:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_work, args=(theirs, engine_name, compute), daemon=True)
        process.start()
        theirs.close()
        return _Worker(ours, process)

    def give(self, case: Case, limit: float) -> None:
        self.case, self.deadline = case, time.monotonic() + limit
        with suppress(BrokenPipeError):  # a process that is dead already answers in `take`
            self.connection.send(case)

    def take(self) -> Result:
        """The result of the given case; a dead process is its result too."""
        case, self.case = self.case, None
        assert case is not None
        try:
            result = self.connection.recv()
            assert isinstance(result, Result)
            return result
        except (EOFError, ConnectionResetError):
            self.process.join()
            return Result(case.id, error=f"the process ended with exit code {self.process.exitcode}")

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_cases(
    cases: Sequence[Case], engine_name: str, jobs: int = 1, limit: float = 20.0, compute: bool = False
) -> Iterator[tuple[Case, Result]]:
    """Each case with its result, as they come. `limit` is seconds a case."""
    todo = list(reversed(cases))
    workers = [_Worker.start(engine_name, compute) for _ in range(max(1, min(jobs, len(todo))))]
    try:
        while True:
            for worker in workers:
                if worker.case is None and todo:
                    worker.give(todo.pop(), limit)
            busy = [w for w in workers if w.case is not None]
            if not busy:
                return
            ready = wait([w.connection for w in busy], timeout=max(0.0, min(w.deadline for w in busy) - time.monotonic()))
            for worker in busy:
                yield from _collect(workers, worker, worker.connection in ready, (engine_name, compute), limit)
    finally:
        for worker in workers:
            worker.end()


def _collect(workers: list[_Worker], worker: _Worker, ready: bool, engine: tuple[str, bool], limit: float) -> Iterator[tuple[Case, Result]]:
    case = worker.case
    assert case is not None
    if ready:
        yield case, worker.take()
    elif time.monotonic() >= worker.deadline:
        yield case, Result(case.id, error=f"no answer within {limit:g} seconds")
    else:
        return
    if worker.case is not None or not worker.process.is_alive():
        worker.end()
        workers[workers.index(worker)] = _Worker.start(*engine)
