"""Questions about jobs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack, cast

from ..errors import InvalidInput
from ..model import Freshness, Job, StateFamily
from ..store import Store
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
]

MAX_LIMIT = 20_000
MAX_OFFSET = 2**53  # what JSON carries everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some of the jobs the filters select, how many there are in all, and how old each cluster's answer is."""

    jobs: list[Job]
    total: int
    clusters: list[Freshness]


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
    evidence: str  # what told how it ended: "squeue", "sacct", or "" while nothing has
    first_seen: datetime
    last_seen: datetime
    events: list[JobEvent]
    cluster: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacets:
    """The values there are to filter by, most frequent first."""

    users: list[str]
    partitions: list[str]
    accounts: list[str]
    states: list[str]


_COLUMN = {field.name: field.name for field in fields(Job)} | {"user": "user_name"}
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
        f"SELECT {_SELECT}, count(*) OVER () FROM jobs WHERE {condition} "
        f"ORDER BY {_order(sort, descending=descending)} LIMIT ? OFFSET ?"
    )
    with store.read() as cur:
        rows = cur.execute(sql, values + _limit(limit, offset)).fetchall()
        total = rows[0][-1] if rows else _count(cur, condition, values)
    return JobPage(
        jobs=[_job(row) for row in rows],
        total=total,
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


def job(store: Store, *, cluster: str, job_id: str) -> JobDetail:
    """One job (its newest attempt) with its changes of state. Raises `InvalidInput` if we never saw it."""
    sql = f"""
        SELECT {_SELECT}, in_queue, evidence, first_seen, last_seen FROM jobs
        WHERE cluster = ? AND (job_id = ? OR job_id_raw = ?) ORDER BY submit_time DESC NULLS LAST LIMIT 1
    """
    events = """
        SELECT at_time, old_state, state, reason, evidence FROM job_events
        WHERE cluster = ? AND job_id_raw = ? ORDER BY at_time
    """
    with store.read() as cur:
        row = cur.execute(sql, [cluster, job_id, job_id]).fetchone()
        if row is None:
            raise InvalidInput("job id", job_id, f"no job of this id was seen on {cluster}")
        found = _job(row)
        seen = cur.execute(events, [cluster, found.job_id_raw]).fetchall()
    in_queue, evidence, first_seen, last_seen = row[len(_COLUMN) :]
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
    )
