"""`sstat` and the steps of `sacct`: what a job's steps use, while it runs and after its end. Pure readers.

Both print plain numbers under --noconvert: bytes for memory. sstat cannot change its separator, which no field
asked for here can hold.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from ..errors import ParseError
from ..model.durations import parse_time
from ..model.job_usage import StepUse
from ..model.tres import parse_tres
from .columns import Columns
from .values import count

__all__ = ["accounting_words", "cpu_seconds", "live_words", "parse_accounting", "parse_live"]

_SEPARATOR = "|"
_LIVE = ("JobID", "NTasks", "AveCPU", "AveRSS", "MaxRSS", "TRESUsageInAve", "TRESUsageInTot")
_ACCOUNTING = (
    "JobID",
    "JobIDRaw",
    "NTasks",
    "TotalCPU",
    "AveCPU",
    "AveRSS",
    "MaxRSS",
    "TRESUsageInAve",
    "TRESUsageInTot",
)
_ID = re.compile(r"[0-9]{1,19}")
_CPU = re.compile(
    r"(?:(?P<days>[0-9]{1,9})-)?(?:(?P<hours>[0-9]{1,9}):)?(?P<min>[0-9]{1,9}):(?P<s>[0-9]{1,9}(?:\.[0-9]{1,9})?)"
)
_BYTES = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,9})?)([KMGTP]?)")
_SCALE = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}
_PERCENT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_NOTHING = frozenset({"", "N/A", "None", "Unknown", "(null)"})
_MOST = 2**63  # Slurm prints 2^64 less a few where nothing was measured


def live_words(job_id_raw: str) -> list[str]:
    """The command for a running job by its raw id: other forms of an array task's id find no steps."""
    return ["sstat", "-a", "-P", "--noconvert", "-j", _plain(job_id_raw), "-o", ",".join(_LIVE)]


def accounting_words(job_id_raw: str, *, all_attempts: bool = False) -> list[str]:
    """The command for a job and its steps after its end: of its last attempt, or of each one."""
    fields = [*_ACCOUNTING, "Submit"] if all_attempts else [*_ACCOUNTING]
    each = ["-D"] if all_attempts else []
    return ["sacct", *each, "-P", "--noconvert", "-j", _plain(job_id_raw), "-o", ",".join(fields)]


def parse_live(text: str, *, job_id_raw: str) -> list[StepUse]:
    """The steps of a job, in sstat's order; those of other tasks of its array are passed over.

    None at all is an answer too: nothing was sampled yet. Raises `ParseError` for a shape we do not know.
    """
    return _steps("sstat", text, "JobID", job_id_raw)


def parse_accounting(text: str, *, job_id_raw: str, submitted: datetime | None = None) -> list[StepUse]:
    """The job as a whole (its step is "") and its steps. Raises `ParseError` as `parse_live` does.

    `submitted` chooses one of several attempts, as the command for all of them tells it: the steps of an attempt
    stand below it, and what they say of a submission is their own.
    """
    if submitted is None:
        return _steps("sacct", text, "JobIDRaw", job_id_raw)
    rows = _rows("sacct", text, "Submit")
    found, is_wanted = list[StepUse](), False
    whose = zip(_all(rows), rows.texts("JobIDRaw"), rows.read("Submit", parse_time), strict=True)
    for use, own, at in whose:
        if not use.step:
            is_wanted = own == job_id_raw and at == submitted.replace(microsecond=0)
        if is_wanted and own.partition(".")[0] == job_id_raw:
            found.append(use)
    return found


def cpu_seconds(text: str) -> float | None:
    """Seconds in `[days-][hours:]minutes:seconds[.fraction]`; None for what was not measured. Raises `ParseError`.

    >>> cpu_seconds("1-02:03:04"), cpu_seconds("00:00.003"), cpu_seconds("")
    (93784.0, 0.003, None)
    """
    found = _CPU.fullmatch(text)
    if found is None:
        if text in _NOTHING or text == "INVALID":
            return None
        raise ParseError("CPU time", 1, text, "not a time")
    days, hours = int(found["days"] or 0), int(found["hours"] or 0)
    return days * 86400 + hours * 3600 + int(found["min"]) * 60 + float(found["s"])


