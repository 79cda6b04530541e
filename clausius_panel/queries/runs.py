"""Questions about runs: the jobs that one piece of work was cut into, a row each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Unpack

from ..errors import InvalidInput
from ..model import Freshness
from ..model.dependency import Dependency
from ..model.run_order import is_unneeded, role_of
from ..store import Cursor, Store, aware, clean
from ..store.runs import BASE_SQL
from .clusters import freshness
from .filters import JobFilters, where
from .run_sql import MEMBERS_SQL, STARTED_SQL, paged

__all__ = ["RunPage", "RunSummary", "runs", "summaries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run at a glance, all its jobs counted in their newest attempt. Times are in UTC."""

    cluster: str
    run_id: str
    root_job_id: str
    name: str  # of its first job, without the stage
    user: str
    project: str  # "" for none
    campaign: str
    starred: bool
    notes: str
    jobs: int  # arrays and het jobs count once
    tasks: dict[str, int]  # by state family; a backup that was not needed counts as completed
    gpus: dict[str, int]  # by state family: held or asked for
    dependents: int  # jobs in the queue that still wait for others
    backups: int  # jobs that step in where others fail
    skipped: int  # backups that were not needed
    first_submit: datetime | None
    started: datetime | None  # the first task
    ended: datetime | None  # the last task; None while any is in the queue
    in_queue: bool
    pinned: bool
    waited_s: float | None  # median of the tasks that started
    waiting_since: datetime | None  # the oldest of those that wait
    reason: str  # why most of those wait
    attempt: int  # the how-manieth run of this owner and key, oldest first
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Some of the runs the filters select, how many there are in all, and how old each cluster's answer is."""

    runs: list[RunSummary]
    total: int
    clusters: list[Freshness]


_SORT = {
    "active": "active DESC, first_submit DESC NULLS LAST",
    "newest": "first_submit DESC NULLS LAST",
    "oldest": "first_submit NULLS LAST",
    "name": "lower(r.name)",
    "project": "r.project, r.campaign, lower(r.name)",
}


def runs(
    store: Store,
    *,
    project: str = "",
    campaign: str = "",
    starred: bool = False,
    sort: str = "active",
    limit: int = 100,
    offset: int = 0,
    **filters: Unpack[JobFilters],
) -> RunPage:
    """The runs that have a job which the filters select, those with jobs in the queue first.

    `starred` gives only those that people marked. Raises `InvalidInput`.
    """
    if sort not in _SORT:
        raise InvalidInput("sort", sort, f"use one of {', '.join(_SORT)}")
    condition, values = where(store, filters)
    wanted = {"r.project = ?": clean(project), "r.campaign = ?": clean(campaign), "r.starred = ?": starred}
    chosen = [clause for clause, value in wanted.items() if value] or ["true"]
    sql = f"""
        SELECT r.cluster, r.run_id, count(*) OVER () FROM runs r JOIN (
            SELECT cluster, run_id, bool_or(in_queue) AS active FROM jobs WHERE {condition} GROUP BY ALL) c
            ON r.cluster = c.cluster AND r.run_id = c.run_id
        WHERE {" AND ".join(chosen)}
        ORDER BY {_SORT[sort]}, r.cluster, r.run_id LIMIT ? OFFSET ?
    """
    bound = values + [value for value in wanted.values() if value]
    with store.read() as cur:
        rows = cur.execute(sql, bound + paged(limit, offset)).fetchall()
        total = rows[0][2] if rows else _count(cur, sql, bound) if offset else 0
        found = summaries(cur, [(cluster, run_id) for cluster, run_id, _ in rows])
    return RunPage(runs=found, total=total, clusters=freshness(store, clusters=filters.get("clusters", ())))


def _count(cur: Cursor, sql: str, bound: list[Any]) -> int:
    """A page past the end has no row to carry the total."""
    rows = cur.execute(sql, [*bound, 1, 0]).fetchall()
    return int(rows[0][2]) if rows else 0


_RUNS = """
    SELECT r.cluster, r.run_id, r.root_job_id, r.name, r.user_name, r.project, r.campaign, r.starred, r.notes,
           r.first_submit, count(*) FILTER (o.first_submit <= r.first_submit), count(o.run_id)
    FROM runs r SEMI JOIN (SELECT unnest($clusters) AS cluster, unnest($run_ids) AS run_id) p
        ON r.cluster = p.cluster AND r.run_id = p.run_id
    LEFT JOIN runs o ON o.cluster = r.cluster AND o.user_name = r.user_name AND o.run_key = r.run_key
    GROUP BY ALL
"""
_FACTS = f"""
    SELECT cluster, run_id, count(DISTINCT base), bool_or(in_queue), bool_or(coalesce(pinned, false)),
           min(start_time) FILTER ({STARTED_SQL}), max(end_time) FILTER (NOT in_queue),
           median(date_diff('second', submit_time, start_time)) FILTER ({STARTED_SQL}),
           min(submit_time) FILTER (family = 'pending'), mode(reason) FILTER (family = 'pending')
    FROM ({MEMBERS_SQL}) GROUP BY ALL
"""
_FAMILIES = f"""
    SELECT cluster, run_id, family, sum(tasks)::BIGINT, sum(tasks * gpus)::BIGINT FROM ({MEMBERS_SQL}) GROUP BY ALL
"""
_EDGES = f"""
    SELECT m.cluster, m.run_id, m.base, m.name, m.state, m.reason, m.family, m.tasks, m.gpus, m.job_id_raw,
           m.dependency, {STARTED_SQL}, d.kind, d.on_job_id, d.on_base
    FROM ({MEMBERS_SQL}) m JOIN job_dependencies d
        ON d.cluster = m.cluster AND d.job_id_raw = m.job_id_raw
            AND d.submit_time IS NOT DISTINCT FROM m.submit_time
    WHERE d.on_job_id <> ''
"""
_PARENTS = f"""
    SELECT cluster, {BASE_SQL} AS base, any_value(name), list(DISTINCT state) FROM jobs
    WHERE (cluster, {BASE_SQL}) IN (SELECT (unnest($clusters), unnest($bases)))
    GROUP BY ALL
"""

