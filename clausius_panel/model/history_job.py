"""A job that has ended, with what it used: as accounting, an exporter or an older history tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .job import ACTIVE_STATES, FINAL_STATES, Job

__all__ = ["HistoryJob", "base_state"]

_STATES = sorted(FINAL_STATES | ACTIVE_STATES)
_SPELLINGS = {"CANCELED": "CANCELLED", "OUT_OF_ME": "OUT_OF_MEMORY", "OOM": "OUT_OF_MEMORY"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryJob(Job):
    """A `Job` and its usage. None, "" and 0 mean "not known", and never replace what is known."""

    group: str | None = None  # the Unix group
    total_cpu_s: float | None = None  # CPU seconds used, all steps
    ave_cpu_s: float | None = None  # of the mean task of the step that used most
    max_rss_mib: int | None = None  # the greatest of any task
    gpu_util: float | None = None  # per cent, mean over its GPUs
    gpu_memory_mib: int | None = None  # the greatest, over all its GPUs
    disk_read_mib: float | None = None
    disk_written_mib: float | None = None
    energy_j: int | None = None
    used_at: datetime | None = None  # when its steps were folded in; None: never
    project: str | None = None  # where the source knows it; None: as its name says
    campaign: str | None = None


def base_state(text: str) -> str:
    """Slurm's state without what sacct adds or cuts off; "" for none. A state we do not know is left as it is.

    >>> base_state("CANCELLED by 1000"), base_state("OUT_OF_ME+"), base_state("canceled"), base_state("COMPLETED")
    ('CANCELLED', 'OUT_OF_MEMORY', 'CANCELLED', 'COMPLETED')
    """
    first = next(iter(text.upper().split()), "")
    word = first.rstrip("+")
    word = _SPELLINGS.get(word, word)
    if word in FINAL_STATES or word in ACTIVE_STATES or word == first:
        return word
    found = [state for state in _STATES if state.startswith(word)] if word else []
    return found[0] if len(found) == 1 else word
