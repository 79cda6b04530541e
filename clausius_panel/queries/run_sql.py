"""SQL that the questions about runs and projects share."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidInput
from ..model import Job
from ..store import JOB_COLUMNS, aware
from ..store.runs import BASE_SQL
from .filters import FAMILY_SQL

__all__ = ["JOB_SELECT", "MEMBERS_SQL", "STARTED_SQL", "TASKS_SQL", "job_of", "paged"]

MAX_LIMIT = 20_000

TASKS_SQL = r"""
    CASE WHEN regexp_full_match(array_task_id, '[0-9]*') THEN 1 ELSE greatest(1,
        list_sum(list_transform(string_split(regexp_replace(array_task_id, '%.*$', ''), ','), lambda part:
            coalesce((try_cast(regexp_extract(part, '-([0-9]+)', 1) AS BIGINT)
                      - try_cast(regexp_extract(part, '^([0-9]+)', 1) AS BIGINT))
                     // coalesce(nullif(try_cast(regexp_extract(part, ':([0-9]+)', 1) AS BIGINT), 0), 1) + 1,
                     1))))::BIGINT
    END
"""
"""SQL: how many tasks a row stands for; the unstarted rest of an array (`5-9:2,12%3`) is one row."""

STARTED_SQL = (
    "(start_time IS NOT NULL AND (elapsed_s > 0 OR family IN ('running', 'transition', 'completed', 'failed')))"
)
"""SQL over `MEMBERS_SQL`: whether start_time is a fact; of a job that waits it is Slurm's guess."""

_IN_PART = r"""
    try_cast(n.array_task_id AS BIGINT) BETWEEN try_cast(regexp_extract(part, '^([0-9]+)', 1) AS BIGINT)
        AND try_cast(regexp_extract(part, '^(?:[0-9]+-)?([0-9]+)', 1) AS BIGINT)
    AND (try_cast(n.array_task_id AS BIGINT) - try_cast(regexp_extract(part, '^([0-9]+)', 1) AS BIGINT))
        % coalesce(nullif(try_cast(regexp_extract(part, ':([0-9]+)', 1) AS BIGINT), 0), 1) = 0
"""
"""SQL: whether the task n.array_task_id is in `part`, one span of a list such as `5-9:2,12`."""

_AGAIN = f"""
    SELECT n.cluster, n.job_id_raw FROM jobs n JOIN (
        SELECT cluster, run_id, array_job_id,
               unnest(string_split(regexp_replace(array_task_id, '%.*$', ''), ',')) AS part
        FROM jobs JOIN (SELECT unnest($clusters) AS cluster, unnest($run_ids) AS run_id) USING (cluster, run_id)
        WHERE in_queue AND array_job_id <> '' AND NOT regexp_full_match(array_task_id, '[0-9]*')) w
        ON n.cluster = w.cluster AND n.run_id = w.run_id AND n.array_job_id = w.array_job_id
    WHERE NOT n.in_queue AND {_IN_PART}
"""
"""SQL: tasks that ended and wait again, among those of their array that wait."""

MEMBERS_SQL = f"""
    SELECT j.*, {BASE_SQL} AS base, {FAMILY_SQL} AS family, {TASKS_SQL} AS tasks,
           count(*) OVER same AS attempts
    FROM jobs j SEMI JOIN (SELECT unnest($clusters) AS cluster, unnest($run_ids) AS run_id) p
        ON j.cluster = p.cluster AND j.run_id = p.run_id
    ANTI JOIN ({_AGAIN}) again ON j.cluster = again.cluster AND j.job_id_raw = again.job_id_raw
    WINDOW same AS (PARTITION BY j.cluster, j.job_id_raw)
    QUALIFY row_number() OVER (PARTITION BY j.cluster, j.job_id_raw ORDER BY submit_time DESC NULLS LAST) = 1
"""
"""SQL: the jobs of the runs $clusters, $run_ids (two lists of one length), each in its newest attempt.

Of a task that was requeued this is its place among those of the array that wait: the row of its end is left out.
"""

_COLUMNS = list(JOB_COLUMNS)
JOB_SELECT = ", ".join(JOB_COLUMNS.values())
"""The columns of `job_of`."""


def job_of(row: tuple[Any, ...]) -> Job:
    """The job in the first columns of a row of `JOB_SELECT`."""
    values = dict(zip(_COLUMNS, row, strict=False))
    return Job(**values | {name: aware(values[name]) for name in _COLUMNS if name.endswith("_time")})


def paged(limit: int, offset: int) -> list[int]:
    """The values of LIMIT ? OFFSET ?. Raises `InvalidInput`."""
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidInput("limit", limit, f"use 0 to {MAX_LIMIT}")
    if offset < 0:
        raise InvalidInput("offset", offset, "use 0 or more")
    return [limit, offset]
