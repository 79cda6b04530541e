"""How a project has done: what ended well, week by week, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import InvalidInput
from ..store import Store, aware, clean
from .filters import FAMILY_SQL
from .run_sql import TASKS_SQL

__all__ = ["ProjectHistory", "ProjectWeek", "project_history"]

MAX_WEEKS = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectWeek:
    """What ended in one week, and the time on GPUs that it took."""

    start: datetime  # UTC, Monday 00:00
    completed: int
    failed: int
    cancelled: int
    gpu_hours: float
    cpu_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectHistory:
    """The weeks, oldest first, without gaps; the last one is the current one."""

    weeks: list[ProjectWeek]

    @property
    def success_rate(self) -> float | None:
        """Completed of completed and failed, 0 to 1; None where nothing ended."""
        completed, failed = sum(one.completed for one in self.weeks), sum(one.failed for one in self.weeks)
        return completed / (completed + failed) if completed + failed else None

    @property
    def gpu_hours(self) -> float:
        """Of all weeks."""
        return sum(one.gpu_hours for one in self.weeks)


_SQL = f"""
    SELECT date_trunc('week', end_time)::TIMESTAMP AS week, family, sum(tasks)::BIGINT,
           sum(tasks * gpus * elapsed_s) / 3600.0, sum(tasks * cpus * elapsed_s) / 3600.0
    FROM (SELECT *, {FAMILY_SQL} AS family, {TASKS_SQL} AS tasks FROM jobs
          WHERE project = ? AND NOT in_queue AND end_time >= ?)
    GROUP BY ALL
"""


def project_history(
    store: Store, name: str, *, weeks: int = 12, campaign: str = "", now: datetime | None = None
) -> ProjectHistory:
    """The last `weeks` weeks (Monday to Sunday, UTC) of a project. Raises `InvalidInput`."""
    if not 1 <= weeks <= MAX_WEEKS:
        raise InvalidInput("weeks", weeks, f"use 1 to {MAX_WEEKS}")
    today = (now or datetime.now(UTC)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in reversed(range(weeks))]
    sql, values = _SQL, [clean(name), starts[0].replace(tzinfo=None)]
    if campaign:
        sql = sql.replace("project = ?", "campaign = ? AND project = ?")
        values.insert(0, clean(campaign))
    with store.read() as cur:
        rows = cur.execute(sql, values).fetchall()
    return ProjectHistory(
        weeks=[_week(start, [row for row in rows if aware(row[0]) == start]) for start in starts]
    )


def _week(start: datetime, rows: list[tuple[Any, ...]]) -> ProjectWeek:
    count = {family: tasks for _, family, tasks, *_ in rows}
    return ProjectWeek(
        start=start,
        completed=count.get("completed", 0),
        failed=count.get("failed", 0),
        cancelled=count.get("cancelled", 0),
        gpu_hours=sum(float(row[3] or 0) for row in rows),
        cpu_hours=sum(float(row[4] or 0) for row in rows),
    )
