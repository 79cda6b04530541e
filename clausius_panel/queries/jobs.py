"""Questions about jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack, cast

from ..errors import InvalidInput, UnknownJob
from ..model import Freshness, Job, StateFamily
from ..model.job_id import parse_job_id
from ..model.task_list import task_is_in
from ..store import Cursor, Store
from ..store.flags import SHOWN_SQL
from .clusters import freshness
from .filters import FAMILY_SQL, JobFilters, where

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "JobCount",
    "JobDetail",
    "JobEvent",
    "JobFacets",
    "JobPage",
    "count_jobs",
    "job",
    "job_facets",
    "jobs",
    "jobs_frame",
    "queued_of_runs",
]

MAX_LIMIT = 20_000
MAX_OFFSET = 2**53  # what JSON carries everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some of the jobs the filters select, how many there are in all, and how old each cluster's answer is."""

    jobs: list[Job]
    total: int
    clusters: list[Freshness]
    pinned: list[Job] = field(default_factory=list)  # those of `jobs` that people keep on the board


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """How many jobs a cluster has in one state, and the GPUs they hold or ask for."""

    cluster: str
    state: str
    family: StateFamily
    jobs: int
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One change of state; `at` is when we saw it, in UTC."""

    at: datetime
    old_state: str | None
    state: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDetail:
    """One job and what we saw of its life."""

    job: Job
    in_queue: bool
    evidence: str  # who told how it ended: "squeue", "sacct", "backfill"...; "" while nobody has
    first_seen: datetime
    last_seen: datetime
    events: list[JobEvent]
    cluster: Freshness
    attempts: list[datetime]  # when each attempt was submitted, newest first: more than one where it was requeued
    pinned: bool  # people keep it on the board
    hidden: bool  # people took it from the board
    run_id: str  # "" while it is not known

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        when = self.job.submit_time
        return len(self.attempts) - self.attempts.index(when) if when in self.attempts else 1

    @property
    def is_newest(self) -> bool:
        """Whether no later attempt of the job is known."""
        return self.job.submit_time is None or self.attempts[:1] == [self.job.submit_time]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacets:
    """The values there are to filter by, most frequent first."""

    users: list[str]
    partitions: list[str]
    accounts: list[str]
    states: list[str]


_COLUMN = {each.name: each.name for each in fields(Job)} | {"user": "user_name"}
_SELECT = ", ".join(_COLUMN.values())
_TIMES = [i for i, name in enumerate(_COLUMN) if name.endswith("_time")]
_RANK = (
    f"list_position(['running', 'transition', 'failed', 'unknown', 'held', 'pending', 'cancelled', 'completed'], "
    f"{FAMILY_SQL})"
)
_SORT = _COLUMN | {
    "state": _RANK,
    "job_id": "try_cast(job_id_raw AS BIGINT)",
    "ended": "CASE WHEN in_queue THEN NULL ELSE end_time END",
    "used": "elapsed_s / time_limit_s",
}


def _aware(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=UTC) if when else None


def _job(row: tuple[Any, ...]) -> Job:
    values = list(row[: len(_COLUMN)])
    for i in _TIMES:
        values[i] = _aware(values[i])
    return Job(**dict(zip(_COLUMN, values, strict=True)))


def _order(sort: str, *, descending: bool) -> str:
    """ORDER BY of a known column; ties by state, then newest first, then id, so that pages never overlap."""
    if sort not in _SORT:
        raise InvalidInput("sort", sort, f"use one of {', '.join(sorted(_SORT))}")
    direction = "DESC" if descending else "ASC"
    return (
        f"{_SORT[sort]} {direction} NULLS LAST, {_RANK}, submit_time DESC NULLS LAST, "
        "cluster, try_cast(job_id_raw AS BIGINT) DESC, job_id"
    )


def _limit(limit: int, offset: int) -> list[int]:
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidInput("limit", limit, f"use 0 to {MAX_LIMIT}")
    if not 0 <= offset <= MAX_OFFSET:
        raise InvalidInput("offset", offset, f"use 0 to {MAX_OFFSET}")
    return [limit, offset]


def jobs(
    store: Store,
    *,
    sort: str = "state",
    descending: bool = False,
    limit: int = 500,
    offset: int = 0,
    **filters: Unpack[JobFilters],
) -> JobPage:
    """Jobs of all clusters in one list, the running ones first unless `sort` (a field of `Job`) says otherwise.

    Raises `InvalidInput` for an unknown sort column, state or limit.
    """
    condition, values = where(store, filters)
    sql = (
        f"SELECT {_SELECT}, coalesce(pinned, false), count(*) OVER () FROM jobs WHERE {condition} "
        f"ORDER BY {_order(sort, descending=descending)} LIMIT ? OFFSET ?"
    )
    with store.read() as cur:
        rows = cur.execute(sql, values + _limit(limit, offset)).fetchall()
        total = rows[0][-1] if rows else _count(cur, condition, values)
    found = [_job(row) for row in rows]
    return JobPage(
        jobs=found,
        total=total,
        pinned=[job for job, row in zip(found, rows, strict=True) if row[-2]],
        clusters=freshness(store, clusters=filters.get("clusters", ())),
    )


def _count(cur: Any, condition: str, values: list[Any]) -> int:
    """A page past the end has no row to carry the total."""
    return cast("int", cur.execute(f"SELECT count(*) FROM jobs WHERE {condition}", values).fetchone()[0])


def jobs_frame(
    store: Store,
    *,
    sort: str = "state",
    descending: bool = False,
    limit: int = MAX_LIMIT,
    offset: int = 0,
    **filters: Unpack[JobFilters],
) -> pd.DataFrame:
    """The same as a DataFrame: a column for each field of `Job` plus `family`; times are UTC-aware."""
    condition, values = where(store, filters)
    named = ", ".join(f"{column} AS {name}" for name, column in _COLUMN.items())
    sql = (
        f"SELECT {named}, {FAMILY_SQL} AS family, in_queue, evidence, last_seen FROM jobs WHERE {condition} "
        f"ORDER BY {_order(sort, descending=descending)} LIMIT ? OFFSET ?"
    )
    with store.read() as cur:
        frame = cur.execute(sql, values + _limit(limit, offset)).df()
    for name in [*(name for name in _COLUMN if name.endswith("_time")), "last_seen"]:
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def count_jobs(store: Store, **filters: Unpack[JobFilters]) -> list[JobCount]:
    """Jobs and GPUs per cluster and state."""
    condition, values = where(store, filters)
    sql = (
        f"SELECT cluster, state, {FAMILY_SQL}, count(*), sum(gpus)::BIGINT FROM jobs WHERE {condition} "
        "GROUP BY ALL ORDER BY ALL"
    )
    with store.read() as cur:
        rows = cur.execute(sql, values).fetchall()
    return [JobCount(cluster=c, state=s, family=f, jobs=n, gpus=g) for c, s, f, n, g in rows]


def job_facets(store: Store, **filters: Unpack[JobFilters]) -> JobFacets:
    """The users, partitions, accounts and states among the jobs, most frequent first, at most 200 of each."""
    condition, values = where(store, filters)
    found: dict[str, list[str]] = {}
    with store.read() as cur:
        for name in ("user_name", "partition", "account", "state"):
            sql = (
                f"SELECT {name} FROM jobs WHERE {condition} AND {name} <> '' "
                f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 200"
            )
            found[name] = [row[0] for row in cur.execute(sql, values).fetchall()]
    return JobFacets(
        users=found["user_name"],
        partitions=found["partition"],
        accounts=found["account"],
        states=found["state"],
    )


_OF_RUNS = f"""
    SELECT {_SELECT} FROM jobs
    WHERE in_queue AND (cluster, run_id) IN (
        SELECT (cluster, run_id) FROM jobs WHERE run_id IS NOT NULL AND (cluster, job_id) IN (
            SELECT (cluster, job_id) FROM (SELECT unnest($clusters) AS cluster, unnest($ids) AS job_id)))
    ORDER BY cluster, run_id, submit_time, job_id LIMIT {MAX_LIMIT}
