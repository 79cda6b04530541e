"""Slurm's job ids: `123`, `123_4`, `123_[5-9%2]`, `123+0`, and steps such as `123_4.batch`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsIndex

from ..errors import InvalidInput, ParseError

__all__ = ["JobId", "job_id_text", "job_id_texts", "parse_job_id", "valid_job_id"]

_TASKS = r"[0-9][0-9,:-]*(?:%[0-9]+)?"
_FULL = re.compile(
    rf"(?P<job>[0-9]+)(?:_(?:(?P<task>[0-9]+)|\[(?P<tasks>{_TASKS}(?:,?\.\.\.)?)\]?|(?P<all>\*)))?"
    r"(?:\+(?P<offset>[0-9]+))?(?:\.(?P<step>[0-9]+|[a-z]+)(?:\+(?P<step_offset>[0-9]+))?)?"
)
_CANCELLABLE = re.compile(rf"[0-9]{{1,19}}(?:_[0-9]{{1,10}}|_\[{_TASKS}\]|\+[0-9]{{1,5}})?")
_LONGEST = 100_000  # what one argument of a command may carry on Linux is 128 KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class JobId:
    """The parts of a job id as Slurm prints it."""

    job: str  # the number in front: the array's or the het job's where there is one
    task: str = ""  # "4", "5-9%2" for the unstarted rest of an array, "*" for all of it
    het_offset: int | None = None
    step: str = ""  # "batch", "extern", "interactive", "0"; "" for the job itself


def parse_job_id(text: str) -> JobId:
    """The parts of a job id. Raises `ParseError` for text that is none.

    >>> parse_job_id("123_[5-9%2]").task, parse_job_id("123+1.batch").step
    ('5-9%2', 'batch')
    """
    found = _FULL.fullmatch(text)
    if found is None:
        raise ParseError("job id", 1, text, "not a job id")
    offset = found["offset"] or found["step_offset"]
    return JobId(
        job=found["job"],
        task=found["task"] or found["tasks"] or found["all"] or "",
        het_offset=int(offset) if offset else None,
        step=found["step"] or "",
    )


def valid_job_id(text: str) -> bool:
    """Whether `text` is an id that may be handed to a Slurm command: nothing else may reach a shell.

    >>> valid_job_id("123_[5-9%2]"), valid_job_id("123+1"), valid_job_id("123; rm -r /")
    (True, True, False)
    """
    return len(text) <= _LONGEST and _CANCELLABLE.fullmatch(text) is not None


def job_id_text(given: str | SupportsIndex) -> str:
    """The id as text; whole numbers, such as those of a DataFrame, are ids too. Raises `InvalidInput`.

    >>> job_id_text(123), job_id_text("123_4")
    ('123', '123_4')
    """
    if isinstance(given, str):
        return given
    if isinstance(given, bool) or not isinstance(given, SupportsIndex):
        raise InvalidInput("job id", given, "use text such as '123_4', or a whole number")
    return str(given.__index__())


def job_id_texts(given: str | SupportsIndex | Iterable[str | SupportsIndex]) -> list[str]:
    """One id or several as a list. Raises `InvalidInput`.

    >>> job_id_texts(123), job_id_texts(["7", 8])
    (['123'], ['7', '8'])
    """
    if isinstance(given, Iterable) and not isinstance(given, str):
        return [job_id_text(each) for each in given]
    return [job_id_text(given)]
