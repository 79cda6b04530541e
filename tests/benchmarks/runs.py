"""20,000 jobs grouped into runs, and what ten times as many cost more."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta

from clausius_panel.model import Job
from clausius_panel.model.grouping import group_jobs

from .figure import Figure, median, spread, timed

__all__ = ["measure"]

JOBS = 20_000
ROUNDS = 9
PIPELINE = 5  # jobs of which the last waits for the one before it


def _jobs(count: int) -> list[Job]:
    """Evaluations of several people, in stages that are judged at the end; every tenth job is an array task."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    jobs = []
    for i in range(1, count + 1):
        pipeline, stage = divmod(i, PIPELINE)
        is_judge = stage == PIPELINE - 1
        jobs.append(
            Job(
                cluster="alpha",
                job_id=str(i),
                job_id_raw=str(i),
                submit_time=start + timedelta(seconds=37 * i),
                name=f"proj_c{pipeline % 7}_eval-{pipeline}" + ("-judge-rs0" if is_judge else f"-rs{stage}"),
                user=f"user{pipeline % 11}",
                dependency=f"afterok:{i - 1}(unfulfilled)" if is_judge else "",
                array_job_id=str(i - i % 1000 or 1) if i % 10 == 0 else "",
            )
        )
    return jobs


def _processing(jobs: list[Job]) -> float:
    begun = time.process_time()
    group_jobs(jobs)
    return time.process_time() - begun


def measure() -> list[Figure]:
    """Wall time for the one; processor time for how it grows, which is no matter of who else is at work."""
    few, many = _jobs(JOBS // 10), _jobs(JOBS)
    walls = [timed(lambda: group_jobs(many)) for _ in range(ROUNDS)]
    ratios = [_processing(many) / _processing(few) for _ in range(ROUNDS)]
    runs = len(group_jobs(many))
    return [
        Figure(
            what=f"{JOBS:,} jobs grouped into runs, seconds",
            value=median(walls),
            reach=0.2,
            how=f"{spread(walls)}; {runs:,} runs",
        ),
        Figure(
            what=f"{JOBS:,} jobs / {JOBS // 10:,} jobs: processor time",
            value=statistics.median(ratios),
            reach=12.0,
            how=f"median of {ROUNDS} pairs, {min(ratios):.1f} to {max(ratios):.1f}",
        ),
    ]
