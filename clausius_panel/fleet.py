"""Your clusters in a notebook or script: `Fleet()`, or `demo()` for three simulated ones."""

from __future__ import annotations

import contextlib
import getpass
import html
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from . import actions, answers, config, control, queries
from .control import ControlOutcome
from .errors import StoreError
from .job_logs import job_log, job_log_files
from .logs import LogFile
from .logs.reading import MAX_PIECE
from .model import Cluster
from .model.durations import format_duration
from .queries import JobFilters
from .runtime import Runtime

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fleet", "demo"]

ACTOR = "notebook"

FAMILIES = ("running", "pending", "failed", "completed", "cancelled")
"""The states that `Fleet.status` counts."""


class Fleet:
    """All configured clusters. Answers come from data no older than the refresh interval where that can be had."""

    def __init__(self, **arguments: Any) -> None:
        """Open the store, or make one; `arguments` are fields of `config.Config`, e.g. data_dir.

        Raises `InvalidInput`, `StoreError`.
        """
        self.runtime = Runtime(config.load(**arguments), create=True)
        self._also_close = contextlib.ExitStack()

    @property
    def clusters(self) -> list[Cluster]:
        """The configured clusters in their order."""
        return queries.cluster_configs(self.runtime.store)

    def jobs(self, *, fresh_s: float | None = None, **filters: Unpack[JobFilters]) -> pd.DataFrame:
        """Jobs as a DataFrame, one row each, running ones first; times are UTC-aware.

        `filters` are those of `queries.JobFilters`: clusters, users, mine, states, partitions, accounts, text,
        max_age_s; a single name may stand for a list of one. Clusters whose data are older than `fresh_s` seconds
        are asked first. Raises `InvalidInput`.
        """
        asked = _filters(filters)
        answers.jobs(self.runtime, fresh_s=fresh_s, limit=0, **asked)
        return queries.jobs_frame(self.runtime.store, **asked)

    def counts(self, *, fresh_s: float | None = None, **filters: Unpack[JobFilters]) -> pd.DataFrame:
        """Jobs and GPUs per cluster and state; `fresh_s` and `filters` as in `jobs`. Raises `InvalidInput`."""
        asked = _filters(filters)
        answers.jobs(self.runtime, fresh_s=fresh_s, limit=0, **asked)
        return _frame(queries.count_jobs(self.runtime.store, **asked), queries.JobCount)

    def status(self, *, fresh_s: float | None = None) -> pd.DataFrame:
        """Each cluster at a glance, one row each, with the age of its data; jobs and GPUs by state as columns."""
        reports = answers.status(self.runtime, fresh_s=fresh_s)
        frame = _frame(reports, answers.ClusterReport).set_index("cluster").drop(columns=["jobs", "gpus"])
        for family in FAMILIES:
            frame[family] = [report.jobs.get(family, 0) for report in reports]
            frame[f"{family}_gpus"] = [report.gpus.get(family, 0) for report in reports]
        return frame

    def job(self, cluster: str, job_id: str) -> answers.JobAnswer:
        """One job with its changes of state. Raises `InvalidInput`, `UnknownCluster`."""
        return answers.job(self.runtime, cluster, job_id)

    def cancel(self, cluster: str, job_ids: str | Collection[str]) -> actions.CancelOutcome:
        """Cancel jobs, and say of each what became of it. Raises `ReadOnly`, `InvalidInput`, `TransportError`."""
        return actions.cancel_jobs(self.runtime.store, self.runtime.client(cluster), _ids(job_ids), actor=ACTOR)

    def hold(self, cluster: str, job_ids: str | Collection[str]) -> ControlOutcome:
        """Keep waiting jobs from starting. Raises as `cancel` does."""
        return control.hold(self.runtime.store, self.runtime.client(cluster), _ids(job_ids), actor=ACTOR)

    def release(self, cluster: str, job_ids: str | Collection[str]) -> ControlOutcome:
        """Let held jobs start again. Raises as `cancel` does."""
        return control.release(self.runtime.store, self.runtime.client(cluster), _ids(job_ids), actor=ACTOR)

    def requeue(self, cluster: str, job_ids: str | Collection[str]) -> ControlOutcome:
        """End running jobs and queue them again; what they have not saved is lost. Raises as `cancel` does."""
        return control.requeue(self.runtime.store, self.runtime.client(cluster), _ids(job_ids), actor=ACTOR)

    def log_files(self, cluster: str, job_id: str) -> pd.DataFrame:
        """The log files of a job, one row each, those that Slurm names first.

        Raises `InvalidInput`, `UnknownCluster`, `TransportError`.
        """
        return _frame(job_log_files(self.runtime, cluster, job_id).files, LogFile)

    def log(self, cluster: str, job_id: str, *, path: str = "", stderr: bool = False, lines: int = 200) -> str:
        """The last lines of what a job wrote to stdout, to stderr, or into its file `path`; at most 8 MiB.

        Of an array it is the log that was written last. Raises `LogRefused` for a file that is missing or may not
        be read, `InvalidInput`, `UnknownCluster`, `TransportError`.
        """
        log = job_log(self.runtime, cluster, job_id, path=path, stderr=stderr)
        return log.tail(lines=lines, max_bytes=MAX_PIECE).text

    def refresh(self) -> list[answers.ClusterAge]:
        """Ask all clusters now, each no more often than every 10 s, and say how old the data are."""
        return answers.cluster_ages(self.runtime.refresh(force=True))

    def add_cluster(self, name: str, host: str = "", **fields: Any) -> Cluster:
        """Configure one more cluster; `fields` are those of `Cluster`. Raises `InvalidInput`, `ReadOnly`."""
        return actions.add_cluster(
            self.runtime.store, Cluster(name=name, host=host, **fields), config=self.runtime.config, actor=ACTOR
        )

    def login(self, cluster: str) -> None:
        """Connect where a passphrase, a password or a second factor must be typed; it is kept nowhere.

        The connection lives as long as this fleet. Raises `UnknownCluster`, `TransportError`.
        """
        self.runtime.login(cluster, _ask)

    def board(self) -> Any:
        """The live board: let a cell end with it, or serve it with Panel."""
        import panel as pn

        from .views.board import Board

        if not pn.extension._loaded or pn.config.inline:
            # inline: the cell must work without a network. Each time: a page that was loaded anew has lost it
            pn.extension(inline=True)
        return Board(self.runtime)

    def close(self) -> None:
        """End all connections; of a demo fleet also the simulated clusters. Idempotent."""
        self.runtime.close()
        self._also_close.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            reports = answers.glance(self.runtime.store)
        except StoreError as error:  # of a demo that was closed, say: to be shown must not fail
            return f"Fleet: {error}"
        return "\n".join(
            [f"Fleet: {answers.summary(reports)}", *("  " + "  ".join(_row(each)) for each in reports)]
        )

    def _repr_html_(self) -> str:
        try:
            reports = answers.glance(self.runtime.store)
        except StoreError as error:
            return f"<div>{html.escape(str(error))}</div>"
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _row(each)) + "</tr>" for each in reports
        )
        return f"<div><b>{html.escape(answers.summary(reports))}</b><table>{rows}</table></div>"


