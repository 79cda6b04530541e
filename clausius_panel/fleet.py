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
from typing import TYPE_CHECKING, Any, Self, Unpack

from . import actions, answers, config, queries
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
        max_age_s. Clusters whose data are older than `fresh_s` seconds are asked first. Raises `InvalidInput`.
        """
        answers.jobs(self.runtime, fresh_s=fresh_s, limit=0, **filters)
        return queries.jobs_frame(self.runtime.store, **filters)

    def counts(self, *, fresh_s: float | None = None, **filters: Unpack[JobFilters]) -> pd.DataFrame:
        """Jobs and GPUs per cluster and state; `fresh_s` as in `jobs`. Raises `InvalidInput`."""
        answers.jobs(self.runtime, fresh_s=fresh_s, limit=0, **filters)
        return _frame(queries.count_jobs(self.runtime.store, **filters), queries.JobCount)

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
        ids = [job_ids] if isinstance(job_ids, str) else list(job_ids)
        return actions.cancel_jobs(self.runtime.store, self.runtime.client(cluster), ids, actor=ACTOR)

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

        if not pn.extension._loaded:
            # inline: the cell must work without a network
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
        reports = answers.glance(self.runtime.store)
        return "\n".join(
            [f"Fleet: {answers.summary(reports)}", *("  " + "  ".join(_row(each)) for each in reports)]
        )

    def _repr_html_(self) -> str:
        reports = answers.glance(self.runtime.store)
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


def _frame(rows: Collection[Any], kind: type) -> pd.DataFrame:
    """A row for each dataclass; the columns are there even without rows."""
    from dataclasses import asdict, fields

    import pandas as pd

    return pd.DataFrame([asdict(row) for row in rows], columns=[field.name for field in fields(kind)])


def _row(report: answers.ClusterReport) -> list[str]:
    age = "never answered" if report.age_s is None else f"{format_duration(report.age_s)} ago"
    counts = ", ".join(f"{report.jobs[family]} {family}" for family in FAMILIES if report.jobs.get(family))
    return [report.cluster, age, counts or "no jobs", report.error]


def _ask(prompt: str, echo: bool) -> str:
    """Ask the person in the notebook or at the terminal."""
    return input(prompt) if echo else getpass.getpass(prompt)
