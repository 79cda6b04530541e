"""Old records: which they are, and their end. Only rows of this store; no file is ever touched."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from .engines import Cursor
from .values import naive

__all__ = ["count_old", "delete_old"]

_OLD = """
    SELECT j.cluster, j.job_id_raw, j.submit_time FROM jobs j
    LEFT JOIN runs r ON r.cluster = j.cluster AND r.run_id = j.run_id
    WHERE NOT j.in_queue AND coalesce(j.end_time, j.last_seen) < $before AND NOT coalesce(j.pinned, false)
        AND NOT coalesce(r.starred OR r.notes <> '', false)
"""
_OF_JOBS = ("job_events", "job_dependencies", "job_stats", "start_estimates", "jobs")
_SAME = (
    "{t}.cluster = o.cluster AND {t}.job_id_raw = o.job_id_raw "
    "AND {t}.submit_time IS NOT DISTINCT FROM o.submit_time"
)
_EMPTY_RUNS = """
    DELETE FROM runs WHERE NOT starred AND notes = ''
        AND (cluster, run_id) NOT IN (SELECT (cluster, run_id) FROM jobs WHERE run_id IS NOT NULL)
"""


def _selected(before: datetime, clusters: Collection[str]) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"before": naive(before)}
    if not clusters:
        return _OLD, values
    return f"{_OLD} AND j.cluster IN (SELECT unnest($clusters))", values | {"clusters": list(clusters)}


def count_old(cur: Cursor, before: datetime, *, clusters: Collection[str] = ()) -> int:
    """How many jobs ended before, in no marked or commented run and not pinned."""
    sql, values = _selected(before, clusters)
    [(count,)] = cur.execute(f"SELECT count(*) FROM ({sql})", values).fetchall()
    return int(count)


def delete_old(cur: Cursor, before: datetime, *, clusters: Collection[str] = ()) -> int:
    """Forget these jobs with all that belongs to them, and runs that have no job any more; how many jobs."""
    sql, values = _selected(before, clusters)
    cur.execute(f"CREATE TEMP TABLE old_jobs AS {sql}", values)
    [(count,)] = cur.execute("SELECT count(*) FROM old_jobs").fetchall()
    for table in _OF_JOBS:
        cur.execute(f"DELETE FROM {table} USING old_jobs o WHERE {_SAME.format(t=table)}")
    cur.execute("DROP TABLE old_jobs")
    cur.execute(_EMPTY_RUNS)
    return int(count)
