"""The table backfills: windows of accounting that were answered as a whole, and what is still to be asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from .engines import Cursor
from .values import aware, naive

__all__ = ["SETTLED", "gaps", "record_window"]

SETTLED = timedelta(minutes=10)
"""Accounting hears of ends a little late: the last minutes before an answer do not count as answered."""

_WINDOWS = """
    SELECT window_start, least(window_end, at_time - $settled) FROM backfills
    WHERE cluster = $cluster AND (all_users OR NOT $all_users)
        AND window_end > $since AND window_start < $until
    ORDER BY ALL
"""


def record_window(
    cur: Cursor, cluster: str, start: datetime, end: datetime, *, all_users: bool, jobs: int, at: datetime
) -> None:
    """Remember that accounting told at `at` of all jobs that ended from `start` to before `end` (all aware)."""
    values = [cluster, all_users, naive(start), naive(end), jobs, naive(at)]
    cur.execute("INSERT INTO backfills VALUES (?, ?, ?, ?, ?, ?)", values)


def gaps(
    cur: Cursor, cluster: str, since: datetime, until: datetime, *, all_users: bool
) -> list[tuple[datetime, datetime]]:
    """The parts of a span that were never answered, oldest first; everybody's answers hold for oneself too."""
    values = {
        "cluster": cluster,
        "all_users": all_users,
        "since": naive(since),
        "until": naive(until),
        "settled": SETTLED,
    }
    found: list[tuple[datetime, datetime]] = []
    at = since
    for start, end in cur.execute(_WINDOWS, values).fetchall():
        if aware(start) > at:
            found.append((at, min(aware(start), until)))
        at = max(at, aware(end))
    return [*found, (at, until)] if at < until else found
