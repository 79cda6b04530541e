"""`scancel`: one command for each id, because only that tells for certain what became of which."""

from __future__ import annotations

import re
import shlex

from ..errors import InvalidInput
from ..model.job_id import valid_job_id
from .framing import SKIPPED, TIMED_OUT, Frame

__all__ = ["outcome", "words"]

_LIMIT = re.compile(r"%[0-9]+(?=\]$)")
_NOISE = re.compile(r"^scancel: (?:error: )?(?:Kill job error on job id \S+: )?", re.MULTILINE)
_IN_WORDS = (
    ("already completing or completed", "it has ended already"),
    ("Invalid job id", "it is not in the queue"),
    ("permission denied", "it is not yours to cancel"),
    ("individual component of heterogeneous", "a part of a heterogeneous job cannot be cancelled alone"),
    ("contact slurm controller", "the Slurm controller does not answer"),
    ("Socket timed out", "the Slurm controller does not answer"),
)


def words(job_id: str) -> list[str]:
    """The command in words of shell. Raises `InvalidInput` for anything but a job id.

    -v makes scancel tell of an id that is unknown or has ended, which it otherwise passes over with status 0.
    """
    if not valid_job_id(job_id):
        raise InvalidInput("job id", job_id, "use forms such as 123, 123_4, 123_[5-9] or 123+1")
    return ["scancel", "-v", shlex.quote(_LIMIT.sub("", job_id))]


def outcome(frame: Frame | None) -> str:
    """Why a job was not cancelled, with Slurm's own words; "" if it was."""
    if frame is None:
        return "no answer: the job may have been cancelled all the same"
    if frame.exit_status == SKIPPED:
        return "not tried: the Slurm controller does not answer"
    if frame.exit_status in TIMED_OUT:
        return "scancel did not end in time; the job may have been cancelled all the same"
    if frame.exit_status == 0 and "error" not in frame.stderr:
        return ""
    errors = [line for line in frame.stderr.splitlines() if "Terminating job" not in line]
    said = _NOISE.sub("", "\n".join(errors)).strip() or f"scancel exited {frame.exit_status}"
    for words_, meaning in _IN_WORDS:
        if words_ in said:
            return f"{meaning} ({said})"
    return said