Key = tuple[str, str]


@dataclass(slots=True)
class _Roles:
    """What dependencies make of the jobs of one run."""

    dependents: int = 0
    backups: int = 0
    skipped: int = 0
    moved: Counter[str] = field(default_factory=Counter)  # tasks of skipped backups, by Slurm's family
    moved_gpus: Counter[str] = field(default_factory=Counter)


def summaries(cur: Cursor, keys: Sequence[Key]) -> list[RunSummary]:
    """The runs of these clusters and ids, in this order; one that does not exist is left out."""
    if not keys:
        return []
    chosen = {"clusters": [cluster for cluster, _ in keys], "run_ids": [run_id for _, run_id in keys]}
    known = {row[:2]: row for row in cur.execute(_RUNS, chosen).fetchall()}
    facts = {row[:2]: row[2:] for row in cur.execute(_FACTS, chosen).fetchall()}
    tasks: dict[Key, Counter[str]] = defaultdict(Counter)
    gpus: dict[Key, Counter[str]] = defaultdict(Counter)
    for cluster, run_id, family, count, devices in cur.execute(_FAMILIES, chosen).fetchall():
        tasks[cluster, run_id][family] = count
        gpus[cluster, run_id][family] = devices
    roles = _roles(cur, chosen)
    return [
        _summary(known[key], facts[key], tasks[key], gpus[key], roles.get(key) or _Roles())
        for key in keys
        if key in known and key in facts
    ]


def _summary(
    run: tuple[Any, ...], facts: tuple[Any, ...], tasks: Counter[str], gpus: Counter[str], roles: _Roles
) -> RunSummary:
    cluster, run_id, root, name, user, project, campaign, starred, notes, submitted, attempt, attempts = run
    jobs, in_queue, pinned, started, ended, waited_s, waiting_since, reason = facts
    tasks.subtract(roles.moved)
    tasks["completed"] += roles.moved.total()
    gpus.subtract(roles.moved_gpus)
    gpus["completed"] += roles.moved_gpus.total()
    return RunSummary(
        cluster=cluster,
        run_id=run_id,
        root_job_id=root,
        name=name,
        user=user,
        project=project,
        campaign=campaign,
        starred=starred,
        notes=notes,
        jobs=jobs,
        tasks=dict(+tasks),
        gpus=dict(+gpus),
        dependents=roles.dependents,
        backups=roles.backups,
        skipped=roles.skipped,
        first_submit=aware(submitted),
        started=aware(started),
        ended=None if in_queue else aware(ended),
        in_queue=in_queue,
        pinned=pinned,
        waited_s=waited_s,
        waiting_since=aware(waiting_since),
        reason=reason or "",
        attempt=max(1, attempt),
        attempts=max(1, attempts),
    )


def _roles(cur: Cursor, chosen: dict[str, list[str]]) -> dict[Key, _Roles]:
    """Dependents, backups and skipped backups of each run."""
    edges = cur.execute(_EDGES, chosen).fetchall()
    parents = _parents(cur, {(row[0], row[-1]) for row in edges})
    by_job: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in edges:
        by_job[row[0], row[9]].append(row)
    found: dict[Key, _Roles] = defaultdict(_Roles)
    for rows in by_job.values():
        cluster, run_id, _, name, state, reason, family, tasks, gpus, _, waits_for, has_run, *_ = rows[0]
        terms = [Dependency(kind=kind, job_id=on) for *_, kind, on, _ in rows]
        above = {on: parents[cluster, on] for *_, on in rows if (cluster, on) in parents}
        role = role_of(terms, name=name, names={on: parent for on, (parent, _) in above.items()})
        roles = found[cluster, run_id]
        roles.dependents += role == "dependent" and family in ("pending", "held") and bool(waits_for)
        roles.backups += role == "backup"
        before = {one for _, states in above.values() for one in states}
        if role == "backup" and is_unneeded([state], reason, before, has_run=has_run):
            roles.skipped += 1
            roles.moved[family] += tasks
            roles.moved_gpus[family] += tasks * gpus
    return found


def _parents(cur: Cursor, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """Name and states of jobs by cluster and number."""
    if not wanted:
        return {}
    pairs = sorted(wanted)
    values = {"clusters": [cluster for cluster, _ in pairs], "bases": [base for _, base in pairs]}
    rows = cur.execute(_PARENTS, values).fetchall()
    return {(cluster, base): (name, states) for cluster, base, name, states in rows}
