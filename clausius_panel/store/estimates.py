"""The table start_estimates: when Slurm expected waiting jobs to start, and how it changed its mind."""

from __future__ import annotations

from datetime import datetime

from .engines import Cursor
from .values import naive

__all__ = ["record_estimates"]

_RECORD = """
    INSERT INTO start_estimates
    SELECT j.cluster, j.job_id_raw, j.submit_time, $at, j.start_time
    FROM jobs j LEFT JOIN (
        SELECT cluster, job_id_raw, submit_time, arg_max(estimate, at_time) AS estimate
        FROM start_estimates WHERE cluster = $cluster GROUP BY ALL) e
        ON j.cluster = e.cluster AND j.job_id_raw = e.job_id_raw
            AND j.submit_time IS NOT DISTINCT FROM e.submit_time
    WHERE j.cluster = $cluster AND j.in_queue AND j.updated = $at AND j.state = 'PENDING' AND j.start_time > $at
        AND (e.estimate IS NULL
             OR abs(epoch(j.start_time) - epoch(e.estimate))
                 > greatest(300, 0.1 * (epoch(j.start_time) - epoch($at::TIMESTAMP))))
"""


def record_estimates(cur: Cursor, cluster: str, *, at: datetime) -> None:
    """Keep what the look at the queue at `at` (which was merged) says of the start of waiting jobs.

    An estimate is kept if it is a job's first, or differs from its last by more than 5 minutes and by more than a
    tenth of the wait that is left: schedulers move their estimates by seconds all the time.
    """
    cur.execute(_RECORD, {"cluster": cluster, "at": naive(at)})
