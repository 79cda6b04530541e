"""One run: its jobs in order, their times for a chart, and what was captured of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import UnknownJob
from ..model import Freshness, is_final
from ..model.dependency import Dependency
from ..model.project import Project
from ..model.run import RunJob, RunRow
from ..model.run_order import arrange
from ..slurm.script_words import declared_parameters
from ..store import Cursor, Store, aware, clean
from ..store.projects import list_projects
from ..store.rules import run_rules
from ..store.runs import BASE_SQL, find_run
from .clusters import freshness
from .filters import FAMILY_SQL
from .jobs import JobPage
from .run_sql import JOB_SELECT, MEMBERS_SQL, STARTED_SQL, job_of, paged
from .runs import RunSummary, summaries

__all__ = ["Bar", "RunDetail", "RunMetadata", "array_tasks", "run", "run_metadata"]

MAX_BARS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One attempt of a job, or a whole array, in a Gantt chart: it waited from `submitted`, ran from `started`."""

    job_id: str
    name: str
    attempt: int  # 1 is the first
    submitted: datetime | None
    started: datetime | None  # None while it waits, and where it never started
    ended: datetime | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetadata:
    """What was captured of a run, once; "" for what could not be had."""

    captured_at: datetime | None  # None: not asked for yet, or not all of it was there
    error: str
    batch_script: str
    submit_command: str
    work_dir: str
    slurm_config: dict[str, str]  # as `scontrol show job` told it, field by field
    environment: dict[str, str]  # what the script sets up, and the commit of its directory
    parameters: dict[str, str]  # what its programs are told, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """One run with its jobs, parents first. An array is one row, which `array_tasks` opens."""

    summary: RunSummary
    project: Project | None
    rows: list[RunRow]
    bars: list[Bar]  # at most 5000, by time
    earlier: list[tuple[str, datetime | None]]  # ids and times of the same owner's runs of this key, newest first
    metadata: RunMetadata
    cluster: Freshness


def run(store: Store, *, cluster: str, run_id: str) -> RunDetail:
    """One run, by its own id or by that of any of its jobs. Raises `InvalidInput` if we never saw it."""
    rules, projects = run_rules(store), {project.name: project for project in list_projects(store)}
    with store.read() as cur:
        found = find_run(cur, cluster, run_id)
        chosen = {"clusters": [cluster], "run_ids": [found]}
        [summary] = summaries(cur, [(cluster, found)])
        jobs = _jobs(cur, chosen)
        bars = _bars(cur, cluster, found)
        earlier = cur.execute(_EARLIER, [cluster, found]).fetchall()
        metadata = run_metadata(cur, cluster, found)
    return RunDetail(
        summary=summary,
        project=projects.get(summary.project),
        rows=arrange(jobs, rules=rules),
        bars=bars,
        earlier=[(other, aware(when)) for other, when in earlier],
        metadata=metadata,
        cluster=freshness(store, clusters=[cluster])[0],
    )


_EARLIER = """
    SELECT o.run_id, o.first_submit FROM runs r JOIN runs o
        ON o.cluster = r.cluster AND o.user_name = r.user_name AND o.run_key = r.run_key
            AND o.first_submit < r.first_submit
    WHERE r.cluster = ? AND r.run_id = ? ORDER BY o.first_submit DESC LIMIT 100
"""
_JOBS = f"""
    SELECT base, state, any_value(cluster), first(name ORDER BY submit_time, job_id_raw), any_value(user_name),
           any_value(account), any_value(partition), mode(reason), sum(tasks)::BIGINT, sum(tasks * gpus)::BIGINT,
           max(attempts), min(submit_time), min(start_time) FILTER ({STARTED_SQL}), max(end_time),
           max(time_limit_s), coalesce(max(exit_code) FILTER (exit_code <> '0:0'), max(exit_code)),
           bool_or(array_job_id <> '')
    FROM ({MEMBERS_SQL}) GROUP BY base, state
"""
_TERMS = f"""
    SELECT DISTINCT m.base, d.kind, d.on_job_id, d.delay_min
    FROM (SELECT *, {BASE_SQL} AS base FROM jobs SEMI JOIN
            (SELECT unnest($clusters) AS cluster, unnest($run_ids) AS run_id) USING (cluster, run_id)) m
    JOIN job_dependencies d ON d.cluster = m.cluster AND d.job_id_raw = m.job_id_raw
        AND d.submit_time IS NOT DISTINCT FROM m.submit_time
    ORDER BY ALL
"""


def _jobs(cur: Cursor, chosen: dict[str, list[str]]) -> list[RunJob]:
    """The jobs of a run; arrays and het jobs are one each."""
    by_base: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in cur.execute(_JOBS, chosen).fetchall():
        by_base[row[0]].append(row)
    terms: dict[str, list[Dependency]] = defaultdict(list)
    for base, kind, on, delay_min in cur.execute(_TERMS, chosen).fetchall():
        terms[base].append(Dependency(kind=kind, job_id=on, delay_min=delay_min))
    return [_run_job(rows, tuple(terms[base])) for base, rows in by_base.items()]


