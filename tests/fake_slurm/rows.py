"""Rows for the fake commands."""

from __future__ import annotations

from typing import Any

__all__ = ["accounted", "queued"]


def queued(job_id: str, state: str = "RUNNING", **fields: Any) -> dict[str, Any]:
    """A row of squeue."""
    raw = job_id.partition("_")[0]
    usual = {
        "JobArrayID": job_id,
        "JobID": raw,
        "Name": f"job-{raw}",
        "UserName": "alice",
        "Partition": "gpu",
        "State": state,
        "Reason": "None",
        "NumNodes": 1,
        "NumCPUs": 4,
        "SubmitTime": "2026-01-01T10:00:00",
        "TimeUsed": "1:00",
        "TimeLimit": "1:00:00",
        "exit_code": 0,
    }
    return usual | fields


def accounted(job_id: str, state: str, **fields: Any) -> dict[str, Any]:
    """A row of sacct."""
    usual = {
        "JobID": job_id,
        "JobIDRaw": job_id,
        "JobName": f"job-{job_id}",
        "User": "alice",
        "Partition": "gpu",
        "State": state,
        "ExitCode": "0:0",
        "Submit": "2026-01-01T10:00:00",
        "Start": "2026-01-01T10:01:00",
        "End": "2026-01-01T10:31:00",
        "ElapsedRaw": 1800,
        "NNodes": 1,
    }
    return usual | fields
