"""Files of the demo user's jobs: real ones that grow while the jobs run, and those of jobs that have ended."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from .clock import Clock
from .commands.log_names import expand
from .job import SimJob
from .log_text import log_lines, steps_done
from .simulation import Simulation
from .work_files import products, project_files

__all__ = ["LogWriter"]

_EVERY_S = 2.0
_OLD_JOBS = 300  # so many that have ended before the start still have their logs: scratch is tidied up
_OLD_AT_ONCE = 25


class LogWriter:
    """Brings the files up to date every two seconds, in a thread, until it is closed."""

    def __init__(
        self, simulations: Mapping[str, Simulation], clock: Clock, *, home: Callable[[str], Path]
    ) -> None:
        self._clock = clock
        self._books = [_Book(sim, home(name).resolve()) for name, sim in simulations.items()]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-logs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop writing; idempotent."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        for book in self._books:
            book.furnish()
        while True:
            for book in self._books:
                for job, now in book.due(self._clock.now()):
                    book.write(job, now, self._clock)
                    if self._stop.is_set():
                        return
            if self._stop.wait(_EVERY_S):
                return


class _Book:
    """What has been written of one cluster."""

    def __init__(self, sim: Simulation, home: Path) -> None:
        self._sim, self._home = sim, home
        self._lines: dict[tuple[int, int], int] = {}  # lines of a job's attempt that its log has
        self._steps: dict[tuple[int, int], int] = {}  # steps at which it was last written
        self._ended: set[tuple[int, int]] = set()
        self._old: Iterator[SimJob] | None = None
        self._known = 0  # records that were looked at

    def due(self, moment: float) -> list[tuple[SimJob, float]]:
        """Jobs of which there is more to write, as they are at the moment: ended attempts, then all others."""
        with self._sim.lock:
            self._sim.advance(moment)
            now, records = self._sim.now, self._sim.records
            if self._old is None:
                latest = {job.job_id: job for job in records if job.job_id not in self._sim.jobs}
                self._old = iter(sorted(latest.values(), key=lambda job: (bool(job.array_id), -(job.end or 0.0))))
                self._known = len(records)
            ended, self._known = records[self._known :], len(records)
            found = [job for job in (*ended, *self._sim.jobs.values()) if self._is_due(job)]
            return [(copy.copy(job), now) for job in (*found, *self._some_old())]

    def furnish(self) -> None:
        """Write what is there before any job."""
        for path, text in project_files(self._sim.spec, self._home):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _is_due(self, job: SimJob) -> bool:
        key = (job.job_id, job.restarts)
        if job.user != "demo" or job.start is None or key in self._ended:
            return False
        return job.end is not None or self._steps.get(key) != steps_done(job, self._sim.now)

    def _some_old(self) -> list[SimJob]:
        """Some that had ended before the start: single jobs first, the latest first."""
        if self._old is None or len(self._ended) >= _OLD_JOBS:
            return []
        return list(islice(filter(self._is_due, self._old), _OLD_AT_ONCE))

    def write(self, job: SimJob, now: float, clock: Clock) -> None:
        """Add to the log of a job what is not in it yet, and bring its other files up to date."""
        key, path = (job.job_id, job.restarts), Path(expand(job))
        self._steps[key] = steps_done(job, now)
        if job.end is not None:
            self._ended.add(key)
        if not self._is_ours(path):
            return
        lines = log_lines(job, now)
        already = self._lines.get(key, 0)
        self._lines[key] = len(lines)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.writelines(lines[already:])
        _date(path, job, clock)
        for beside, data in products(job, now):
            if self._is_ours(beside) and not (beside.exists() and beside.stat().st_size == len(data)):
                beside.parent.mkdir(parents=True, exist_ok=True)
                beside.write_bytes(data)
                _date(beside, job, clock)

    def _is_ours(self, path: Path) -> bool:
        return ".." not in path.parts and path.is_relative_to(self._home)


def _date(path: Path, job: SimJob, clock: Clock) -> None:
    """A file of a job that has ended is as old as that."""
    if job.end is not None:
        wall = clock.wall(job.end)
        os.utime(path, (wall, wall))
