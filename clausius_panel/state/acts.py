"""What can be done to jobs: where each act applies, and why not elsewhere. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from ..errors import InvalidInput
from ..local_processes import ONLY_ENDED
from ..model import Job, is_final, state_family
from ..model.job_id import valid_job_id
from ..model.reason import HELD_REASONS, HELD_STATES
from ..slurm.control import Change

__all__ = ["ACTS", "OF_PROCESSES", "Act", "array_part", "check_value", "is_held", "why_not"]

Act = Literal[
    "cancel", "cancel_tasks", "cancel_run", "hold", "release", "requeue", "top", "nice", "time_limit", "partition"
]
"""What a board can do to jobs."""

ACTS: tuple[Act, ...] = get_args(Act)

OF_PROCESSES: frozenset[Act] = frozenset({"cancel", "cancel_run"})
"""What can be done to a process of this machine, too."""

KEPT = timedelta(minutes=5)
"""How long Slurm keeps a job that has ended where a site does not set another MinJobAge."""

_ENDED = "it has ended"
_ONLY_WAITING = "only for jobs that wait"


def is_held(job: Job) -> bool:
    """Whether a job waits until somebody releases it."""
    return job.state in HELD_STATES or (job.state == "PENDING" and job.reason in HELD_REASONS)


def why_not(act: Act, job: Job, *, is_process: bool = False, now: datetime | None = None) -> str:
    """Why an act does not apply to a job, in words; "" where it does. A process of this machine can only end."""
    if is_process and act not in OF_PROCESSES:
        return ONLY_ENDED
    waits, ended = state_family(job.state) == "pending", is_final(job.state)
    reasons: dict[Act, str] = {
        "cancel": _ENDED if ended else "",
        "cancel_tasks": "" if job.array_job_id else "it belongs to no array",
        "cancel_run": "",
        "hold": "it is held already" if is_held(job) else "" if waits else _ONLY_WAITING,
        "release": "" if is_held(job) else "it is not held",
        "requeue": "it waits already"
        if waits
        else "it ended too long ago"
        if ended and not _is_kept(job, now)
        else "",
        "top": "" if waits else _ONLY_WAITING,
        "nice": "" if waits else _ONLY_WAITING,
        "time_limit": _ENDED if ended else "",
        "partition": "" if waits else _ONLY_WAITING,
    }
    return reasons[act]


def _is_kept(job: Job, now: datetime | None) -> bool:
    """Whether Slurm still has a job that has ended."""
    return job.end_time is not None and (now or datetime.now(UTC)) - job.end_time < KEPT


def check_value(act: Act, value: str) -> None:
    """Raise `InvalidInput` for a value that the act cannot take."""
    if act in ("nice", "time_limit", "partition"):
        Change(verb=act, value=value)
    elif act == "cancel_tasks":
        array_part("1", value)


def array_part(array_id: str, tasks: str) -> str:
    """The job id of some tasks of an array; "all" is the whole array. Raises `InvalidInput`.

    >>> array_part("123", "5-9,12"), array_part("123", "all")
    ('123_[5-9,12]', '123')
    """
    wanted = "".join(tasks.split())
    if wanted.lower() == "all":
        return array_id
    part = f"{array_id}_[{wanted}]"
    if "%" in wanted or not valid_job_id(part):
        raise InvalidInput("tasks", tasks, "use forms such as 5-9, 3,7 or 0-20:5, or all")
    return part
