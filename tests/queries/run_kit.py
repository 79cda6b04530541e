"""Runs in the store of these tests, as polls would have brought them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from clausius_panel import store as st
from clausius_panel.model import Job
from clausius_panel.store import Store
from clausius_panel.store.runs import assign_runs

__all__ = ["LONG_AGO", "a_job", "look"]

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=8)
_polls = count(1)


def a_job(job_id: str | int, name: str, minutes: float = 0, **facts: Any) -> Job:
    """A waiting job of bob's on beta, submitted some minutes after `LONG_AGO`."""
    raw = str(job_id).partition("_")[0].partition("+")[0]
    usual = {
        "cluster": "beta",
        "job_id": str(job_id),
        "job_id_raw": raw,
        "submit_time": LONG_AGO + timedelta(minutes=minutes),
        "name": name,
        "user": "bob",
        "state": "PENDING",
    }
    return Job(**{**usual, **facts})


def look(store: Store, *jobs: Job, ended: tuple[Job, ...] = ()) -> None:
    """One poll of beta: these jobs are in the queue, those have ended, all others have left."""
    at = datetime.now(UTC) + timedelta(milliseconds=next(_polls))
    with store.write() as cur:
        st.merge_queue(cur, "beta", jobs, at=at)
        st.merge_ended(cur, "beta", ended, at=at)
        st.mark_left(cur, "beta", at=at)
        assign_runs(cur, "beta", at=at)
