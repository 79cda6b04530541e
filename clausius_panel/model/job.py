"""A Slurm job, as `squeue` and `sacct` know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["ACTIVE_STATES", "FINAL_STATES", "Job", "StateFamily", "is_final", "state_family"]

FINAL_STATES = frozenset(
    {
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "LAUNCH_FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "REQUEUED",
        "REVOKED",
        "TIMEOUT",
    }
)
"""States a job does not leave (squeue(1), JOB STATE CODES); REQUEUED closes one attempt of a requeued job."""

ACTIVE_STATES = frozenset(
    {
        "COMPLETING",
        "CONFIGURING",
        "EXPEDITING",
        "PENDING",
        "POWER_UP_NODE",
        "REQUEUE_FED",
        "REQUEUE_HOLD",
        "RESIZING",
        "RESV_DEL_HOLD",
        "RUNNING",
        "SIGNALING",
        "SPECIAL_EXIT",
        "STAGE_OUT",
        "STOPPED",
        "SUSPENDED",
    }
)
"""States of a job that the controller still has work with."""

StateFamily = Literal["running", "pending", "failed", "completed", "cancelled", "transition", "held", "unknown"]
"""What a colour, a count and a filter mean; see `state_family`."""

_FAMILY: dict[str, StateFamily] = {
    "RUNNING": "running",
    "PENDING": "pending",
    "EXPEDITING": "pending",
    "COMPLETED": "completed",
    "CANCELLED": "cancelled",
    "PREEMPTED": "cancelled",
    "REQUEUED": "cancelled",
    "REVOKED": "cancelled",
    "COMPLETING": "transition",
    "CONFIGURING": "transition",
    "POWER_UP_NODE": "transition",
    "RESIZING": "transition",
    "SIGNALING": "transition",
    "STAGE_OUT": "transition",
    "SUSPENDED": "held",
    "STOPPED": "held",
    "REQUEUE_HOLD": "held",
    "REQUEUE_FED": "held",
    "RESV_DEL_HOLD": "held",
    "SPECIAL_EXIT": "held",
}


def is_final(state: str) -> bool:
    """Whether a job in `state` has ended.

    >>> is_final("TIMEOUT"), is_final("COMPLETING"), is_final("A_STATE_OF_TOMORROW")
    (True, False, False)
    """
    return state in FINAL_STATES


def state_family(state: str) -> StateFamily:
    """The family a state belongs to; a state that Slurm adds tomorrow is "unknown" and keeps its raw text.

    >>> state_family("OUT_OF_MEMORY"), state_family("CONFIGURING"), state_family("A_STATE_OF_TOMORROW")
    ('failed', 'transition', 'unknown')
    """
    return _FAMILY.get(state) or ("failed" if state in FINAL_STATES else "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job record: a job, one array task, the unstarted rest of an array, or one het component.

    `(cluster, job_id_raw, submit_time)` identifies it: a requeue has another submit time, a reused id too.
    Times are aware and in UTC; None where Slurm says N/A, Unknown or None.
    """

    cluster: str
    job_id: str  # as Slurm prints it: "123", "123_4", "123_[5-9%2]", "123+1"
    job_id_raw: str  # the number behind it; of "123_[5-9]" the array's own
    submit_time: datetime | None
    name: str = ""
    user: str = ""
    account: str = ""
    partition: str = ""
    qos: str = ""
    state: str = "UNKNOWN"  # Slurm's base state, raw where this version does not know it
    reason: str = ""  # Slurm's word, e.g. "Resources"; "" where it says None
    dependency: str = ""  # as Slurm prints it; see model.dependency
    priority: int | None = None
    array_job_id: str = ""  # "" for a job outside any array
    array_task_id: str = ""  # "4", or "5-9%2" for the unstarted rest
    het_job_id: str = ""
    het_offset: int | None = None
    nodes: int = 0
    cpus: int = 0
    memory_mib: int | None = None  # whole job
    gpus: int = 0  # whole job, allocated where it runs, requested where it waits
    gpu_type: str = ""  # "h100"; several joined by ","
    tres: str = ""  # Slurm's text, allocated else requested
    eligible_time: datetime | None = None
    start_time: datetime | None = None  # of a pending job: Slurm's estimate, if it has one
    end_time: datetime | None = None  # of a running job: when its limit is reached
    elapsed_s: int = 0
    time_limit_s: int | None = None  # None: no limit, or not known
    node_list: str = ""  # folded hostlist; see model.hostlist
    work_dir: str = ""
    stdout_path: str = ""
    stderr_path: str = ""
    comment: str = ""
    exit_code: str = ""  # "1:0" is exit status 1, "0:9" is signal 9; "" while it has none
    restarts: int | None = None
