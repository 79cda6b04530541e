"""What the steps of a job used, folded into the job.

total_cpu_s      TotalCPU of the job, which is that of all its steps; where a step was killed before it could be
                 counted, what was measured while it ran (cpu of TRESUsageInTot), if that is more
ave_cpu_s        AveCPU of the step that used most CPU, of those that are not the "extern" one
max_rss_mib      the greatest of MaxRSS x NTasks of a step, as seff reckons it: what the whole job had at most
gpu_util         the greatest of gres/gpuutil (TRESUsageInAve x NTasks) of a step, over the job's GPUs; Slurm adds
                 up the utilisation of all GPUs of a task
gpu_memory_mib   the greatest of gres/gpumem (TRESUsageInTot, or TRESUsageInMax) of a step
disk_*_mib       fs/disk of TRESUsageInTot and TRESUsageOutTot, all steps; else AveDiskRead and AveDiskWrite x
NTasks energy_j         ConsumedEnergyRaw of the job, else the sum of its steps
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import ParseError
from ..model.tres import parse_tres

__all__ = ["USAGE_FIELDS", "Usage", "fold_steps", "read_bytes", "read_cpu_s"]

USAGE_FIELDS = (
    "NTasks",
    "TotalCPU",
    "AveCPU",
    "MaxRSS",
    "AveDiskRead",
    "AveDiskWrite",
    "ConsumedEnergyRaw",
    "TRESUsageInAve",
    "TRESUsageInMax",
    "TRESUsageInTot",
    "TRESUsageOutTot",
)
"""The fields of sacct that are read here."""

_MIB = 1024.0**2
_BYTES = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,9})?)([KMGTPE]?)(?:i?B)?", re.I)
_SCALES = {unit: 1024.0**power for power, unit in enumerate(["", "K", "M", "G", "T", "P", "E"])}
_UNSET = 2.0**63  # Slurm prints 2^64 - 2 where nothing was measured
_CPU = re.compile(r"(?:([0-9]{1,9})-)?(?:([0-9]{1,9}):)?([0-9]{1,9}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")
_NONE = ("", "N/A", "(null)", "Unknown", "UNKNOWN", "None", "INVALID")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a job used; None is "not measured". See the module for how each is reckoned."""

    total_cpu_s: float | None = None
    ave_cpu_s: float | None = None
    max_rss_mib: int | None = None
    gpu_util: float | None = None
    gpu_memory_mib: int | None = None
    disk_read_mib: float | None = None
    disk_written_mib: float | None = None
    energy_j: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    name: str  # "batch", "extern", "0"
    tasks: int
    cpu_s: float | None
    ave_cpu_s: float | None
    rss: float | None  # bytes, of all its tasks
    gpu_util: float | None
    gpu_memory: float | None
    read: float | None
    written: float | None
    energy_j: float | None


def fold_steps(job: Mapping[str, str], steps: Sequence[Mapping[str, str]], *, gpus: int) -> Usage:
    """The usage of a job from its own record and those of its steps, by sacct's fields. Raises `ParseError`.

    A job without steps has what its own record says: older versions leave it there.
    """
    found = [_step(step) for step in steps] or [_step(job)]
    own = [step for step in found if step.name != "extern"] or found
    busiest = max(own, key=lambda step: (step.ave_cpu_s or 0.0) * step.tasks)
    measured = [step.cpu_s for step in found if step.cpu_s is not None]
    total = [time for time in (read_cpu_s(job.get("TotalCPU", "")), sum(measured) if measured else None) if time]
    rss, memory = _most([step.rss for step in own]), _most([step.gpu_memory for step in own])
    util = _most([step.gpu_util for step in own])
    joules = read_bytes(job.get("ConsumedEnergyRaw", "")) or _sum([step.energy_j for step in own])
    return Usage(
        total_cpu_s=max(total, default=None),
        ave_cpu_s=busiest.ave_cpu_s,
        max_rss_mib=None if rss is None else -int(-rss // _MIB),
        gpu_util=None if util is None else min(100.0, util / max(1, gpus)),
        gpu_memory_mib=None if memory is None else -int(-memory // _MIB),
        disk_read_mib=_mib(_sum([step.read for step in own])),
        disk_written_mib=_mib(_sum([step.written for step in own])),
        energy_j=int(joules) if joules else None,
    )


def _step(texts: Mapping[str, str]) -> _Step:
    tasks = max(1, int(read_bytes(texts.get("NTasks", "")) or 1))
    average, peak = _tres(texts.get("TRESUsageInAve", "")), _tres(texts.get("TRESUsageInMax", ""))
    total, out = _tres(texts.get("TRESUsageInTot", "")), _tres(texts.get("TRESUsageOutTot", ""))
    most = read_bytes(texts.get("MaxRSS", "") or peak.get("mem", ""))
    util = read_bytes(average.get("gres/gpuutil", ""))
    return _Step(
        name=texts.get("JobID", "").rpartition(".")[2].partition("+")[0],
        tasks=tasks,
        cpu_s=read_cpu_s(total.get("cpu", "")),
        ave_cpu_s=read_cpu_s(texts.get("AveCPU", "")),
        rss=None if most is None else most * tasks,
        gpu_util=None if util is None else util * tasks,
        gpu_memory=_most([read_bytes(part.get("gres/gpumem", "")) for part in (total, peak)]),
        read=_disk(total, texts.get("AveDiskRead", ""), tasks),
        written=_disk(out, texts.get("AveDiskWrite", ""), tasks),
        energy_j=read_bytes(texts.get("ConsumedEnergyRaw", "")),
    )


def _disk(tres: Mapping[str, str], average: str, tasks: int) -> float | None:
    told = read_bytes(tres.get("fs/disk", ""))
    if told is not None:
        return told
    mean = read_bytes(average)
    return None if mean is None else mean * tasks


def _tres(text: str) -> dict[str, str]:
    return parse_tres(text) if text else {}


def _most(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _mib(size: float | None) -> float | None:
    return None if size is None else round(size / _MIB, 3)


def read_bytes(text: str) -> float | None:
    """Bytes in `4743168`, `4632K`, `0.09M`; None where nothing was measured. Raises `ParseError`.

    >>> read_bytes("4632K"), read_bytes("18446744073709551614") is None
    (4743168.0, True)
    """
    found = _BYTES.fullmatch(text)
    if found is None:
        if text.strip() in _NONE:
            return None
        raise ParseError("amount", 1, text, "not an amount")
    value = float(found[1]) * _SCALES[found[2].upper()]
    return value if value < _UNSET else None


def read_cpu_s(text: str) -> float | None:
    """Seconds in `[days-][hours:]minutes:seconds[.fraction]`; None for none. Raises `ParseError`.

    >>> read_cpu_s("00:00.013"), read_cpu_s("1-02:03:04"), read_cpu_s("12:30")
    (0.013, 93784.0, 750.0)
    """
    found = _CPU.fullmatch(text)
    if found is None:
        if text.strip() in _NONE:
            return None
        raise ParseError("CPU time", 1, text, "not a time")
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
