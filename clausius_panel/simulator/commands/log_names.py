"""Log paths with their patterns filled in, as the controller does when a job starts."""

from __future__ import annotations

import re

from ..job import SimJob

__all__ = ["expand"]


def expand(job: SimJob) -> str:
    """The path of the job's output."""
    values = {
        "A": str(job.array_id or job.job_id),
        "a": "4294967294" if job.task is None else str(job.task),
        "j": str(job.job_id),
        "J": str(job.job_id),
        "u": job.user,
        "x": job.name,
        "N": next(iter(job.placement), ""),
        "%": "%",
    }
    return re.sub(r"%([AajJuxN%])", lambda match: values[match[1]], job.stdout)