def demo(*, seed: int = 7, speed: float = 1.0, jobs: int | None = None, **arguments: Any) -> Fleet:
    """Three simulated clusters behind a real SSH server, with a store of their own that goes when it is closed.

    The same `seed` gives the same jobs; `speed` is the time-lapse (60 makes an hour a minute); `jobs` about how
    many wait in the queues. `arguments` as of `Fleet`. Raises `InvalidInput`.
    """
    from .simulator import DemoFleet

    with contextlib.ExitStack() as stack:
        simulated = stack.enter_context(DemoFleet(seed=seed, speed=speed, jobs=jobs))
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="clausius-demo-"))
        # nothing of the person's own configuration takes part, the environment included
        own = {"environ": {}, "file": os.devnull, "data_dir": Path(root)}
        fleet = Fleet(**own, **simulated.config_overrides, **arguments)
        for cluster in simulated.clusters:
            actions.add_cluster(fleet.runtime.store, cluster, config=fleet.runtime.config, actor="demo")
        fleet._also_close = stack.pop_all()
    return fleet


def _ids(job_ids: str | Collection[str]) -> list[str]:
    """One id or several as a list."""
    return [job_ids] if isinstance(job_ids, str) else list(job_ids)


def _frame(rows: Collection[Any], kind: type) -> pd.DataFrame:
    """A row for each dataclass; the columns are there even without rows."""
    from dataclasses import asdict, fields

    import pandas as pd

    return pd.DataFrame([asdict(row) for row in rows], columns=[field.name for field in fields(kind)])


def _filters(given: JobFilters) -> JobFilters:
    """The same with lists of one for single names: letter by letter they would select something else."""
    single = {name: [value] for name, value in given.items() if name != "text" and isinstance(value, str)}
    return cast("JobFilters", {**given, **single})


def _row(report: answers.ClusterReport) -> list[str]:
    age = "never answered" if report.age_s is None else f"{_span(report.age_s)} ago"
    counts = ", ".join(f"{report.jobs[family]} {family}" for family in FAMILIES if report.jobs.get(family))
    return [report.cluster, age, counts or "no jobs", report.error]


def _span(seconds: float) -> str:
    """How long, in words.

    >>> _span(15.4), _span(240), _span(90_000)
    ('15 s', '4:00', '1d 01:00')
    """
    return f"{seconds:.0f} s" if seconds < 60 else format_duration(seconds)


def _ask(prompt: str, echo: bool) -> str:
    """Ask the person in the notebook or at the terminal."""
    return input(prompt) if echo else getpass.getpass(prompt)
