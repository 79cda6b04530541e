"""What our polls cost each cluster."""

from __future__ import annotations

from datetime import datetime, timedelta

from .engines import Cursor
from .values import naive

__all__ = ["record_poll"]

KEPT = timedelta(days=1)
"""How long the record of a poll is kept."""


def record_poll(
    cur: Cursor,
    cluster: str,
    *,
    at: datetime,
    commands: int,
    answer_bytes: int,
    duration_s: float,
    error_kind: str = "",
) -> None:
    """Note one poll, and forget the cluster's polls of more than a day ago."""
    cur.execute("DELETE FROM polls WHERE cluster = ? AND at_time < ?", [cluster, naive(at - KEPT)])
    cur.execute(
        "INSERT INTO polls (cluster, at_time, commands, answer_bytes, duration_s, error_kind) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [cluster, naive(at), commands, answer_bytes, duration_s, error_kind],
    )
