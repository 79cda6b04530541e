"""What the faces answer: a fresh look where one is due, then a question to the store, and how old the result is.

The command line, MCP, REST and notebooks call these functions and only differ in how they show what comes back.
The fields of the dataclasses are the JSON that `--json`, REST and MCP give; times in it are ISO 8601 in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Unpack

from . import queries
from .errors import InvalidInput, TransportError, UnknownJob
from .model import Freshness, Job
from .model.job_id import valid_job_id
from .queries import ClusterStatus, JobFilters
from .queries.filters import where
from .sightings import telling_where

if TYPE_CHECKING:
    from .queries.run_detail import RunDetail
    from .runtime import Runtime
    from .store import Store

__all__ = [
    "ClusterAge",
    "ClusterReport",
    "JobAnswer",
    "JobsAnswer",
    "as_json",
    "checked_job_id",
    "cluster_ages",
    "glance",
    "job",
    "jobs",
    "run",
    "status",
    "summary",
]

WAIT_S = 30.0
"""How long an answer may wait for clusters before it shows older data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAge:
    """How old one cluster's data are, and why they are not newer."""

    cluster: str
    as_of: datetime | None  # UTC; None: never answered
    age_s: float | None
    source: str  # live, store or none
    error: str  # "" if the last attempt went well
    error_kind: str
    error_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterReport(ClusterAge):
    """One cluster at a glance."""

    up: bool
    host: str
    user: str  # who we are there
    scope: str  # whose jobs are asked for: mine or everyone
    warning: str  # what works only in part
    accounting: str  # yes, no, or "" while unknown
    slurm_version: str
    jobs: dict[str, int]  # by state family: running, pending, failed, ...
    gpus: dict[str, int]  # the same for GPUs
    nodes: int
    nodes_available: int
    gpus_total: int
    gpus_idle: int
    gpu_type: str
    commands_per_min: float
    next_attempt: datetime | None  # UTC; while it backs off


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsAnswer:
    """Some jobs, how many the filters select in all, and how old each cluster's data are."""

    jobs: list[Job]
    total: int
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)  # without slots: the MCP SDK takes a slot for a default value
class JobAnswer:
    """One job and its changes of state, oldest first."""

    job: Job
    in_queue: bool
    evidence: str  # what told how it ended: squeue, sacct, or "" while nothing has
    first_seen: datetime
    last_seen: datetime
    events: list[queries.JobEvent]
    clusters: list[ClusterAge]


def jobs(
    runtime: Runtime,
    *,
    fresh_s: float | None = None,
    wait_s: float = WAIT_S,
    sort: str = "state",
    descending: bool = False,
    limit: int = 500,
    offset: int = 0,
    **filters: Unpack[JobFilters],
) -> JobsAnswer:
    """Jobs from data no older than `fresh_s` seconds (default: the setting refresh_interval_s), where possible.

    Raises `InvalidInput` (also `UnknownCluster`) before any cluster is asked, and `StoreError`.
    """
    where(runtime.store, filters)
    looked = _look(runtime, filters.get("clusters", ()), fresh_s, wait_s)
    page = queries.jobs(runtime.store, sort=sort, descending=descending, limit=limit, offset=offset, **filters)
    return JobsAnswer(jobs=page.jobs, total=page.total, clusters=looked)


def job(
    runtime: Runtime, cluster: str, job_id: str, *, fresh_s: float | None = None, wait_s: float = WAIT_S
) -> JobAnswer:
    """One job; a cluster whose data do not have it is asked again, however fresh they are: it may be new.

    Raises `InvalidInput` for an id that is none, `UnknownJob`, `UnknownCluster`, `StoreError`.
    """
    checked_job_id(job_id)
    looked = _look(runtime, [cluster], fresh_s, wait_s)
    try:
        found = queries.job(runtime.store, cluster=cluster, job_id=job_id)
    except UnknownJob:
        looked = _look(runtime, [cluster], 0, wait_s)
        with telling_where(runtime, cluster, error=looked[0].error):
            found = queries.job(runtime.store, cluster=cluster, job_id=job_id)
    return JobAnswer(
        job=found.job,
        in_queue=found.in_queue,
        evidence=found.evidence,
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        events=found.events,
        clusters=looked,
    )


