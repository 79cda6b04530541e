"""What acts on jobs are called: in menus, on buttons, on the chip of a job, and when they are done."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Job
from ..model.job_id import parse_job_id
from ..state import Act

__all__ = ["WORDS", "ActWords", "field_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActWords:
    """The words for one act."""

    menu: str
    verb: str  # on the button, before "2 jobs"
    doing: str  # on the chip
    done: str  # after "2 jobs"
    family: str = "transition"  # colour of the chip
    key: str = ""
    ends: bool = False  # jobs that run are killed by it


WORDS: dict[Act, ActWords] = {
    "cancel": ActWords(
        menu="Cancel",
        verb="Cancel",
        doing="Cancelling",
        done="cancelled",
        family="cancelled",
        key="c",
        ends=True,
    ),
    "cancel_tasks": ActWords(
        menu="Cancel part of the array",
        verb="Cancel tasks of",
        doing="Cancelling",
        done="cancelled",
        family="cancelled",
        ends=True,
    ),
    "cancel_run": ActWords(
        menu="Cancel the whole run",
        verb="Cancel",
        doing="Cancelling",
        done="cancelled",
        family="cancelled",
        ends=True,
    ),
    "hold": ActWords(menu="Hold", verb="Hold", doing="Holding", done="held", key="h"),
    "release": ActWords(menu="Release", verb="Release", doing="Releasing", done="released", key="h"),
    "requeue": ActWords(menu="Requeue", verb="Requeue", doing="Requeueing", done="requeued", ends=True),
    "top": ActWords(menu="Put first", verb="Put first", doing="Moving up", done="put first"),
    "nice": ActWords(menu="Change nice", verb="Change nice of", doing="Changing", done="changed"),
    "time_limit": ActWords(
        menu="Change time limit", verb="Change time limit of", doing="Changing", done="changed"
    ),
    "partition": ActWords(menu="Change partition", verb="Move", doing="Moving", done="moved"),
}
"""In the order of a menu, but for those that end jobs."""


def field_of(act: Act, job: Job, *, partitions: list[str]) -> dict[str, object] | None:
    """The one value that an act asks for, with what it is now for a job; None where it asks for none."""
    if act == "nice":
        return _field("Nice", "100", "A whole number: more lets other jobs go first; only operators go below 0.")
    if act == "time_limit":
        return _field(
            "Time limit",
            _slurm_time(job.time_limit_s),
            "Minutes, hours:minutes:seconds or days-hours:minutes:seconds. Only operators may raise it.",
        )
    if act == "partition":
        return _field("Partition", job.partition, "Where it shall wait instead.", choices=partitions)
    if act == "cancel_tasks":
        task = parse_job_id(job.job_id).task.partition("%")[0]
        return _field(
            "Tasks", task if task and not {*task} & {"*", "."} else "all", "Such as 5-9 or 3,7,12-20, or all."
        )
    return None


def _field(label: str, value: str, hint: str, *, choices: list[str] | None = None) -> dict[str, object]:
    return {"label": label, "value": value, "hint": hint, "choices": choices or [], "error": ""}


def _slurm_time(seconds: int | None) -> str:
    """A limit as Slurm takes it.

    >>> _slurm_time(5400), _slurm_time(129_600), _slurm_time(None)
    ('1:30:00', '1-12:00:00', '')
    """
    if not seconds:
        return ""
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}-{clock}" if days else clock
