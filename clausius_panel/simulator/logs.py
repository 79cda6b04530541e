"""Log files of the demo user's jobs: real files that grow while the jobs run."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .clock import Clock
from .commands.log_names import expand
from .job import SimJob
from .simulation import Simulation

__all__ = ["LogWriter", "log_lines"]

_EVERY_S = 2.0
_STEPS = 600  # lines of a run that uses all of its limit
_STEPS_AN_EPOCH = 50


class LogWriter:
    """Brings the logs up to date every two seconds, in a thread, until it is closed."""

    def __init__(
        self, simulations: Mapping[str, Simulation], clock: Clock, *, home: Callable[[str], Path]
    ) -> None:
        self._simulations, self._clock = simulations, clock
        self._homes = {name: home(name).resolve() for name in simulations}
        self._written: dict[tuple[str, int, int], tuple[int, bool]] = {}  # steps, and whether it had ended
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-logs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop writing; idempotent."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            for name, sim in self._simulations.items():
                with sim.lock:
                    sim.advance(self._clock.now())
                    work = list(self._due(name, sim))
                for path, lines in work:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("a", encoding="utf-8") as log:
                        log.writelines(lines)
            if self._stop.wait(_EVERY_S):
                return

    def _due(self, name: str, sim: Simulation) -> Iterator[tuple[Path, list[str]]]:
        home = self._homes[name]
        for job in sim.jobs.values():
            if job.user != "demo" or job.start is None:
                continue
            path = Path(expand(job))
            if ".." in path.parts or not path.is_relative_to(home):
                continue
            key, written = (name, job.job_id, job.restarts), (_steps(job, sim.now), job.end is not None)
            before, self._written[key] = self._written.get(key), written
            if written != before:
                already = 0 if before is None else len(_body(job, before[0]))
                yield path, log_lines(job, sim.now)[already:]


def log_lines(job: SimJob, now: float) -> list[str]:
    """What the job has written by the moment `now`; more time only adds lines."""
    lines = _body(job, _steps(job, now))
    return lines if job.end is None else lines + _last_words(job)


def _steps(job: SimJob, now: float) -> int:
    return int(job.elapsed_s(now) / job.limit_s * _STEPS)


def _body(job: SimJob, steps: int) -> list[str]:
    rng = random.Random(job.job_id)
    host = next(iter(job.placement), "")
    lines = [
        f"[{host}] job {job.job_id} {job.name}\n",
        f"loading config /home/{job.user}/configs/{job.name}.yaml\n",
    ]
    loss = rng.uniform(3.0, 9.0)
    for step in range(steps):
        loss *= rng.uniform(0.985, 1.009)
        epoch, at = divmod(step, _STEPS_AN_EPOCH)
        head = f"epoch {epoch:3d} | loss {loss:.4f} | lr {3e-4 / (1 + epoch):.2e}\n" if at == 0 else ""
        bar = "#" * (at * 20 // _STEPS_AN_EPOCH)
        end = "\n" if at == _STEPS_AN_EPOCH - 1 else ""
        lines.append(
            f"{head}\rtrain: {at * 2 + 2:3d}%|{bar:<20}| {at + 1}/{_STEPS_AN_EPOCH} [{loss:.3f} loss]{end}"
        )
    return lines


def _last_words(job: SimJob) -> list[str]:
    host = next(iter(job.placement), "")
    match job.outcome or job.state:
        case "COMPLETED":
            return ["\nsaved checkpoint, done\n"]
        case "FAILED":
            return [
                "\nTraceback (most recent call last):\n",
                f'  File "/home/{job.user}/scripts/train.py", line 214, in <module>\n',
                "    main()\n",
                "RuntimeError: NCCL error: unhandled system error\n",
            ]
        case "OUT_OF_MEMORY":
            return [f"\nslurmstepd: error: Detected 1 oom_kill event in StepId={job.job_id}.batch.\n"]
        case "TIMEOUT":
            return [f"\nslurmstepd: error: *** JOB {job.job_id} ON {host} CANCELLED DUE TO TIME LIMIT ***\n"]
        case _:
            return [f"\nslurmstepd: error: *** JOB {job.job_id} ON {host} CANCELLED ***\n"]
