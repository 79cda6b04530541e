"""Tasks of arrays that we cancelled before they started: Slurm keeps no record of them, so we do.

Such a task was never more than a number in the list of those that wait. All of an array are one row, under an id
such as `12_[3-5,9]`. What they are is worked out anew after each look at the queue: of the tasks that we cancelled
those that neither wait any more nor have a record of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model.task_list import part_of, tasks_of
from .engines import Cursor
from .store import Store
from .values import naive

__all__ = ["BEFORE_START", "keep_cancelled_tasks", "queued_of_arrays"]

BEFORE_START = "cancelled from here before it started"
"""The reason of such tasks."""

RECENT = timedelta(days=1)
"""Arrays of which nothing was cancelled for so long are left as they are: accounting has told all it knows."""

_ACTS = """
    SELECT target, max(at_time) FROM audit
    WHERE cluster = $cluster AND action = 'cancel' AND outcome = 'done' AND contains(target, '_')
        AND split_part(target, '_', 1) IN (
            SELECT split_part(target, '_', 1) FROM audit
            WHERE cluster = $cluster AND action = 'cancel' AND outcome = 'done' AND at_time > $since)
    GROUP BY target
"""

_IS_OURS = "NOT in_queue AND evidence = '' AND state = 'CANCELLED'"

_OF_ARRAY = f"""
    SELECT job_id, {_IS_OURS} FROM jobs WHERE cluster = $cluster AND array_job_id = $array
        AND coalesce(try_cast(array_task_id AS BIGINT) BETWEEN $first AND $last, true)
"""

_MODEL = f"""
    SELECT job_id_raw, submit_time FROM jobs
    WHERE cluster = $cluster AND array_job_id = $array AND NOT ({_IS_OURS})
    ORDER BY contains(job_id, '[') DESC, submit_time DESC LIMIT 1
"""

_DROP = (
    f"DELETE FROM job_events WHERE cluster = $cluster AND job_id_raw = $old AND reason = '{BEFORE_START}'",
    f"DELETE FROM jobs WHERE cluster = $cluster AND array_job_id = $array AND {_IS_OURS}",
)

_KEEP = (
    f"""INSERT INTO jobs SELECT * REPLACE (
            $id AS job_id, $id AS job_id_raw, $tasks AS array_task_id, 'CANCELLED' AS state,
            '{BEFORE_START}' AS reason, '' AS dependency, NULL AS start_time, $ended AS end_time, 0 AS elapsed_s,
            '' AS node_list, '' AS exit_code, NULL AS restarts, false AS in_queue, '' AS evidence, 0 AS lookups,
            $at AS first_seen, $at AS last_seen, $at AS updated, NULL AS hidden_state, NULL AS pinned,
            NULL AS total_cpu_s, NULL AS ave_cpu_s, NULL AS max_rss_mib, NULL AS used_at)
        FROM jobs
        WHERE cluster = $cluster AND job_id_raw = $raw AND submit_time IS NOT DISTINCT FROM $submitted""",
    f"""INSERT INTO job_events
        SELECT cluster, job_id_raw, submit_time, job_id, $ended, 'PENDING', state, '{BEFORE_START}', ''
        FROM jobs WHERE cluster = $cluster AND job_id_raw = $id""",
)


def keep_cancelled_tasks(cur: Cursor, cluster: str, *, at: datetime) -> int:
    """Bring the rows of such tasks up to date, after a look at `at` was merged; how many arrays changed.

    To be called after `mark_left` and before `assign_runs`, in the same transaction.
    """
    rows = cur.execute(_ACTS, {"cluster": cluster, "since": naive(at - RECENT)}).fetchall()
    cancelled: dict[str, list[tuple[frozenset[int], datetime]]] = defaultdict(list)
    for target, when in rows:
        array, tasks = tasks_of(target)
        if array:
            cancelled[array].append((tasks, when))
    return sum(_keep(cur, cluster, array, acts, naive(at)) for array, acts in cancelled.items())


def queued_of_arrays(store: Store, cluster: str, arrays: Iterable[str]) -> list[str]:
    """The ids of tasks of these arrays that the queue showed last, those that wait as one, such as `12_[3-5]`."""
    sql = "SELECT job_id FROM jobs WHERE cluster = ? AND in_queue AND array_job_id IN (SELECT unnest(?))"
    with store.read() as cur:
        return [job_id for (job_id,) in cur.execute(sql, [cluster, list(arrays)]).fetchall()]


def _keep(
    cur: Cursor, cluster: str, array: str, acts: list[tuple[frozenset[int], datetime]], at: datetime | None
) -> bool:
    known: set[int] = set()
    ours = ""
    wanted = [task for tasks, _ in acts for task in tasks]
    values = {"cluster": cluster, "array": array, "first": min(wanted), "last": max(wanted)}
    for job_id, is_ours in cur.execute(_OF_ARRAY, values).fetchall():
        if is_ours:
            ours = job_id
        else:
            known |= tasks_of(job_id)[1]
    model = cur.execute(_MODEL, {"cluster": cluster, "array": array}).fetchone()
    if model is None:  # nothing is known of it: our own act is all there is
        return False
    raw, submitted = model
    # an array of this number that was cancelled before this one was submitted is another
    later = [(tasks, when) for tasks, when in acts if submitted is None or when >= submitted]
    gone = frozenset[int]().union(*(tasks for tasks, _ in later)) - known
    job_id = part_of(array, gone) if gone else ""
    if job_id == ours:
        return False
    if ours:
        for statement in _DROP:
            _run(cur, statement, {"cluster": cluster, "array": array, "old": ours})
    if job_id:
        ended = max(when for tasks, when in later if tasks & gone)
        values |= {"raw": raw, "submitted": submitted, "id": job_id, "ended": ended, "at": at}
        values |= {"tasks": job_id.partition("_")[2].strip("[]")}
        for statement in _KEEP:
            _run(cur, statement, values)
    return True


def _run(cur: Cursor, statement: str, values: dict[str, object]) -> None:
    """Give a statement those of the values that it names: DuckDB takes no others."""
    cur.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
