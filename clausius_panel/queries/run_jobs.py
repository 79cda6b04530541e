"""The single jobs of a run, for verbs that take jobs."""

from __future__ import annotations

from typing import Literal

from ..model.reason import HELD_STATES
from ..store import Store, clean
from ..store.runs import find_run, jobs_in_queue
from .filters import HELD_SQL

__all__ = ["queued_job_ids", "run_job_ids"]

_WAITING = {
    "waiting": f"state = 'PENDING' AND NOT {HELD_SQL}",
    "held": f"({HELD_SQL} OR state IN {tuple(sorted(HELD_STATES))})",
}


def run_job_ids(store: Store, *, cluster: str, run_id: str) -> list[str]:
    """The ids of all jobs and tasks of a run, by its id or any of its jobs'. Raises `InvalidInput`."""
    with store.read() as cur:
        found = find_run(cur, clean(cluster), clean(run_id))
        sql = "SELECT DISTINCT job_id FROM jobs WHERE cluster = ? AND run_id = ? ORDER BY 1"
        return [job_id for (job_id,) in cur.execute(sql, [clean(cluster), found]).fetchall()]


def queued_job_ids(
    store: Store, *, cluster: str, run_id: str, which: Literal["all", "waiting", "held"]
) -> list[str]:
    """The ids of a run's jobs that are in the queue, or of those that wait and are not held, or are.

    Of "all" arrays are one id, the number in front. Raises `InvalidInput` for a run that was never seen.
    """
    with store.read() as cur:
        found = find_run(cur, clean(cluster), clean(run_id))
        if which == "all":
            return jobs_in_queue(cur, clean(cluster), found)
        chosen = f"cluster = ? AND run_id = ? AND in_queue AND {_WAITING[which]}"
        sql = f"SELECT job_id FROM jobs WHERE {chosen} ORDER BY 1"
        return [job_id for (job_id,) in cur.execute(sql, [clean(cluster), found]).fetchall()]
