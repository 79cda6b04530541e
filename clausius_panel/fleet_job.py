"""One job in a notebook or script: `fleet.job("alpha", "123")`."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from . import actions, answers, control, job_stats
from .control import ControlOutcome
from .errors import InvalidInput
from .job_logs import LogAsk, job_log, job_log_files, log_text
from .job_stats import JobStats
from .logs import LogFile, TrackerLink, plain_text
from .logs.reading import MAX_PIECE
from .model import Job
from .model.durations import format_duration
from .queries import JobEvent
from .queries.frames import frame_of
from .queries.job_stats import gpus_frame, usage_frame
from .queries.run_detail import RunDetail

if TYPE_CHECKING:
    import pandas as pd

    from .runtime import Runtime

__all__ = ["FleetJob"]

ACTOR = "notebook"


class FleetJob:
    """A job as it was when it was asked for, and what can be asked or done of it now.

    `refresh()` gives it as it is now.
    """

    def __init__(self, runtime: Runtime, answer: answers.JobAnswer) -> None:
        """Nothing is asked of the cluster here."""
        self._runtime, self.answer = runtime, answer

    @property
    def job(self) -> Job:
        """Its facts."""
        return self.answer.job

    @property
    def in_queue(self) -> bool:
        """Whether squeue showed it at the last look."""
        return self.answer.in_queue

    @property
    def evidence(self) -> str:
        """What told how it ended: squeue, sacct, or "" while nothing has."""
        return self.answer.evidence

    @property
    def first_seen(self) -> datetime:
        """When it was first seen here, in UTC."""
        return self.answer.first_seen

    @property
    def last_seen(self) -> datetime:
        """When it was last seen here, in UTC."""
        return self.answer.last_seen

    @property
    def events(self) -> list[JobEvent]:
        """Its changes of state as they were seen, oldest first."""
        return self.answer.events

    @property
    def clusters(self) -> list[answers.ClusterAge]:
        """How old the data are."""
        return self.answer.clusters

    @property
    def run(self) -> RunDetail:
        """The run it belongs to: the jobs that one piece of work was cut into. Raises `InvalidInput`."""
        return answers.run(self._runtime, self.job.cluster, self.job.job_id)[0]

    def refresh(self) -> FleetJob:
        """The same job as it is now; its cluster is asked no more often than the refresh interval says."""
        return FleetJob(self._runtime, answers.job(self._runtime, self.job.cluster, self.job.job_id))

    def stats(self, *, by_step: bool = False, attempt: int | None = None) -> JobStats:
        """What it uses of what it was given, with verdicts in words.

        `attempt` is one of a requeued job, from 1; without it the latest. `by_step` measures each GPU by a step
        inside the job: nvidia-smi runs once on each of its nodes, shares the job's resources and shows in
        accounting. Raises as `job_stats.ask`.
        """
        cluster, job_id = self.job.cluster, self.job.job_id
        return job_stats.ask(self._runtime, cluster, job_id, by_step=by_step, attempt=attempt, actor=ACTOR)

    def stats_history(self, *, per_gpu: bool = False) -> pd.DataFrame:
        """The snapshots of what it used, one row each, or with `per_gpu` one for each GPU; no cluster is asked."""
        frame = gpus_frame if per_gpu else usage_frame
        return frame(self._runtime.store, cluster=self.job.cluster, job_id=self.job.job_id)

    def log_files(self) -> pd.DataFrame:
        """Its log files, one row each, those that Slurm names first. Raises `TransportError`."""
        return frame_of(job_log_files(self._runtime, self.job.cluster, self.job.job_id).files, LogFile)

    def log(self, *, follow: bool = False, **asked: Unpack[LogAsk]) -> str:
        """The last 200 lines of what it wrote to stdout; at most 8 MiB.

        `asked` are those of `job_logs.LogAsk`: path for another of its files, stderr, lines, offset for whole
        lines from that byte on, grep for the lines that hold a text. `follow` prints the last lines and goes on
        with what is appended, until the job has ended or Ctrl-C stops it, and gives "".
        Raises `LogRefused`, `InvalidInput`, `TransportError`.
        """
        if follow:
            if given := asked.keys() - {"path", "stderr", "lines"}:
                raise InvalidInput("follow", True, f"leave out {' and '.join(sorted(given))}")
            self._print_log(
                path=asked.get("path", ""), stderr=asked.get("stderr", False), lines=asked.get("lines", 200)
            )
            return ""
        return log_text(self._runtime, self.job.cluster, self.job.job_id, **asked)

    def links(self, *, path: str = "", stderr: bool = False) -> list[TrackerLink]:
        """The pages of experiment trackers that its log tells of: the first and last 256 KiB are read.

        Their texts are data that a program wrote. Raises as `log`.
        """
        return job_log(self._runtime, self.job.cluster, self.job.job_id, path=path, stderr=stderr).links()

    def log_pieces(self, *, path: str = "", stderr: bool = False, lines: int = 200) -> Iterator[str]:
        """The last lines, then what is appended, piece by piece, until the job has ended. Raises as `log`."""
        log = job_log(self._runtime, self.job.cluster, self.job.job_id, path=path, stderr=stderr)
        for change in log.follow(self._runtime, lines=lines, max_bytes=MAX_PIECE):
            yield plain_text(change.text)

    def cancel(self) -> actions.CancelOutcome:
        """Cancel it; it cannot be brought back. Raises `ReadOnly`, `TransportError`."""
        client = self._runtime.client(self.job.cluster)
        return actions.cancel_jobs(self._runtime.store, client, [self.job.job_id], actor=ACTOR)

    def hold(self) -> ControlOutcome:
        """Keep it from starting while it waits. Raises as `cancel` does."""
        client = self._runtime.client(self.job.cluster)
        return control.hold(self._runtime.store, client, [self.job.job_id], actor=ACTOR)

    def release(self) -> ControlOutcome:
        """Let it start again after a hold. Raises as `cancel` does."""
        client = self._runtime.client(self.job.cluster)
        return control.release(self._runtime.store, client, [self.job.job_id], actor=ACTOR)

    def requeue(self) -> ControlOutcome:
        """End it and queue it again; what it has not saved is lost. Raises as `cancel` does."""
        client = self._runtime.client(self.job.cluster)
        return control.requeue(self._runtime.store, client, [self.job.job_id], actor=ACTOR)

    def _print_log(self, *, path: str, stderr: bool, lines: int) -> None:
        try:
            for text in self.log_pieces(path=path, stderr=stderr, lines=lines):
                sys.stdout.write(text)
                sys.stdout.flush()
        except KeyboardInterrupt:
            sys.stdout.write("\n")  # Ctrl-C, or the notebook's stop button: the wished-for end of following

    def _rows(self) -> list[tuple[str, str]]:
        job = self.job
        spent = format_duration(job.elapsed_s) if job.elapsed_s else ""
        limit = f" of {format_duration(job.time_limit_s)}" if spent and job.time_limit_s else ""
        rows = [
            ("name", job.name),
            ("state", f"{job.state} ({job.reason})" if job.reason else job.state),
            ("user", f"{job.user}, {job.account}" if job.account else job.user),
            ("partition", job.partition),
            ("nodes", job.node_list),
            ("CPUs", str(job.cpus)),
            ("GPUs", f"{job.gpus} {job.gpu_type.upper()}".strip() if job.gpus else ""),
            ("time", f"{spent}{limit}"),
            ("exit code", job.exit_code),
        ]
        return [(name, text) for name, text in rows if text]

    def __repr__(self) -> str:
        lines = [f"  {name:<10}{plain_text(text)}" for name, text in self._rows()]
        return "\n".join([f"Job {self.job.job_id} on {self.job.cluster}", *lines])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td>{html.escape(text)}</td></tr>"
            for name, text in self._rows()
        )
        title = html.escape(f"Job {self.job.job_id} on {self.job.cluster}")
        return f"<div><b>{title}</b><table>{cells}</table></div>"