def run(
    runtime: Runtime, cluster: str, run_id: str, *, fresh_s: float | None = None, wait_s: float = WAIT_S
) -> tuple[RunDetail, list[ClusterAge]]:
    """One run, by its id or any of its jobs', and what it was submitted with, which the cluster is asked once.

    Where it cannot be asked that part stays empty. Raises `UnknownJob`, `UnknownCluster`, `StoreError`.
    """
    # late: they bring all about logs, and most questions do without
    from .queries.run_detail import run as run_detail
    from .records import capture_run_metadata

    looked = _look(runtime, [cluster], fresh_s, wait_s)
    try:
        found = run_detail(runtime.store, cluster=cluster, run_id=run_id)
    except UnknownJob:  # as of `job`
        looked = _look(runtime, [cluster], 0, wait_s)
        with telling_where(runtime, cluster, error=looked[0].error):
            found = run_detail(runtime.store, cluster=cluster, run_id=run_id)
    if found.metadata.captured_at is None and not looked[0].error:
        with suppress(TransportError):
            capture_run_metadata(runtime.store, runtime.client(cluster), found.summary.run_id)
            found = run_detail(runtime.store, cluster=cluster, run_id=run_id)
    return found, looked


def status(
    runtime: Runtime,
    *,
    clusters: Collection[str] = (),
    fresh_s: float | None = None,
    wait_s: float = WAIT_S,
) -> list[ClusterReport]:
    """Each cluster at a glance. Raises `UnknownCluster`, `StoreError`."""
    looked = {age.cluster: age for age in _look(runtime, clusters, fresh_s, wait_s)}
    return [
        _report(looked[found.cluster], found)
        for found in queries.cluster_status(runtime.store, clusters=clusters)
        if found.cluster in looked
    ]


def glance(store: Store, *, clusters: Collection[str] = ()) -> list[ClusterReport]:
    """The same from what the store has: no cluster is asked. Raises `UnknownCluster`, `StoreError`."""
    return [
        _report(cluster_ages([found.freshness])[0], found)
        for found in queries.cluster_status(store, clusters=clusters)
    ]


def summary(reports: Collection[ClusterReport]) -> str:
    """The fleet in one line.

    >>> summary([])
    'no cluster is configured yet; add one: clausius add-cluster NAME HOST'
    """
    if not reports:
        return "no cluster is configured yet; add one: clausius add-cluster NAME HOST"
    jobs = {
        family: sum(report.jobs.get(family, 0) for report in reports)
        for family in ("running", "pending", "failed")
    }
    gpus = sum(report.gpus.get("running", 0) for report in reports)
    up = sum(report.up for report in reports)
    return (
        f"{jobs['running']:,} running ({gpus:,} GPUs) · {jobs['pending']:,} pending · {jobs['failed']:,} failed"
        f" · {up} of {len(reports)} clusters up"
    )


def cluster_ages(looked: Collection[Freshness]) -> list[ClusterAge]:
    """The same facts with the age worked out."""
    now = datetime.now(UTC)
    return [
        ClusterAge(
            cluster=found.cluster,
            as_of=found.as_of,
            age_s=_rounded(found.age_s(now)),
            source=found.source,
            error=found.error,
            error_kind=found.error_kind,
            error_since=found.error_since,
        )
        for found in looked
    ]


def checked_job_id(job_id: str) -> str:
    """The same id, if it has the form of one. Raises `InvalidInput`."""
    if not valid_job_id(job_id):
        raise InvalidInput("job id", job_id, "use forms such as 123, 123_4, 123_[5-9] or 123+1")
    return job_id


def as_json(value: Any, *, indent: int | None = 2) -> str:
    """A dataclass, or a list or dict of them, as JSON text.

    >>> as_json({"at": datetime(2026, 1, 2, tzinfo=UTC)}, indent=None)
    '{"at": "2026-01-02T00:00:00Z"}'
    """
    return json.dumps(value, default=_plain, indent=indent, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return asdict(value)


def _rounded(age_s: float | None) -> float | None:
    return None if age_s is None else round(age_s, 1)


def _look(runtime: Runtime, clusters: Collection[str], fresh_s: float | None, wait_s: float) -> list[ClusterAge]:
    """Ask what is due. Names are checked first: an unknown one must not reach the collector."""
    names = [cluster.name for cluster in queries.cluster_configs(runtime.store, clusters=clusters)]
    if not names:
        return []
    return cluster_ages(runtime.refresh(names, max_age_s=fresh_s, wait_s=wait_s))


def _report(age: ClusterAge, found: ClusterStatus) -> ClusterReport:
    return ClusterReport(
        **asdict(age),
        up=found.is_up,
        host=found.host,
        user=found.user,
        scope=found.scope,
        warning=found.warning,
        accounting=found.accounting,
        slurm_version=found.slurm_version,
        jobs=found.jobs,
        gpus=found.gpus,
        nodes=found.nodes,
        nodes_available=found.nodes_available,
        gpus_total=found.gpus_total,
        gpus_idle=found.gpus_idle,
        gpu_type=found.gpu_type,
        commands_per_min=found.commands_per_min,
        next_attempt=found.next_attempt,
    )
