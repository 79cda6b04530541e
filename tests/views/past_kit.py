"""A store with a year of somebody's jobs that ends yesterday, for the pages that look back."""

from __future__ import annotations

from datetime import UTC, datetime

from clausius_panel.runtime import Runtime
from clausius_panel.store import Cursor
from tests.benchmarks.history_data import DAYS, FIRST_DAY
from tests.benchmarks.history_data import fill as fill_past

__all__ = ["fill_recent"]

_TIMES = (
    "submit_time",
    "eligible_time",
    "start_time",
    "end_time",
    "used_at",
    "first_seen",
    "last_seen",
    "updated",
)


def fill_recent(runtime: Runtime, count: int) -> None:
    """`count` jobs of the cluster "synth", the last of which were submitted the day before yesterday."""
    fill_past(runtime.store, count)
    days = (datetime.now(UTC) - FIRST_DAY).days - DAYS - 2

    def move(cur: Cursor) -> None:
        moved = ", ".join(f"{name} = {name} + to_days($days)" for name in _TIMES)
        cur.execute(f"UPDATE jobs SET {moved} WHERE cluster = 'synth'", {"days": days})

    with runtime.store.write() as cur:
        move(cur)