"""


def queued_of_runs(store: Store, jobs: Collection[tuple[str, str]]) -> list[Job]:
    """The jobs in the queue that are in the same runs as these (cluster, job id), themselves among them."""
    values = {"clusters": [cluster for cluster, _ in jobs], "ids": [job_id for _, job_id in jobs]}
    with store.read() as cur:
        return [_job(row) for row in cur.execute(_OF_RUNS, values).fetchall()]


_JOB = f"""
    SELECT {_SELECT}, in_queue, evidence, first_seen, last_seen, coalesce(pinned, false), NOT ({SHOWN_SQL}),
           coalesce(run_id, '')
    FROM jobs
    WHERE cluster = $cluster AND (job_id = $id OR job_id_raw = $id)
        AND ($submitted IS NULL OR date_trunc('second', submit_time) = $submitted)
    ORDER BY submit_time DESC NULLS LAST LIMIT 1
"""
_EVENTS = """
    SELECT at_time, old_state, state, reason, evidence FROM job_events
    WHERE cluster = $cluster AND job_id_raw = $raw
        AND ($submitted IS NULL OR date_trunc('second', submit_time) = $submitted)
    ORDER BY at_time
"""
_ATTEMPTS = """
    SELECT submit_time FROM jobs WHERE cluster = ? AND job_id_raw = ? AND submit_time IS NOT NULL
    ORDER BY submit_time DESC LIMIT 100
