"""Whether a frame holds an answer, and if not, in words why."""

from __future__ import annotations

import re
from typing import Literal

from . import sacct
from .formats import LONG, refused_fields
from .framing import NOT_FOUND, SKIPPED, TIMED_OUT, Frame

__all__ = ["failure", "refusals"]

_NOISE = re.compile(r"^\w+: (?:error: )?")
_LOAD_ERROR = re.compile(r"slurm_load_\w+(?: error)?: ")
_SILENT = re.compile(r"contact slurm controller|ocket timed out|talking to the database|Connection refused", re.I)
_NO_OPTION = re.compile(r"(?:unrecognized|invalid|unknown) option", re.I)
_LONGEST = 300


def failure(
    frame: Frame | None, *, command: str, limit_s: int, cut_off: bool
) -> tuple[Literal["failed", "timeout"], str] | None:
    """Kind and words of a command's failure; None where it answered.

    The exit status alone does not tell: some versions print an error and exit 0. `cut_off` says that the whole
    script was ended by our own time limit.
    """
    if frame is None:
        return ("timeout", f"{command} did not end in time") if cut_off else ("failed", f"{command} was cut off")
    if frame.exit_status == SKIPPED:
        return "failed", f"{command} was not asked, since its server does not answer"
    if frame.exit_status in TIMED_OUT:
        return "timeout", f"{command} did not answer within {limit_s} s"
    if frame.exit_status in NOT_FOUND:
        return "failed", f"{command} was not found on the cluster; set slurm_path to the directory it lies in"
    said = _said(frame.stderr)
    if frame.exit_status:
        who = "the server does not answer" if _SILENT.search(said) else f"exit status {frame.exit_status}"
        return "failed", f"{command} failed, {who}: {said or 'no message'}"
    if _LOAD_ERROR.search(frame.stderr):
        return "failed", f"{command} failed although its exit status is 0: {said}"
    return None


def refusals(command: str, frame: Frame, *, guard: str) -> tuple[str, ...]:
    """What this version does not know of what it was asked: fields, or `LONG` for -O with free suffixes."""
    if command == "sacct":
        field = sacct.refused_field(frame.stderr)
        return (field,) if field else ()
    if command not in ("squeue", "sinfo"):
        return ()
    if frame.exit_status == 0 and frame.stdout.strip() and guard not in frame.stdout:
        return (LONG,)
    if frame.exit_status and _NO_OPTION.search(frame.stderr):
        return (LONG,)
    return refused_fields(frame.stderr)


def _said(stderr: str) -> str:
    """The last line of the error, which sums up those before it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return _NOISE.sub("", lines[-1])[:_LONGEST] if lines else ""
