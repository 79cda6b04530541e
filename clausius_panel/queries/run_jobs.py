"""The single jobs of a run, for verbs that take jobs."""

from __future__ import annotations

from ..store import Store, clean
from ..store.runs import find_run

__all__ = ["run_job_ids"]


def run_job_ids(store: Store, *, cluster: str, run_id: str) -> list[str]:
    """The ids of all jobs and tasks of a run, by its id or any of its jobs'. Raises `InvalidInput`."""
    with store.read() as cur:
        found = find_run(cur, clean(cluster), clean(run_id))
        sql = "SELECT DISTINCT job_id FROM jobs WHERE cluster = ? AND run_id = ? ORDER BY 1"
        return [job_id for (job_id,) in cur.execute(sql, [clean(cluster), found]).fetchall()]
