"""What people hid from the board or keep on it."""

from __future__ import annotations

from collections.abc import Collection

from .lease import Cursor
from .values import clean

__all__ = ["SHOWN_SQL", "hide_jobs", "hide_states", "pin_jobs"]

SHOWN_SQL = "hidden_state IS DISTINCT FROM state"
"""SQL: not hidden. A hidden job comes back when its state changes, a requeued one as the new row that it is."""

_IDS = "(job_id IN (SELECT unnest($ids)) OR job_id_raw IN (SELECT unnest($ids)))"
_HIDE = "UPDATE jobs SET hidden_state = state, pinned = false"


def hide_states(cur: Cursor, states: Collection[str], *, clusters: Collection[str] = (), project: str = "") -> int:
    """Hide the jobs that ended in one of these states; how many. No states hide nothing."""
    where = f"{SHOWN_SQL} AND NOT in_queue AND state IN (SELECT unnest($states))"
    values: dict[str, object] = {"states": list(states)}
    if clusters:
        where += " AND cluster IN (SELECT unnest($clusters))"
        values["clusters"] = list(clusters)
    if project:
        where += " AND project = $project"
        values["project"] = clean(project)
    [(count,)] = cur.execute(f"{_HIDE} WHERE {where}", values).fetchall()
    return int(count)


def hide_jobs(cur: Cursor, cluster: str, job_ids: Collection[str]) -> int:
    """Hide these jobs until their state changes, in the queue or not; how many rows that are."""
    sql = f"{_HIDE} WHERE cluster = $cluster AND {_IDS}"
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
