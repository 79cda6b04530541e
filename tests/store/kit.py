"""Jobs as polls bring them, for tests of what the store makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from clausius_panel import store as st
from clausius_panel.model import Job
from clausius_panel.store import Store
from clausius_panel.store.runs import assign_runs

__all__ = ["START", "a_job", "at_poll", "look", "one", "rows"]

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
_polls = count(1)


def at_poll() -> datetime:
    """The time of one more poll."""
    return START + timedelta(days=30, seconds=30 * next(_polls))


def a_job(job_id: str | int, name: str = "train", minutes: float = 0, **facts: Any) -> Job:
    """A waiting job of alice's on alpha."""
    raw = str(job_id).partition("_")[0].partition("+")[0]
    usual = {
        "cluster": "alpha",
        "job_id": str(job_id),
        "job_id_raw": raw,
        "submit_time": START + timedelta(minutes=minutes),
        "name": name,
        "user": "alice",
        "state": "PENDING",
    }
    return Job(**{**usual, **facts})


def look(store: Store, *jobs: Job, ended: tuple[Job, ...] = (), cluster: str = "alpha") -> int:
    """One poll: these jobs are in the queue, those have ended, all others have left."""
    at = at_poll()
    with store.write() as cur:
        st.merge_queue(cur, cluster, jobs, at=at)
        st.merge_ended(cur, cluster, ended, at=at)
        st.mark_left(cur, cluster, at=at)
        return assign_runs(cur, cluster, at=at)


def rows(store: Store, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The answer to a question in SQL."""
    with store.read() as cur:
        return cur.execute(sql, list(values)).fetchall()


def one(store: Store, sql: str, *values: Any) -> Any:
    """The only value of the only row."""
    [(value,)] = rows(store, sql, *values)
    return value
