"""Your clusters in a notebook or script: `Fleet()`, or `demo()` for three simulated ones."""

from __future__ import annotations

import contextlib
import getpass
import html
import os
import tempfile
from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, Unpack

from . import actions, answers, backfill, config, queries, records
from .errors import StoreError
from .fleet_acts import FleetActs, JobIds
from .fleet_history import FleetHistory
from .fleet_job import FleetJob
from .fleet_logs import FleetLogs
from .fleet_runs import FleetRuns
from .local_processes import PROCESS_FILTERS, ProcessFilter, add_filter, remove_filter
from .model import Cluster, Job
from .model.durations import format_ago
from .model.job_id import job_id_text, job_id_texts
from .model.project import Project
from .queries import JobFilters
from .queries.filters import where
from .queries.frames import frame_of
from .queries.projects import ProjectSummary, project_jobs, projects
from .queries.run_detail import RunDetail
from .queries.runs import RunSummary, runs
from .runtime import Runtime
from .sightings import with_newest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fleet", "demo"]

ACTOR = "notebook"

FAMILIES = ("running", "pending", "failed", "completed", "cancelled")
"""The states that `Fleet.status` counts."""


class Fleet(FleetActs, FleetHistory, FleetLogs, FleetRuns):
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
        are asked first; `attrs["clusters"]` of the frame tells how old the data of each are, and what failed.
        Raises `InvalidInput`.
        """
        looked = self._looked(fresh_s, filters)
        frame = queries.jobs_frame(self.runtime.store, **filters)
        frame.attrs["clusters"] = [asdict(each) for each in looked]
        return frame

    def counts(self, *, fresh_s: float | None = None, **filters: Unpack[JobFilters]) -> pd.DataFrame:
        """Jobs and GPUs per cluster and state; `fresh_s` and `filters` as in `jobs`. Raises `InvalidInput`."""
        self._looked(fresh_s, filters)
        return frame_of(queries.count_jobs(self.runtime.store, **filters), queries.JobCount)

    def status(self, *, fresh_s: float | None = None) -> pd.DataFrame:
        """Each cluster at a glance, one row each, with the age of its data; jobs and GPUs by state as columns."""
        reports = answers.status(self.runtime, fresh_s=fresh_s)
        frame = frame_of(reports, answers.ClusterReport).set_index("cluster").drop(columns=["jobs", "gpus"])
        for family in FAMILIES:
            frame[family] = [report.jobs.get(family, 0) for report in reports]
            frame[f"{family}_gpus"] = [report.gpus.get(family, 0) for report in reports]
        return frame

    def _looked(self, fresh_s: float | None, filters: JobFilters) -> list[answers.ClusterAge]:
        where(self.runtime.store, filters)  # refuses what is no filter by its name
        return answers.jobs(self.runtime, fresh_s=fresh_s, limit=0, **filters).clusters

    def job(self, cluster: str, job_id: str | SupportsIndex) -> FleetJob:
        """One job: its facts, changes of state, log, use of resources. Raises `InvalidInput`, `UnknownCluster`."""
        return FleetJob(self.runtime, answers.job(self.runtime, cluster, job_id_text(job_id)))

    def runs(self, *, starred: bool = False, limit: int = 100, **filters: Unpack[JobFilters]) -> pd.DataFrame:
        """Runs, one row each, live ones first; the jobs of one piece of work are a run. Raises `InvalidInput`."""
        self._looked(None, filters)
        return frame_of(runs(self.runtime.store, starred=starred, limit=limit, **filters).runs, RunSummary)

    def run(self, cluster: str, run_id: str | SupportsIndex) -> RunDetail:
        """One run with its jobs in order, named by its id or any of its jobs'. Raises `InvalidInput`."""
        return answers.run(self.runtime, cluster, job_id_text(run_id))[0]

    def projects(self) -> pd.DataFrame:
        """Projects, one row each, those with jobs in the queue first; their own facts come first in a row."""
        found = projects(self.runtime.store)
        facts = frame_of((each.project for each in found), Project)
        return facts.join(frame_of(found, ProjectSummary).drop(columns="project"))

    def project_jobs(self, project: str, *, campaign: str = "", limit: int = 200) -> pd.DataFrame:
        """Jobs of a project, or of one campaign of it: those in the queue first. Raises `InvalidInput`."""
        return frame_of(project_jobs(self.runtime.store, project, campaign=campaign, limit=limit).jobs, Job)

    def clear(
        self, what: records.Clearing, *, clusters: str | Collection[str] = (), project: str = ""
    ) -> records.Cleared:
        """Hide jobs that "failed" or "completed" from the board; `restore` takes it back. Raises `ReadOnly`."""
        return records.clear(self.runtime.store, what, clusters=clusters, project=project, actor=ACTOR)

    def restore(self, cleared: records.Cleared) -> int:
        """Show again what a `clear` hid; how many jobs. Raises `ReadOnly`."""
        return records.restore(self.runtime.store, cleared, actor=ACTOR)

    def cleanup(
        self, *, days: SupportsIndex, clusters: str | Collection[str] = (), dry_run: bool = True
    ) -> records.CleanupOutcome:
        """Forget records of jobs that ended more than `days` days ago; a dry run, the default, only counts."""
        return records.cleanup_history(
            self.runtime.store, days=days, clusters=clusters, dry_run=dry_run, actor=ACTOR
        )

    def star(self, cluster: str, run_id: str | SupportsIndex, *, starred: bool = True) -> str:
        """Mark a run, named by its id or any of its jobs', or take the mark away; gives the run's id."""
        act = partial(records.star, self.runtime.store, cluster, job_id_text(run_id), starred=starred)
        return with_newest(self.runtime, cluster, act)

    def note(self, cluster: str, run_id: str | SupportsIndex, text: str) -> str:
        """Replace what is written about a run; gives the run's id. Raises `ReadOnly`, `InvalidInput`."""
        act = partial(records.set_notes, self.runtime.store, cluster, job_id_text(run_id), text)
        return with_newest(self.runtime, cluster, act)

    def pin(self, cluster: str, job_ids: JobIds, *, pinned: bool = True) -> int:
        """Keep jobs on the board, however long ago they ended; how many. Raises `ReadOnly`, `InvalidInput`."""
        act = partial(records.pin, self.runtime.store, cluster, job_id_texts(job_ids), pinned=pinned)
        return with_newest(self.runtime, cluster, act)

    def dismiss(self, cluster: str, job_ids: JobIds, *, dismissed: bool = True) -> int:
        """Hide jobs from the board until their state changes; how many. Raises `ReadOnly`, `InvalidInput`."""
        act = partial(records.dismiss, self.runtime.store, cluster, job_id_texts(job_ids), dismissed=dismissed)
        return with_newest(self.runtime, cluster, act)

    def process_filters(self) -> pd.DataFrame:
        """Which processes of this machine are shown as the cluster "local", one row a filter."""
        return frame_of(PROCESS_FILTERS.all(self.runtime.store), ProcessFilter)

    def add_process_filter(self, text: str, *, exclude: bool = False) -> None:
        """Show processes whose command line holds a text, or none such. Raises `ReadOnly`, `InvalidInput`."""
        wanted = ProcessFilter(text=text, action="exclude" if exclude else "include")
        add_filter(self.runtime.store, wanted, actor=ACTOR)

    def remove_process_filter(self, text: str) -> None:
        """Forget a filter; no process is touched. Raises `ReadOnly`, `InvalidInput`."""
        remove_filter(self.runtime.store, text, actor=ACTOR)

    def refresh(self) -> list[answers.ClusterAge]:
        """Ask all clusters now, each no more often than every 10 s, and say how old the data are."""
        return answers.cluster_ages(self.runtime.refresh(force=True))

    def backfill(self, cluster: str, since: date, *, all_users: bool = False) -> pd.DataFrame:
        """Fetch a cluster's history since a day (UTC) or an aware time: a row for each window that was asked.

        It may be interrupted and called again. Raises `InvalidInput`, `TransportError`; see `backfill.run`.
        """
        start = since if isinstance(since, datetime) else datetime.combine(since, time(), UTC)
        steps = backfill.run(self.runtime, cluster, since=start, all_users=all_users)
        return frame_of(steps, backfill.BackfillStep)

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
    many wait in the queues. The store begins with a made-up year of ended jobs. `arguments` as of `Fleet`.
    Raises `InvalidInput`.
    """
    from .simulator import DemoFleet
    from .simulator.past import write_past

    with contextlib.ExitStack() as stack:
        simulated = stack.enter_context(DemoFleet(seed=seed, speed=speed, jobs=jobs))
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="clausius-demo-"))
        # nothing of the person's own configuration takes part, the environment included
        own = {"environ": {}, "file": os.devnull, "data_dir": Path(root)}
        fleet = Fleet(**own, **simulated.config_overrides, **arguments)
        for cluster in simulated.clusters:
            actions.add_cluster(fleet.runtime.store, cluster, config=fleet.runtime.config, actor="demo")
        write_past(fleet.runtime.store, seed=seed, now=datetime.now(UTC))
        fleet._also_close = stack.pop_all()
    return fleet


def _row(report: answers.ClusterReport) -> list[str]:
    age = "never answered" if report.age_s is None else format_ago(report.age_s)
    counts = ", ".join(f"{report.jobs[family]} {family}" for family in FAMILIES if report.jobs.get(family))
    return [report.cluster, age, counts or "no jobs", report.error]


def _ask(prompt: str, echo: bool) -> str:
    """Ask the person in the notebook or at the terminal."""
    return input(prompt) if echo else getpass.getpass(prompt)
