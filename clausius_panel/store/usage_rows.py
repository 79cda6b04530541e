"""Which ended jobs still lack what they used, for the polls that ask for it a few at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .engines import Cursor
from .values import naive

__all__ = ["mark_used", "unused_jobs"]

_GRACE = timedelta(minutes=1)  # accounting hears of the last step a little after the job's end

_UNUSED = """
    SELECT job_id_raw FROM jobs
    WHERE cluster = $cluster AND used_at IS NULL AND NOT in_queue AND evidence IN ('squeue', 'sacct')
        AND start_time IS NOT NULL AND end_time BETWEEN $since AND $until AND regexp_full_match(job_id_raw,
        '[0-9]+')
    GROUP BY job_id_raw ORDER BY max(end_time) DESC LIMIT $limit
"""


def unused_jobs(cur: Cursor, cluster: str, *, at: datetime, days: int, limit: int) -> list[str]:
    """Raw ids of jobs that polls saw ending in the last `days` and of which nobody asked what their steps used.

    The latest come first.
    """
    values = {
        "cluster": cluster,
        "since": naive(at - timedelta(days=days)),
        "until": naive(at - _GRACE),
        "limit": limit,
    }
    return [job_id for (job_id,) in cur.execute(_UNUSED, values).fetchall()]


def mark_used(cur: Cursor, cluster: str, job_ids: Sequence[str], *, at: datetime) -> None:
    """These were asked for at `at`: those of which accounting had nothing to tell are left in peace."""
    cur.execute(
        "UPDATE jobs SET used_at = ? WHERE cluster = ? AND used_at IS NULL AND NOT in_queue AND evidence <> '' "
        "AND job_id_raw IN (SELECT unnest(?))",
        [naive(at), cluster, list(job_ids)],
    )
