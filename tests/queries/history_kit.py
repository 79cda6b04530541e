"""Jobs of the past, put into a store as they are: each test counts by hand what comes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clausius_panel.store import Store

__all__ = ["NOW", "add", "at"]

NOW = datetime.fromisoformat("2027-01-20T12:00:00+00:00")

_USUAL: dict[str, Any] = {
    "cluster": "alpha",
    "name": "train",
    "user_name": "alice",
    "account": "uni-phys-lab1",
    "partition": "gpu",
    "qos": "normal",
    "state": "COMPLETED",
    "reason": "",
    "dependency": "",
    "array_job_id": "",
    "array_task_id": "",
    "het_job_id": "",
    "nodes": 1,
    "cpus": 4,
    "gpus": 0,
    "gpu_type": "",
    "tres": "",
    "node_list": "n1",
    "work_dir": "",
    "stdout_path": "",
    "stderr_path": "",
    "comment": "",
    "exit_code": "0:0",
    "in_queue": False,
    "evidence": "sacct",
    "lookups": 0,
}


def at(text: str) -> datetime:
    """A time in UTC as the store keeps it: "03-28 23:30" is of 2026."""
    year = "" if text.startswith("20") else "2026-"
    return datetime.fromisoformat(f"{year}{text}")


def add(store: Store, job_id: int | str, start: str | None, hours: float = 1.0, **facts: Any) -> None:
    """A job that started then and ran so long; it waited an hour unless `submit` says when it was submitted."""
    submit, given_end = facts.pop("submit", None), facts.pop("end", None)
    begun = at(start) if start else None
    submitted = at(submit) if submit else begun - timedelta(hours=1) if begun else None
    end = at(given_end) if given_end else begun + timedelta(hours=hours) if begun else None
    if facts.get("in_queue") and not given_end:
        end = None
    seen = end or submitted
    values = {
        **_USUAL,
        "job_id": str(job_id),
        "job_id_raw": str(job_id),
        "submit_time": submitted,
        "start_time": begun,
        "end_time": end,
        "elapsed_s": round(3600 * hours) if begun else 0,
        "first_seen": submitted,
        "last_seen": seen,
        "updated": seen,
        **facts,
    }
    with store.write() as cur:
        marks = ", ".join("?" for _ in values)
        cur.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", list(values.values()))