def _plain(job_id_raw: str) -> str:
    if not _ID.fullmatch(job_id_raw):
        raise ParseError("sstat", 1, job_id_raw, "not a raw job id")
    return job_id_raw


def _steps(command: str, text: str, id_field: str, job_id_raw: str) -> list[StepUse]:
    rows = _rows(command, text, id_field)
    ids = [own.partition(".")[0] for own in rows.texts(id_field)]
    return [use for use, own in zip(_all(rows), ids, strict=True) if own == job_id_raw]


def _rows(command: str, text: str, needed: str) -> Columns:
    lines = [line for line in text.splitlines() if line]
    start = next((i for i, line in enumerate(lines) if line.startswith(f"JobID{_SEPARATOR}")), None)
    if start is None:
        raise ParseError(command, 1, text[:200], "no header")
    names = lines[start].split(_SEPARATOR)
    if needed not in names:
        raise ParseError(command, start + 1, lines[start], f"no field {needed}")
    return Columns.from_rows(command, names, [line.split(_SEPARATOR) for line in lines[start + 1 :]])


@dataclass(frozen=True, slots=True)
class _Tres:
    """What of a TRES text matters here."""

    cpu_s: float | None
    memory: float | None
    gpu_percent: float | None
    gpu_memory: float | None


def _tres(text: str) -> _Tres:
    parts = parse_tres(text)
    return _Tres(
        cpu_s=cpu_seconds(parts.get("cpu", "")),
        memory=_bytes(parts.get("mem", "")),
        gpu_percent=_percent(parts.get("gres/gpuutil", "")),
        gpu_memory=_bytes(parts.get("gres/gpumem", "")),
    )


def _all(rows: Columns) -> list[StepUse]:
    columns = zip(
        rows.texts("JobID"),
        rows.read("NTasks", count),
        rows.read("TotalCPU", cpu_seconds),
        rows.read("AveCPU", cpu_seconds),
        rows.read("AveRSS", _bytes),
        rows.read("MaxRSS", _bytes),
        rows.read("TRESUsageInAve", _tres),
        rows.read("TRESUsageInTot", _tres),
        strict=True,
    )
    return [_step(*values) for values in columns]


def _step(
    job_id: str,
    tasks: int,
    cpu_s: float | None,
    mean_cpu_s: float | None,
    mean_rss: float | None,
    most_rss: float | None,
    mean: _Tres,
    total: _Tres,
) -> StepUse:
    """Totals as Slurm adds them up where it does, else the mean of the tasks times their number."""
    tasks = max(1, tasks)
    return StepUse(
        step=job_id.partition(".")[2],
        tasks=tasks,
        cpu_s=cpu_s or _told(total.cpu_s, mean_cpu_s, tasks),
        rss_mib=_mib(_told(total.memory, mean_rss, tasks)) or None,
        max_rss_mib=_mib(_told(None, most_rss, tasks)) or None,
        gpu_percent=_told(total.gpu_percent, mean.gpu_percent, tasks),
        gpu_memory_mib=_mib(_told(total.gpu_memory, mean.gpu_memory, tasks)),
    )


def _told(total: float | None, mean: float | None, tasks: int) -> float | None:
    if total is not None:
        return total
    return None if mean is None else mean * tasks


def _bytes(text: str) -> float | None:
    found = _BYTES.fullmatch(text)
    if found is None:
        if text in _NOTHING:
            return None
        raise ParseError("memory", 1, text, "not an amount of memory")
    value = float(found[1]) * _SCALE[found[2]]
    return None if value >= _MOST else value


def _percent(text: str) -> float | None:
    if not _PERCENT.fullmatch(text):
        if text in _NOTHING:
            return None
        raise ParseError("GPU use", 1, text, "not a number")
    return float(text)


def _mib(value: float | None) -> int | None:
    return None if value is None else math.ceil(value / 1024**2)
