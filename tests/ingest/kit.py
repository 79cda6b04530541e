"""Jobs as an exporter sends them."""

from __future__ import annotations

import io
import json
from typing import Any

from clausius_panel.store import Store

__all__ = ["a_job", "body", "kept"]


def a_job(job_id: object = "1", **facts: object) -> dict[str, Any]:
    """A job of an hour on four CPUs and one GPU, but for `facts`."""
    usual = {
        "JobID": job_id,
        "User": "alice",
        "Account": "dept-nlp",
        "Partition": "gpu",
        "State": "COMPLETED",
        "QOS": "normal",
        "Submit": "2026-01-31T10:00:00",
        "Start": "2026-01-31T11:00:00",
        "End": "2026-01-31T12:00:00",
        "CPUHours": 4.0,
        "GPUHours": 1.0,
        "AllocCPUS": 4,
        "AllocGPUS": 1,
        "AllocNodes": 1,
        "NodeList": "n1",
    }
    return usual | facts


def body(*jobs: object, hostname: object = "alpha") -> io.BytesIO:
    """The body that sends them."""
    return io.BytesIO(json.dumps({"hostname": hostname, "jobs": jobs}).encode())


def kept(store: Store, columns: str = "job_id") -> list[Any]:
    """What the store has of all jobs."""
    with store.read() as cur:
        rows = cur.execute(f"SELECT {columns} FROM jobs ORDER BY submit_time, job_id_raw").fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]
