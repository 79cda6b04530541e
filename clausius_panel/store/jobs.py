"""Jobs as Slurm tells of them, merged into what is known.

A look at the queue and a window of accounting are merged in this order, in one transaction: `merge_queue`,
`merge_ended`, `mark_left`. All of them are idempotent: the same answer merged twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import Field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal

from ..model import ACTIVE_STATES, Job, is_final
from .engines import Cursor
from .values import Kind, arrow_table, naive

__all__ = [
    "JOB_COLUMNS",
    "LEFT",
    "count_lookups",
    "lost_jobs",
    "mark_left",
    "merge_ended",
    "merge_queue",
    "move_queue",
    "touch_queue",
]

JOB_COLUMNS: dict[str, str] = {field.name: field.name for field in fields(Job)} | {"user": "user_name"}
"""Field of `Job` -> column of the table jobs, in the order of the fields."""

LEFT = "left the queue, no accounting record yet"
"""The reason of a job in state UNKNOWN."""

Source = Literal["squeue", "sacct"]

Rule = Literal["keep", "held", "task", "whole", "known", "positive", "latest"]
"""How a new value meets an old one: "keep" lets no empty text erase it, "held" the same, and
it stays with a row that must not change; "known" no NULL, "positive" no 0; "task"
lets no plain number replace "123_4" (accounting tells a task by its raw id for some seconds after its end);
"whole" lets no name replace one that it may be a part of (accounting cuts names, and writes ` for ");
"latest" believes the newest word, and gives way where the row as a whole must not change."""

_INTEGERS = {"nodes", "cpus", "gpus", "het_offset", "restarts"}  # columns of type INTEGER


def _kind(field: Field[Any]) -> Kind:
    """What the column of a field of `Job` holds; the types of its class are strings such as "int | None"."""
    if field.name in _INTEGERS:
        return "int32"
    kinds: dict[str, Kind] = {"int": "int64", "str": "text", "datetime": "time"}
    return kinds[str(field.type).partition(" ")[0]]


_KINDS = {field.name: _kind(field) for field in fields(Job) if field.name != "cluster"}
_KEY = ("cluster", "job_id_raw", "submit_time")

_KEEP: dict[str, Rule] = {
    JOB_COLUMNS[name]: "keep"
    for name, kind in _KINDS.items()
    if kind == "text" and name not in (*_KEY, "state", "reason", "dependency")
}
_KEEP["job_id"] = "task"
_KEEP["exit_code"] = "held"  # the queue's raw status of a job shall not come after accounting's word
_KNOWN: dict[str, Rule] = dict.fromkeys(
    ["priority", "het_offset", "memory_mib", "eligible_time", "restarts"], "known"
)
_LATEST: dict[str, Rule] = dict.fromkeys(["state", "reason", "start_time", "end_time", "elapsed_s"], "latest")
_SIZES = ("nodes", "cpus", "gpus")

# squeue knows what the job is now; sacct does not know some of it, and says 0 or nothing then
_QUEUE_RULES = _KEEP | _KNOWN | _LATEST | dict.fromkeys(["dependency", "time_limit_s", *_SIZES], "latest")
_ENDED_RULES = (
    _KEEP
    | _KNOWN
    | _LATEST
    | dict.fromkeys(_SIZES, "positive")
    | {"name": "whole", "dependency": "keep", "time_limit_s": "known"}
)


def _resolved(name: str, rule: Rule) -> str:
    """SQL for the value of a column after incoming row i met old row o (NULLs where there was none)."""
    if rule == "keep":
        return f"CASE WHEN i.{name} = '' THEN coalesce(o.{name}, '') ELSE i.{name} END"
    if rule == "held":
        stays = f"i.{name} = '' OR (holds AND o.{name} <> '')"
        return f"CASE WHEN {stays} THEN coalesce(o.{name}, '') ELSE i.{name} END"
    if rule == "task":
        return f"CASE WHEN contains(o.{name}, '_') AND NOT contains(i.{name}, '_') THEN o.{name} ELSE i.{name} END"
    if rule == "whole":
        is_part = f"coalesce(starts_with(replace(o.{name}, '\"', '`'), i.{name}), false)"  # "" is a part of all
        return f"CASE WHEN {is_part} THEN o.{name} ELSE i.{name} END"
    if rule == "known":
        return f"coalesce(i.{name}, o.{name})"
    if rule == "positive":
        return f"CASE WHEN i.{name} = 0 THEN coalesce(o.{name}, 0) ELSE i.{name} END"
    return f"CASE WHEN holds THEN o.{name} ELSE i.{name} END"


def _resolution(source: Source, rules: dict[str, Rule], *, holds: str) -> str:
    """SQL that makes the table resolved: for each incoming row the row of jobs as it shall be.

    Where `holds` is true, the old row's state and what belongs to it stay.
    """
    new = {name: _resolved(name, rules[name]) for name in JOB_COLUMNS.values() if name not in _KEY}
    new["evidence"] = f"CASE WHEN holds THEN o.evidence WHEN i.ended THEN '{source}' ELSE '' END"
    if source == "squeue":
        in_queue, seen = "evidence = ''", "$at"
    else:
        in_queue, seen = "NOT i.ended AND o.in_queue", "CASE WHEN i.ended THEN $at ELSE o.last_seen END"
    differs = [f"{name} IS DISTINCT FROM o.{name}" for name in (*new, "in_queue") if name != "elapsed_s"]
    # in steps that name what they work out: written out in one, each CASE would be planned dozens of times
    return f"""
        CREATE TEMP TABLE resolved AS
        SELECT o.state AS old_state, holds, o.cluster IS NOT NULL AS known, {" OR ".join(differs)} AS changed,
               $cluster AS cluster, i.job_id_raw AS job_id_raw, i.submit_time AS submit_time,
               {", ".join(new)}, in_queue,
               coalesce(o.lookups, 0) AS lookups, coalesce(o.first_seen, $at) AS first_seen, {seen} AS last_seen,
               $at AS updated
        FROM (SELECT *, {in_queue} AS in_queue
              FROM (SELECT i, o, holds, {", ".join(f"{sql} AS {name}" for name, sql in new.items())}
                    FROM (SELECT i, o, {holds} AS holds
                          FROM incoming i LEFT JOIN (SELECT * FROM jobs WHERE cluster = $cluster) o
                              ON i.job_id_raw = o.job_id_raw AND i.submit_time IS NOT DISTINCT FROM o.submit_time
                          WHERE o.cluster IS NOT NULL OR i.ended OR '{source}' = 'squeue')))
    """


# Of an ended job the queue is believed only if it shows it alive again, and later: while it is completing it stays
# ended, the controller's word on how it ended does not replace that of accounting, and in one poll accounting is
# asked last. Accounting is believed in ends only: of other jobs it lags behind the queue.
_RESOLVE_QUEUE = _resolution(
    "squeue",
    _QUEUE_RULES,
    holds="coalesce((o.evidence <> '' AND i.state IN ('COMPLETING', 'STAGE_OUT')) "
    "OR (o.evidence = 'sacct' AND (i.ended OR o.last_seen = $at)), false)",
)
_RESOLVE_ENDED = _resolution("sacct", _ENDED_RULES, holds="NOT i.ended")

_EVENTS = """
    INSERT INTO job_events
    SELECT cluster, job_id_raw, submit_time, job_id, last_seen, old_state, state, reason, $source
    FROM resolved WHERE state IS DISTINCT FROM old_state
"""

_COLUMNS = [*JOB_COLUMNS.values(), "in_queue", "evidence", "lookups", "first_seen", "last_seen", "updated"]

# Not MERGE: in DuckDB 2.0 it once in some hundred times calls good rows of the same transaction corrupt, when one
# of its threads reads a row while another adds one.
_SAME = """t.cluster = s.cluster AND t.job_id_raw = s.job_id_raw
    AND t.submit_time IS NOT DISTINCT FROM s.submit_time"""

_UPDATE = f"""
    UPDATE jobs t SET {", ".join(f"{name} = s.{name}" for name in _COLUMNS)}
    FROM resolved s WHERE s.known AND s.changed AND {_SAME}
"""

_GO_ON = f"""
    UPDATE jobs t SET elapsed_s = s.elapsed_s, last_seen = s.last_seen
    FROM resolved s WHERE s.known AND NOT s.changed AND {_SAME}
"""

_INSERT = f"""
    INSERT INTO jobs ({", ".join(_COLUMNS)}) SELECT {", ".join(_COLUMNS)} FROM resolved WHERE NOT known
"""

_COUNT = """
    SELECT count(*) FILTER (known AND changed), count(*) FILTER (known AND NOT changed),
           count(*) FILTER (NOT known) FROM resolved
"""

_TOUCH = """
    UPDATE jobs SET elapsed_s = i.elapsed_s, last_seen = $at FROM incoming i
    WHERE jobs.cluster = $cluster AND jobs.job_id_raw = i.job_id_raw
        AND jobs.submit_time IS NOT DISTINCT FROM i.submit_time
"""

_MOVE = """
    UPDATE jobs SET priority = coalesce(i.priority, jobs.priority), reason = i.reason, start_time = i.start_time,
        end_time = i.end_time, elapsed_s = i.elapsed_s, last_seen = $at, updated = $at
    FROM incoming i
    WHERE jobs.cluster = $cluster AND jobs.job_id_raw = i.job_id_raw
        AND jobs.submit_time IS NOT DISTINCT FROM i.submit_time
"""

_LEFT_EVENTS = """
    INSERT INTO job_events
    SELECT cluster, job_id_raw, submit_time, job_id, $at, state, 'UNKNOWN', $reason, ''
    FROM jobs WHERE cluster = $cluster AND in_queue AND last_seen <> $at AND state <> 'UNKNOWN'
"""

_LEFT_JOBS = """
    UPDATE jobs SET in_queue = false, state = 'UNKNOWN', reason = $reason, end_time = NULL, updated = $at
    WHERE cluster = $cluster AND in_queue AND last_seen <> $at
"""


def merge_queue(cur: Cursor, cluster: str, jobs: Collection[Job], *, at: datetime) -> None:
    """What `squeue` showed at `at`.

    It is believed in everything but this: an ended job that it still shows as completing stays ended, and what
    accounting says of an end is not replaced by the controller's word. `at` must differ from look to look.
    """
    _merge(cur, cluster, jobs, at=at, source="squeue", resolve=_RESOLVE_QUEUE)


def touch_queue(cur: Cursor, cluster: str, jobs: Collection[Job], *, at: datetime) -> None:
    """The queue still shows these jobs at `at` as it did at the last look; only their running time is new."""
    _update(cur, cluster, jobs, ("elapsed_s",), _TOUCH, at=at)


def move_queue(cur: Cursor, cluster: str, jobs: Collection[Job], *, at: datetime) -> None:
    """These jobs wait at `at` as at the last look, but for priority, reason and the times that are expected."""
    _update(cur, cluster, jobs, ("elapsed_s", "priority", "reason", "start_time", "end_time"), _MOVE, at=at)


def _update(
    cur: Cursor, cluster: str, jobs: Collection[Job], names: Sequence[str], sql: str, *, at: datetime
) -> None:
    if not jobs:
        return
    columns: dict[str, tuple[Kind, list[Any]]] = {
        name: (_KINDS[name], [getattr(job, name) for job in jobs])
        for name in ("job_id_raw", "submit_time", *names)
    }
    cur.register("incoming", arrow_table(columns))
    try:
        cur.execute(sql, {"cluster": cluster, "at": naive(at)})
    finally:
        cur.unregister("incoming")


def merge_ended(cur: Cursor, cluster: str, jobs: Collection[Job], *, at: datetime) -> None:
    """What `sacct` told at `at`. Only ends are believed: of a job that has none it lags behind the queue."""
    _merge(cur, cluster, jobs, at=at, source="sacct", resolve=_RESOLVE_ENDED)


def mark_left(cur: Cursor, cluster: str, *, at: datetime) -> int:
    """Jobs that the queue does not show any more, after a look at `at` was merged; gives their number.

    Without a word on how they ended they are UNKNOWN, to be looked up: see `lost_jobs`.
    """
    cur.execute(_LEFT_EVENTS, {"cluster": cluster, "at": naive(at), "reason": LEFT})
    [(count,)] = cur.execute(_LEFT_JOBS, {"cluster": cluster, "at": naive(at), "reason": LEFT}).fetchall()
    return int(count)


def lost_jobs(cur: Cursor, cluster: str, *, limit: int, max_lookups: int = 30) -> list[str]:
    """Raw ids of jobs that left the queue without a record, the latest first, to be asked of accounting.

    Those that were looked up `max_lookups` times in vain are left in peace.
    """
    sql = """
        SELECT job_id_raw FROM jobs
        WHERE cluster = ? AND NOT in_queue AND state = 'UNKNOWN' AND lookups < ?
        GROUP BY job_id_raw ORDER BY min(lookups), max(last_seen) DESC, job_id_raw LIMIT ?
    """
    return [job_id for (job_id,) in cur.execute(sql, [cluster, max_lookups, limit]).fetchall()]


def count_lookups(cur: Cursor, cluster: str, job_ids: Sequence[str]) -> None:
    """Count one more lookup for those of these raw ids that are still lost, after its answer was merged."""
    cur.execute(
        "UPDATE jobs SET lookups = lookups + 1 WHERE cluster = ? AND NOT in_queue AND state = 'UNKNOWN' "
        "AND job_id_raw IN (SELECT unnest(?))",
        [cluster, list(job_ids)],
    )


def _merge(
    cur: Cursor, cluster: str, jobs: Collection[Job], *, at: datetime, source: Source, resolve: str
) -> None:
    if not jobs:
        return
    cur.register("incoming", arrow_table(_columns(jobs, source=source)))
    try:
        cur.execute(resolve, {"cluster": cluster, "at": naive(at)})
    finally:
        cur.unregister("incoming")
    cur.execute(_EVENTS, {"source": source})
    [counts] = cur.execute(_COUNT).fetchall()
    for statement, rows in zip((_UPDATE, _GO_ON, _INSERT), counts, strict=True):
        if rows:  # else planning it takes a millisecond or two for nothing
            cur.execute(statement)
    cur.execute("DROP TABLE resolved")


def _columns(jobs: Collection[Job], *, source: Source) -> dict[str, tuple[Kind, list[Any]]]:
    """The batch and whether each job has ended; of two rows with the same key the later one."""
    if len({job.job_id_raw for job in jobs}) < len(jobs):
        jobs = {(job.job_id_raw, job.submit_time): job for job in jobs}.values()
    columns = {JOB_COLUMNS[name]: (kind, list(map(attrgetter(name), jobs))) for name, kind in _KINDS.items()}
    return columns | {"ended": ("bool", [_has_ended(job, source) for job in jobs])}


def _has_ended(job: Job, source: Source) -> bool:
    """Whether this is news of an end; a state that Slurm adds tomorrow is one if accounting has a time for it."""
    if is_final(job.state):
        return True
    is_unheard_of = job.state not in ACTIVE_STATES and job.state != "UNKNOWN"
    return source == "sacct" and is_unheard_of and job.end_time is not None
