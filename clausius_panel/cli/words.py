"""Values as a person reads them in a terminal. Pure; text from clusters goes through `printable`."""

from __future__ import annotations

from datetime import UTC, datetime

from ..model import Job
from ..model.durations import format_ago
from ..model.printable import printable

__all__ = ["ago", "cut_middle", "gpus", "number", "printable", "state"]


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """How long ago, or in how long; "-" for never.

    >>> now = datetime(2026, 1, 2, tzinfo=UTC)
    >>> ago(datetime(2026, 1, 1, 23, 56, tzinfo=UTC), now), ago(datetime(2026, 1, 2, 3, tzinfo=UTC), now)
    ('4 min ago', 'in 3 h')
    """
    if when is None:
        return "-"
    return format_ago(((now or datetime.now(UTC)) - when).total_seconds())


def gpus(job: Job) -> str:
    """GPUs of the whole job, with nodes x GPUs per node where there are several nodes; "-" for none.

    >>> gpus(Job(cluster="a", job_id="1", job_id_raw="1", submit_time=None, gpus=16, nodes=2))
    '16 (2x8)'
    """
    if job.nodes > 1 and job.gpus and job.gpus % job.nodes == 0:
        return f"{job.gpus} ({job.nodes}x{job.gpus // job.nodes})"
    return number(job.gpus)


def number(value: float) -> str:
    """A number with thousands apart; zero is a dash.

    >>> number(0), number(12000), number(2.5)
    ('-', '12,000', '2.5')
    """
    return f"{value:,}" if value else "-"


def state(name: str) -> str:
    """A state of Slurm's as one reads it.

    >>> state("OUT_OF_MEMORY")
    'out of memory'
    """
    return name.lower().replace("_", " ")


def cut_middle(text: str, width: int) -> str:
    """At most `width` characters, with "…" in the middle for what is left out.

    >>> cut_middle("protein_folding_run_17", 11)
    'prote…un_17'
    """
    if len(text) <= width:
        return text
    if width < 3:
        return text[:width]
    left = width // 2
    return f"{text[:left]}…{text[len(text) - (width - left - 1) :]}"
