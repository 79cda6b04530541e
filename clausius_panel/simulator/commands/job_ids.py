"""Job ids as they are typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..job import SimJob

__all__ = ["JobId", "read_job_id"]

_LAST_TASK = 4_000_000  # the most that MaxArraySize allows
_ID = re.compile(r"(\d+)(?:\+(\d+)|_(\d+)|_\[([\d,-]+)(?:%\d+)?\])?")


@dataclass(frozen=True, slots=True)
class JobId:
    """`12`, `12_3`, `12_[1,4-6]` or `12+1`."""

    number: int
    tasks: frozenset[int] | None = None
    offset: int | None = None

    def matches(self, job: SimJob) -> bool:
        """Whether it means this record; a leading number means the whole array or heterogeneous job."""
        if self.number not in (job.job_id, job.array_id, job.het_id):
            return False
        if self.tasks is not None:
            own = {job.task} if job.task is not None else set(job.waiting)
            return job.array_id == self.number and not self.tasks.isdisjoint(own)
        return self.offset is None or (job.het_id == self.number and job.het_offset == self.offset)


def read_job_id(word: str) -> JobId | None:
    """The id in a word; None if it is none.

    >>> read_job_id("12_[1,4-5%2]").tasks == {1, 4, 5}, read_job_id("12a")
    (True, None)
    """
    match = _ID.fullmatch(word)
    if match is None:
        return None
    number, offset, task, several = match.groups()
    if several is not None:
        tasks: set[int] = set()
        for part in several.split(","):
            first, _, last = part.partition("-")
            if not first.isdecimal() or (last and not last.isdecimal()):
                return None
            if int(last or first) > _LAST_TASK:
                return None
            tasks.update(range(int(first), int(last or first) + 1))
        return JobId(int(number), frozenset(tasks))
    if task is not None:
        return JobId(int(number), frozenset({int(task)}))
    return JobId(int(number), None, None if offset is None else int(offset))
