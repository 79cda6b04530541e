"""What files and bodies of a usage history call things, and what follows from them, for whoever reads them.

An import and an upload go by these rules, so that a file may come either way, or both, and be the same jobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from ..errors import ParseError
from .sacct_steps import Usage, read_bytes, read_cpu_s

__all__ = ["COLUMNS", "MEASURES", "column_names", "lifetime", "measured", "of_hours"]

MEASURES: dict[str, Callable[[str], float | None]] = {
    "TotalCPU": read_cpu_s,
    "AveCPU": read_cpu_s,
    "MaxRSS": read_bytes,
    "AveDiskRead": read_bytes,
    "AveDiskWrite": read_bytes,
}
"""What a job used, as sacct prints it, and how each is read."""

COLUMNS = (
    *("JobID", "JobIDRaw", "JobName", "Cluster", "User", "Group", "Account", "Partition", "QOS", "State"),
    *("Submit", "Eligible", "Start", "End", "Elapsed", "ElapsedSeconds", "ElapsedHours", "WaitingTimeHours"),
    *("TimelimitSeconds", "CPUHours", "GPUHours", "AllocCPUS", "AllocGPUS", "AllocNodes", "NodeList", "AllocTRES"),
    *("ExitCode", "WorkDir", *MEASURES, "TotalCPUSeconds", "AveCPUSeconds", "MaxRSSMiB", "DiskReadMiB"),
    *("DiskWrittenMiB", "GPUUtil", "GPUMemoryMiB", "EnergyJoules"),
)
"""Every column that is understood, by our name for it."""

_PUNCTUATION = re.compile(r"[^a-z0-9]")
_NAMES = {name.lower(): name for name in COLUMNS} | {
    "elapsedh": "ElapsedHours",
    "waitingtime": "WaitingTimeHours",
    "waitingtimeh": "WaitingTimeHours",
    "nodes": "AllocNodes",
    "nnodes": "AllocNodes",
    "cpus": "AllocCPUS",
    "ncpus": "AllocCPUS",
    "gpus": "AllocGPUS",
}
_MOST_HOURS = 1e7
_MIB = 1024.0**2


def column_names(names: Iterable[str]) -> dict[str, str]:
    """Column of a file -> our name of it, "" for one that is not understood, or that another stands for already.

    Case and punctuation do not matter.

    >>> column_names(["Elapsed [h]", "CPU-hours", "nodes", "Nodes", "SubmitYear"])
    {'Elapsed [h]': 'ElapsedHours', 'CPU-hours': 'CPUHours', 'nodes': 'AllocNodes', 'Nodes': '', 'SubmitYear': ''}
    """
    found: dict[str, str] = {}
    for name in names:
        ours = _NAMES.get(_PUNCTUATION.sub("", name.lower()), "")
        found[name] = ours if ours not in found.values() else ""
    return found


def measured(texts: Mapping[str, str]) -> Usage:
    """What a job used, by the columns of `MEASURES`. Raises `ParseError` naming the one that is wrong."""
    values: dict[str, float | None] = {}
    for name, read in MEASURES.items():
        text = texts.get(name, "")
        try:
            values[name] = read(text) if text else None
        except ParseError as error:
            raise ParseError(name, 1, text, error.why) from None
    rss = values["MaxRSS"]
    return Usage(
        total_cpu_s=values["TotalCPU"] or None,
        ave_cpu_s=values["AveCPU"],
        max_rss_mib=None if rss is None else -int(-rss // _MIB),
        disk_read_mib=_mib(values["AveDiskRead"]),
        disk_written_mib=_mib(values["AveDiskWrite"]),
    )


def _mib(size: float | None) -> float | None:
    return None if size is None else round(size / _MIB, 3)


def lifetime(
    submit: datetime,
    start: datetime | None,
    end: datetime | None,
    *,
    told_s: int | None,
    hours: float | None,
    waited_hours: float | None,
    has_ended: bool,
) -> tuple[datetime | None, datetime | None, int]:
    """When a job began and ended and how many seconds it ran, each from the others where it is not said itself.

    `told_s` are seconds that Slurm counted: while a job is suspended none go by. `hours` say them less exactly
    than the times do. A job that has not ended gets no end.

    Raises `OverflowError` for a time outside the calendar.
    """
    elapsed_s = told_s
    if elapsed_s is None:
        elapsed_s = max(0, int((end - start).total_seconds())) if start and end else _seconds(hours) or 0
    waited_s = _seconds(waited_hours)
    if start is None and waited_s is not None and elapsed_s:
        start = submit + timedelta(seconds=waited_s)
    if end is None and start is not None and elapsed_s and has_ended:
        end = start + timedelta(seconds=elapsed_s)
    return start, end, elapsed_s


def _seconds(hours: float | None) -> int | None:
    return None if hours is None or not 0 <= hours <= _MOST_HOURS else round(hours * 3600)


def of_hours(hours: float | None, elapsed_s: int) -> int:
    """How many CPUs or GPUs a job had that used so many hours of them."""
    return round(hours * 3600 / elapsed_s) if hours and elapsed_s else 0
