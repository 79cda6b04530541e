"""`scontrol` for jobs that stay: hold, release, requeue, to the top, nice, time limit, partition.

One command for each id, all in one script, because only that tells for certain what became of which.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import InvalidInput
from ..model import Cluster
from ..model.job_id import valid_job_id
from ..transport import Transport
from .framing import SKIPPED, TIMED_OUT, Command, Frame
from .poll import LIMIT_S, run_script

__all__ = ["Change", "Verb", "change_jobs", "outcome", "words"]

Verb = Literal["hold", "release", "requeue", "top", "nice", "time_limit", "partition"]
"""What can be done to a job. `hold` is one that the job's owner may release again, whoever asks for it."""

_PLAIN: dict[str, str] = {"hold": "uhold", "release": "release", "requeue": "requeue", "top": "top"}
_FIELD: dict[str, str] = {"nice": "Nice", "time_limit": "TimeLimit", "partition": "Partition"}
_VALUE: dict[str, tuple[re.Pattern[str], str]] = {
    "nice": (re.compile(r"-?[0-9]{1,10}"), "use a whole number; more is later, below 0 is for operators"),
    "time_limit": (
        re.compile(r"[0-9]{1,9}|(?:[0-9]{1,5}-)?[0-9]{1,4}(?::[0-9]{1,2}){0,2}|UNLIMITED"),
        "use minutes, hours:minutes:seconds, days-hours:minutes:seconds or UNLIMITED",
    ),
    "partition": (re.compile(r"[A-Za-z0-9_.+-]{1,64}(?:,[A-Za-z0-9_.+-]{1,64}){0,31}"), "name a partition"),
}
_LIMIT = re.compile(r"%[0-9]+(?=\]$)")
_CHUNK = 100
_NOISE = re.compile(r"^(?:scontrol|slurm_suspend|slurm_update)(?: error)?: (?:error: )?|^[0-9_]+: ")
_ABOUT = re.compile(r" (?:specified )?for job [0-9_+\[\],-]+$")
_IN_WORDS = (
    ("Invalid job id", "it is not in the queue"),
    ("already finished", "it has ended already"),
    ("already completing or completed", "it has ended already"),
    ("Job is pending execution", "it waits already"),
    ("Access/permission denied", "you may not do this to it"),
    ("Invalid user id", "it is another user's: only its owner or an operator may do this"),
    ("Invalid partition name", "there is no such partition"),
    ("presently disabled", "this cluster does not allow it"),
    ("contact slurm controller", "the Slurm controller does not answer"),
    ("Socket timed out", "the Slurm controller does not answer"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What shall be done to jobs. Validated when made: raises `InvalidInput`."""

    verb: Verb
    value: str = ""  # of nice, time_limit and partition

    def __post_init__(self) -> None:
        if self.verb not in get_args(Verb):
            raise InvalidInput("action", self.verb, f"use one of {', '.join(get_args(Verb))}")
        if self.verb in _PLAIN:
            if self.value:
                raise InvalidInput(self.verb, self.value, "it takes no value")
            return
        pattern, remedy = _VALUE[self.verb]
        if not pattern.fullmatch(self.value):
            raise InvalidInput(self.verb, self.value, remedy)


def words(change: Change, job_id: str) -> list[str]:
    """The command in words of shell. Raises `InvalidInput` for anything but a job id."""
    if not valid_job_id(job_id):
        raise InvalidInput("job id", job_id, "use forms such as 123, 123_4, 123_[5-9] or 123+1")
    target = _LIMIT.sub("", job_id)
    if change.verb in _PLAIN:
        return ["scontrol", _PLAIN[change.verb], shlex.quote(target)]
    value = f"{_FIELD[change.verb]}={change.value}"
    return ["scontrol", "update", shlex.quote(f"JobId={target}"), shlex.quote(value)]


def change_jobs(
    cluster: Cluster, transport: Transport, change: Change, job_ids: Iterable[str], *, limit_s: int = LIMIT_S
) -> dict[str, str]:
    """Do it to each job: for each id "" or why it was not done.

    Raises `InvalidInput` for an id that is none, before anything is done, and `TransportError`.
    """
    asked = {job_id: words(change, job_id) for job_id in dict.fromkeys(job_ids)}
    ids = list(asked)
    said: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = {f"c{number}": job_id for number, job_id in enumerate(ids[start : start + _CHUNK])}
        frames, _, _ = run_script(
            transport,
            [Command(name=name, words=asked[job_id], server="ctld") for name, job_id in chunk.items()],
            slurm_path=cluster.slurm_path,
            limit_s=limit_s,
        )
        said |= {job_id: outcome(frames.get(name)) for name, job_id in chunk.items()}
    return said


def outcome(frame: Frame | None) -> str:
    """Why it was not done, with Slurm's own words; "" if it was."""
    if frame is None:
        return "no answer: it may have been done all the same"
    if frame.exit_status == SKIPPED:
        return "not tried: the Slurm controller does not answer"
    if frame.exit_status in TIMED_OUT:
        return "scontrol did not end in time; it may have been done all the same"
    lines = [_ABOUT.sub("", _NOISE.sub("", line.strip())) for line in frame.stderr.splitlines() if line.strip()]
    said = "; ".join(dict.fromkeys(line for line in lines if line)) or f"scontrol exited {frame.exit_status}"
    if frame.exit_status == 0 and not lines:
        return ""
    for piece, meaning in _IN_WORDS:
        if piece in said:
            return f"{meaning} ({said})"
    return "" if frame.exit_status == 0 and "rror" not in said else said
