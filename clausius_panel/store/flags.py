"""What people hid from the board or keep on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from .engines import Cursor
from .values import clean

__all__ = [
    "SHOWN_SQL",
    "FlaggedRow",
    "count_shown",
    "hide_jobs",
    "hide_states",
    "pin_jobs",
    "put_flags",
    "show_jobs",
    "shown_rows",
    "unseen_jobs",
]

SHOWN_SQL = "hidden_state IS DISTINCT FROM state"
"""SQL: not hidden. A hidden job comes back when its state changes, a requeued one as the new row that it is."""

FlaggedRow = tuple[str, str, datetime | None, bool | None]
"""A row of jobs and whether it was pinned: cluster, job_id_raw, submit_time (naive), pinned."""

_IDS = """(job_id IN (SELECT unnest($ids)) OR job_id_raw IN (SELECT unnest($ids))
    OR (array_job_id <> '' AND array_job_id IN (SELECT unnest($ids))))"""
"""SQL for jobs by any of their ids; an array's own is all of its tasks."""

_UNSEEN = """
    SELECT id FROM (SELECT unnest($ids) AS id)
    WHERE id NOT IN (SELECT unnest([job_id, job_id_raw, array_job_id]) FROM jobs WHERE cluster = $cluster)
"""
_HIDE = "UPDATE jobs SET hidden_state = state, pinned = false"


def hide_states(cur: Cursor, states: Collection[str], *, clusters: Collection[str] = (), project: str = "") -> int:
    """Hide the jobs that ended in one of these states; how many. No states hide nothing."""
    where, values = _ended_in(states, clusters, project)
    [(count,)] = cur.execute(f"{_HIDE} WHERE {where}", values).fetchall()
    return int(count)


def count_shown(cur: Cursor, states: Collection[str], *, clusters: Collection[str] = (), project: str = "") -> int:
    """How many jobs `hide_states` would hide."""
    where, values = _ended_in(states, clusters, project)
    [(count,)] = cur.execute(f"SELECT count(*) FROM jobs WHERE {where}", values).fetchall()
    return int(count)


def shown_rows(
    cur: Cursor, states: Collection[str], *, clusters: Collection[str] = (), project: str = ""
) -> list[FlaggedRow]:
    """The rows that `hide_states` would hide, as `put_flags` takes them to show them again."""
    where, values = _ended_in(states, clusters, project)
    sql = f"SELECT cluster, job_id_raw, submit_time, pinned FROM jobs WHERE {where}"
    rows: list[FlaggedRow] = cur.execute(sql, values).fetchall()
    return rows


def put_flags(cur: Cursor, rows: Sequence[FlaggedRow]) -> int:
    """Show these rows again, pinned as they were; how many there still are."""
    sql = """
        UPDATE jobs SET hidden_state = NULL, pinned = f.pinned
        FROM (SELECT unnest($clusters) AS cluster, unnest($ids) AS id, unnest($times) AS at,
                     unnest($pins) AS pinned) f
        WHERE jobs.cluster = f.cluster AND job_id_raw = f.id AND submit_time IS NOT DISTINCT FROM f.at
    """
    if not rows:
        return 0
    clusters, ids, times, pins = (list(column) for column in zip(*rows, strict=True))
    values = {"clusters": clusters, "ids": ids, "times": times, "pins": pins}
    [(count,)] = cur.execute(sql, values).fetchall()
    return int(count)


def _ended_in(states: Collection[str], clusters: Collection[str], project: str) -> tuple[str, dict[str, Any]]:
    where = f"{SHOWN_SQL} AND NOT in_queue AND state IN (SELECT unnest($states))"
    values: dict[str, Any] = {"states": list(states)}
    if clusters:
        where += " AND cluster IN (SELECT unnest($clusters))"
        values["clusters"] = list(clusters)
    if project:
        where += " AND project = $project"
        values["project"] = clean(project)
    return where, values


def unseen_jobs(cur: Cursor, cluster: str, job_ids: Collection[str]) -> list[str]:
    """Those of these ids that no job of the cluster has."""
    rows = cur.execute(_UNSEEN, {"cluster": clean(cluster), "ids": list(job_ids)}).fetchall()
    return [job_id for (job_id,) in rows]


def hide_jobs(cur: Cursor, cluster: str, job_ids: Collection[str]) -> int:
    """Hide these jobs until their state changes, in the queue or not; how many rows that are."""
    sql = f"{_HIDE} WHERE cluster = $cluster AND {_IDS}"
    [(count,)] = cur.execute(sql, {"cluster": cluster, "ids": list(job_ids)}).fetchall()
    return int(count)


def show_jobs(cur: Cursor, cluster: str, job_ids: Collection[str]) -> int:
    """Show these jobs again that were hidden; how many rows that are."""
    sql = f"UPDATE jobs SET hidden_state = NULL WHERE cluster = $cluster AND {_IDS}"
    [(count,)] = cur.execute(sql, {"cluster": cluster, "ids": list(job_ids)}).fetchall()
    return int(count)


def pin_jobs(cur: Cursor, cluster: str, job_ids: Collection[str], *, pinned: bool = True) -> int:
    """Keep these jobs on the board until they are hidden, however long ago they ended; how many rows that are."""
    sql = (
        "UPDATE jobs SET pinned = $pinned, hidden_state = CASE WHEN $pinned THEN NULL ELSE hidden_state END "
        f"WHERE cluster = $cluster AND {_IDS}"
    )
    values = {"cluster": cluster, "ids": list(job_ids), "pinned": pinned}
    [(count,)] = cur.execute(sql, values).fetchall()
    return int(count)