"""


_TOGETHER = """
    SELECT job_id FROM jobs WHERE cluster = ? AND starts_with(job_id, ?) AND (in_queue OR state = 'CANCELLED')
    ORDER BY in_queue DESC, submit_time DESC NULLS LAST
"""


def _together(cur: Cursor, cluster: str, job_id: str) -> str | None:
    """The record of tasks of an array that wait, or were cancelled before they started, this one among them."""
    array, _, task = job_id.partition("_")
    if not (array.isdecimal() and task.isdecimal()):
        return None
    rows = cur.execute(_TOGETHER, [cluster, f"{array}_["]).fetchall()
    return next((found for (found,) in rows if task_is_in(task, parse_job_id(found).task)), None)


def job(store: Store, *, cluster: str, job_id: str, submitted: datetime | None = None) -> JobDetail:
    """One job with its changes of state, those of all its attempts.

    It is the newest attempt, or the one that was `submitted` at that second: then the changes are that attempt's.
    A task that never started is the record of all those of its array that wait, or were cancelled then.
    Raises `InvalidInput` if we never saw it.
    """
    when = submitted.astimezone(UTC).replace(tzinfo=None, microsecond=0) if submitted else None
    asked = {"cluster": cluster, "id": job_id, "submitted": when}
    with store.read() as cur:
        row = cur.execute(_JOB, asked).fetchone()
        if row is None and (together := _together(cur, cluster, job_id)):
            row = cur.execute(_JOB, {**asked, "id": together}).fetchone()
        if row is None:
            raise UnknownJob("job id", job_id, cluster)
        found = _job(row)
        seen = cur.execute(_EVENTS, {"cluster": cluster, "raw": found.job_id_raw, "submitted": when}).fetchall()
        attempts = cur.execute(_ATTEMPTS, [cluster, found.job_id_raw]).fetchall()
    in_queue, evidence, first_seen, last_seen, pinned, hidden, run_id = row[len(_COLUMN) :]
    return JobDetail(
        job=found,
        in_queue=in_queue,
        evidence=evidence,
        first_seen=first_seen.replace(tzinfo=UTC),
        last_seen=last_seen.replace(tzinfo=UTC),
        events=[
            JobEvent(at=at.replace(tzinfo=UTC), old_state=old, state=new, reason=reason, evidence=by)
            for at, old, new, reason, by in seen
        ],
        cluster=freshness(store, clusters=[cluster])[0],
        attempts=[at.replace(tzinfo=UTC) for (at,) in attempts],
        pinned=pinned,
        hidden=hidden,
        run_id=run_id,
    )
