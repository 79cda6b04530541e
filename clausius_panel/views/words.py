"""What a person reads of a job or a cluster, out of what Slurm says; times stay numbers for the page to tell."""

from __future__ import annotations

from datetime import datetime

from ..model import Job, state_family
from ..model.reason import explain_reason

__all__ = [
    "DASH",
    "FAMILY_WORDS",
    "epoch",
    "gpus",
    "memory",
    "number",
    "plural",
    "round_duration",
    "state_word",
    "why",
]

DASH = "\N{EN DASH}"
"""Stands for zero and for none."""

FAMILY_WORDS = {
    "running": "running",
    "pending": "pending",
    "failed": "failed",
    "transition": "changing",
    "held": "held",
    "completed": "completed",
    "cancelled": "cancelled",
    "unknown": "unknown",
}
"""Families in the order in which they are shown."""

_STATE_WORDS = {
    "OUT_OF_MEMORY": "Out of memory",
    "NODE_FAIL": "Node failed",
    "BOOT_FAIL": "Boot failed",
    "LAUNCH_FAILED": "Launch failed",
    "TIMEOUT": "Timed out",
    "REQUEUE_HOLD": "Requeue held",
    "REQUEUE_FED": "Requeued",
    "RESV_DEL_HOLD": "Held",
    "SPECIAL_EXIT": "Special exit",
    "POWER_UP_NODE": "Powering up",
    "STAGE_OUT": "Staging out",
}
_ENDS = {
    "OUT_OF_MEMORY": "ran out of memory",
    "NODE_FAIL": "a node failed under it",
    "BOOT_FAIL": "its nodes did not boot",
    "LAUNCH_FAILED": "could not be launched",
    "DEADLINE": "could not end before its deadline",
    "PREEMPTED": "gave way to a more urgent job",
    "REQUEUED": "was put back into the queue",
}


def state_word(state: str) -> str:
    """A state as a word.

    >>> state_word("RUNNING"), state_word("OUT_OF_MEMORY")
    ('Running', 'Out of memory')
    """
    return _STATE_WORDS.get(state) or state.replace("_", " ").capitalize()


def why(job: Job) -> str:
    """Why a job waits, or how it ended; "" where there is nothing to say (a running job has its nodes)."""
    family = state_family(job.state)
    if job.state == "TIMEOUT":
        return "reached its time limit" + (f" of {round_duration(job.time_limit_s)}" if job.time_limit_s else "")
    if job.state in _ENDS:
        return _ENDS[job.state]
    if job.state == "FAILED" and (ending := _exit_words(job.exit_code)):
        return ending
    if family in ("completed", "running"):
        return ""
    return explain_reason(job.reason, dependency=job.dependency, array_task_id=job.array_task_id)


def _exit_words(exit_code: str) -> str:
    """An exit code in words.

    >>> _exit_words("2:0"), _exit_words("0:9"), _exit_words("0:0")
    ('exit status 2', 'killed by signal 9', '')
    """
    status, _, signal = exit_code.partition(":")
    if signal not in ("", "0"):
        return f"killed by signal {signal}"
    return f"exit status {status}" if status not in ("", "0") else ""


def gpus(job: Job) -> str:
    """GPUs of the whole job and how they lie on its nodes; a dash for none.

    >>> gpus(Job(cluster="c", job_id="1", job_id_raw="1", submit_time=None, gpus=16, nodes=2))
    '16 (2x8)'
    """
    if job.gpus and job.nodes > 1 and job.gpus % job.nodes == 0:
        return f"{job.gpus} ({job.nodes}x{job.gpus // job.nodes})"
    return number(job.gpus)


def memory(mib: int | None) -> str:
    """Memory in GiB, or MiB below one; a dash for none.

    >>> memory(65536), memory(512), memory(1536)
    ('64 GiB', '512 MiB', '1.5 GiB')
    """
    if not mib:
        return DASH
    return f"{mib / 1024:.3g} GiB" if mib >= 1024 else f"{mib} MiB"


def round_duration(seconds: int) -> str:
    """A limit, which is a round number, in as few letters as it takes.

    >>> round_duration(1800), round_duration(5400), round_duration(129600)
    ('30m', '1h 30m', '1d 12h')
    """
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [days and f"{days}d", hours and f"{hours}h", minutes and not days and f"{minutes}m"]
    return " ".join(part for part in parts if part) or f"{seconds}s"


def number(value: int | None) -> str:
    """A number; a dash for none and nothing."""
    return str(value) if value else DASH


def plural(count: int, noun: str) -> str:
    """A number of things.

    >>> plural(1, "job"), plural(3, "job")
    ('1 job', '3 jobs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def epoch(when: datetime | None) -> float | None:
    """Seconds since 1970, as the page counts them."""
    return when.timestamp() if when else None