def _run_job(rows: list[tuple[Any, ...]], terms: tuple[Dependency, ...]) -> RunJob:
    base, _, cluster, name, user, account, partition, *_ = rows[0]
    alive = [row for row in rows if not is_final(row[1])]
    main = alive[0] if alive else rows[0]
    return RunJob(
        cluster=cluster,
        job_id=base,
        name=name,
        user=user,
        account=account,
        partition=partition,
        states={row[1]: row[8] for row in rows},
        reason=main[7] or "",
        terms=terms,
        gpus=sum(row[9] for row in alive or rows),
        attempts=max(row[10] for row in rows),
        submit_time=aware(min((row[11] for row in rows if row[11]), default=None)),
        start_time=aware(min((row[12] for row in rows if row[12]), default=None)),
        end_time=None if alive else aware(max((row[13] for row in rows if row[13]), default=None)),
        time_limit_s=max((row[14] for row in rows if row[14] is not None), default=None),
        exit_code=max((row[15] or "" for row in rows), default=""),
        is_array=any(row[16] for row in rows),
    )


_BARS = f"""
    WITH members AS (
        SELECT *, {BASE_SQL} AS base, {STARTED_SQL} AS ran,
               row_number() OVER (PARTITION BY job_id_raw ORDER BY submit_time) AS number
        FROM (SELECT *, {FAMILY_SQL} AS family FROM jobs WHERE cluster = ? AND run_id = ?))
    SELECT base, first(name ORDER BY submit_time, job_id_raw), number, min(submit_time),
           min(start_time) FILTER (ran), CASE WHEN bool_or(in_queue) THEN NULL ELSE max(end_time) END, mode(state)
    FROM members GROUP BY base, number ORDER BY min(submit_time) NULLS LAST, base, number LIMIT {MAX_BARS}
"""


def _bars(cur: Cursor, cluster: str, run_id: str) -> list[Bar]:
    rows = cur.execute(_BARS, [cluster, run_id]).fetchall()
    return [
        Bar(
            job_id=base,
            name=name,
            attempt=number,
            submitted=aware(submitted),
            started=aware(started),
            ended=aware(ended),
            state=state,
        )
        for base, name, number, submitted, started, ended, state in rows
    ]


def run_metadata(cur: Cursor, cluster: str, run_id: str) -> RunMetadata:
    """What was captured of a run. Raises `InvalidInput` for one that does not exist."""
    sql = """
        SELECT captured_at, capture_error, batch_script, submit_command, work_dir, slurm_config, environment
        FROM runs WHERE cluster = ? AND run_id = ?
    """
    row = cur.execute(sql, [cluster, run_id]).fetchone()
    if row is None:
        raise UnknownJob("run", run_id, cluster)
    captured_at, error, script, command, work_dir, config, environment = row
    return RunMetadata(
        captured_at=aware(captured_at),
        error=error,
        batch_script=script,
        submit_command=command,
        work_dir=work_dir,
        slurm_config=_fields(config),
        environment=_fields(environment or ""),
        parameters=declared_parameters(command, script),
    )


def _fields(config: str) -> dict[str, str]:
    """The lines `Name=value`, as the capture left them."""
    pairs = (line.partition("=") for line in config.splitlines() if "=" in line)
    return {name.strip(): value for name, _, value in pairs}


def array_tasks(store: Store, *, cluster: str, job_id: str, limit: int = 500, offset: int = 0) -> JobPage:
    """The tasks of an array or the parts of a het job, by the number in front, each in its newest attempt.

    Raises `InvalidInput` for limits out of range.
    """
    sql = f"""
        SELECT {JOB_SELECT}, count(*) OVER () FROM (
            SELECT * FROM jobs WHERE cluster = $cluster AND {BASE_SQL} = $id AND run_id IS NOT DISTINCT FROM (
                SELECT run_id FROM jobs WHERE cluster = $cluster AND {BASE_SQL} = $id
                ORDER BY submit_time DESC NULLS LAST LIMIT 1)
            QUALIFY row_number() OVER (PARTITION BY job_id_raw ORDER BY submit_time DESC NULLS LAST) = 1)
        ORDER BY try_cast(regexp_extract(array_task_id, '^[0-9]+') AS BIGINT) NULLS LAST, het_offset, job_id
        LIMIT $limit OFFSET $offset
    """
    first, skipped = paged(limit, offset)
    values = {"cluster": clean(cluster), "id": clean(job_id), "limit": first, "offset": skipped}
    with store.read() as cur:
        rows = cur.execute(sql, values).fetchall()
    return JobPage(
        jobs=[job_of(row) for row in rows],
        total=rows[0][-1] if rows else 0,
        clusters=freshness(store, clusters=[cluster]),
    )
