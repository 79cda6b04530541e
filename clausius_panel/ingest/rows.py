"""One job as an exporter sends it, read into the columns of the history.

Needed are the members JobID, User, Account, Partition, State, Submit. Used where they are there are:

    QOS, Start, End, NodeList         Start and End may be null, "None", "Unknown" or "": the job never started
    AllocCPUS, AllocGPUS, AllocNodes  or CPUs, GPUs, Nodes. Nodes are counted in NodeList where that names more
    CPUHours, GPUHours, ElapsedHours, WaitingTimeHours
                                      only where the counts or the times they follow from are missing
    Elapsed, TotalCPU, AveCPU, MaxRSS, AveDiskRead, AveDiskWrite
                                      as sacct prints them, where the numbers below are missing
    JobIDRaw, JobName, Group, Eligible, ElapsedSeconds, TimelimitSeconds, AllocTRES, ExitCode, WorkDir,
    TotalCPUSeconds, AveCPUSeconds, MaxRSSMiB, DiskReadMiB, DiskWrittenMiB, GPUUtil, GPUMemoryMiB, EnergyJoules
                                      what clausius-exporter adds; others are passed over

Without JobIDRaw an array task or part of a heterogeneous job is told by its JobID alone. Times without a zone are
in the zone of their host (see `store.keys.host_time_zones`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ..errors import InvalidInput, ParseError, RowRefused
from ..model.durations import parse_duration_s
from ..model.history_job import base_state
from ..model.hostlist import count_hosts
from ..model.job import FINAL_STATES
from ..model.job_id import parse_job_id
from ..model.tres import parse_gpus, parse_memory, parse_tres
from ..slurm.exported_columns import MEASURES, lifetime, measured, of_hours
from ..store.history_rows import MOST_SECONDS
from .members import INT64, given, number, past, real, text, time, whole
from .reader import MAX_VALUE, TooLong

__all__ = ["COLUMNS", "KNOWN", "LEGACY_NAMES", "read_row"]

COLUMNS = (
    *("job_id", "job_id_raw", "array_job_id", "array_task_id", "het_job_id", "het_offset"),
    *("submit_time", "state", "user_name", "account", "partition", "qos", "start_time", "end_time", "elapsed_s"),
    *("cpus", "gpus", "nodes", "node_list", "gpu_type", "memory_mib", "tres"),
    *("name", "group_name", "eligible_time", "time_limit_s", "exit_code", "work_dir"),
    *("total_cpu_s", "ave_cpu_s", "max_rss_mib", "disk_read_mib", "disk_written_mib", "gpu_util"),
    *("gpu_memory_mib", "energy_j"),
)
"""What `read_row` gives, in this order: columns of the table jobs."""

LEGACY_NAMES = {
    "CPUs": "AllocCPUS",
    "GPUs": "AllocGPUS",
    "Nodes": "AllocNodes",
    "CPU-hours": "CPUHours",
    "GPU-hours": "GPUHours",
    "Elapsed [h]": "ElapsedHours",
    "WaitingTime [h]": "WaitingTimeHours",
}
"""Other names under which members are sent."""

_NEEDED = frozenset({"JobID", "User", "Account", "Partition", "State", "Submit"})
_WORDS = ("State", "User", "Account", "Partition", "QOS")
_USUAL = _NEEDED | {
    *("QOS", "Start", "End", "CPUHours", "GPUHours", "AllocCPUS", "AllocGPUS", "AllocNodes", "NodeList")
}
_INT32 = 2**31 - 1

_USAGE: tuple[tuple[str, bool], ...] = (  # in the order of COLUMNS; True: a whole number
    ("TotalCPUSeconds", False),
    ("AveCPUSeconds", False),
    ("MaxRSSMiB", True),
    ("DiskReadMiB", False),
    ("DiskWrittenMiB", False),
    ("GPUUtil", False),
    ("GPUMemoryMiB", True),
    ("EnergyJoules", True),
)

_MORE = frozenset(
    {"JobName", "Group", "Eligible", "TimelimitSeconds", "ExitCode", "WorkDir", *dict(_USAGE), *MEASURES}
)
_NO_TRES: tuple[str, int, int | None, str] = ("", 0, None, "")
_NOTHING_MORE = ("", None, None, None, "", "", *(None for _ in _USAGE))

KNOWN = frozenset(
    {
        *_USUAL,
        *_MORE,
        *LEGACY_NAMES,
        *LEGACY_NAMES.values(),
        *("JobIDRaw", "Elapsed", "ElapsedSeconds", "AllocTRES"),
    }
)
"""All members that are used."""


def read_row(row: Any, *, zone: tzinfo, latest: datetime) -> tuple[Any, ...]:
    """The values of `COLUMNS`; times naive in UTC. Raises `RowRefused` naming the member that is wrong.

    `zone` is that of times without one, `latest` (naive, UTC) until when jobs can have been submitted.
    """
    if isinstance(row, TooLong):
        raise RowRefused("job", None, f"has {row.characters} characters; {MAX_VALUE} are allowed")
    if not isinstance(row, Mapping):
        raise RowRefused("job", row, "must be an object with JobID, Submit and so on")
    is_usual = row.keys() <= _USUAL
    if not is_usual and not LEGACY_NAMES.keys().isdisjoint(row):
        row = {LEGACY_NAMES.get(name, name): value for name, value in row.items()}
    if not row.keys() >= _NEEDED:
        raise RowRefused(next(name for name in sorted(_NEEDED) if name not in row), None, "is missing")
    submit, words = _submit(row, zone, latest), _words(row)
    start, end, elapsed_s = _lifetime(row, submit, words[0], zone, latest)
    node_list, nodes = _nodes(row)
    gpu_type, tres_gpus, memory_mib, tres = _NO_TRES if is_usual else _tres(text(row, "AllocTRES"))
    return (
        *_ids(row),
        submit,
        *words,
        start,
        end,
        elapsed_s,
        _count(row, "AllocCPUS", "CPUHours", elapsed_s),
        _count(row, "AllocGPUS", "GPUHours", elapsed_s, least=tres_gpus),
        nodes,
        node_list,
        gpu_type,
        memory_mib,
        tres,
        *(_NOTHING_MORE if is_usual else _more(row, zone)),
    )


def _submit(row: Mapping[str, Any], zone: tzinfo, latest: datetime) -> datetime:
    submit = time(row, "Submit", zone)
    if submit is None:
        why = "lies before all jobs" if _says_something(row["Submit"]) else "is needed: the time of submission"
        raise RowRefused("Submit", row["Submit"], why)
    if submit > latest:
        raise RowRefused("Submit", row["Submit"], "lies in the future")
    return submit


def _says_something(value: Any) -> bool:
    """Whether a value that stands where a time should says anything at all."""
    return value is not None and value == value and bool(given(str(value)))


def _words(row: Mapping[str, Any]) -> tuple[str, ...]:
    """State, user, account, partition and QOS."""
    try:
        return _read_words(row["State"], row["User"], row["Account"], row["Partition"], row.get("QOS"))
    except TypeError:  # a list or an object, which cannot be remembered
        for name in _WORDS:
            text(row, name)
        raise


@functools.lru_cache(65_536, typed=True)  # the same few come with every job
def _read_words(*values: Any) -> tuple[str, ...]:
    row = dict(zip(_WORDS, values, strict=True))
    state = base_state(text(row, "State"))
    if not state:
        raise RowRefused("State", row["State"], "is needed, for example COMPLETED")
    return (state, *(text(row, name) for name in _WORDS[1:]))


def _nodes(row: Mapping[str, Any]) -> tuple[str, int]:
    """The node list and how many it was, whichever says more: some exporters count `n[1-4]` as one."""
    names = row.get("NodeList")
    if type(names) is list and all(type(name) is str for name in names):  # so the weekly files have them
        row = {"AllocNodes": row.get("AllocNodes"), "NodeList": ",".join(names)}
    node_list = text(row, "NodeList")
    return node_list, max(whole(row, "AllocNodes", _INT32) or 0, _hosts(node_list))


def _more(row: Mapping[str, Any], zone: tzinfo) -> tuple[Any, ...]:
    """What only our own exporter sends, and what sacct said that a job used."""
    numbers = [whole(row, name, INT64) if is_whole else real(row, name) for name, is_whole in _USAGE]
    if not MEASURES.keys().isdisjoint(row):
        told = _measured(row)
        numbers = [other if number is None else number for number, other in zip(numbers, told, strict=True)]
    return (
        text(row, "JobName"),
        text(row, "Group") or None,
        time(row, "Eligible", zone),
        whole(row, "TimelimitSeconds", INT64),
        text(row, "ExitCode"),
        text(row, "WorkDir"),
        *numbers,
    )


def _measured(row: Mapping[str, Any]) -> tuple[float | None, ...]:
    """The same as `_USAGE` from what sacct printed."""
    try:
        used = measured({name: text(row, name) for name in MEASURES})
    except ParseError as error:
        raise RowRefused(error.command, row.get(error.command), f"is {error.why}") from None
    sizes = (used.max_rss_mib, used.disk_read_mib, used.disk_written_mib)
    return used.total_cpu_s, used.ave_cpu_s, *sizes, used.gpu_util, used.gpu_memory_mib, used.energy_j


def _lifetime(
    row: Mapping[str, Any], submit: datetime, state: str, zone: tzinfo, latest: datetime
) -> tuple[datetime | None, datetime | None, int]:
    """Start, end, and seconds that it ran."""
    start, end = (past(row, name, zone, latest) for name in ("Start", "End"))
    if start is not None and end is not None and end < start:
        raise RowRefused("End", row.get("End"), f"is before Start ({row.get('Start')})")
    told_s = _told_s(row)
    if told_s is None and start is not None and end is not None:
        return start, end, int((end - start).total_seconds())
    try:
        lived = lifetime(
            submit,
            start,
            end,
            told_s=told_s,
            hours=number(row, "ElapsedHours"),
            waited_hours=_waited_hours(row) if start is None else None,
            has_ended=state in FINAL_STATES,
        )
    except OverflowError:
        raise RowRefused("ElapsedHours", row.get("ElapsedHours"), "leads outside the calendar") from None
    for name, when in zip(("Start", "End"), lived[:2], strict=True):
        if when is not None and when > latest:
            raise RowRefused(name, row.get(name), "is not known, and would lie in the future by the hours")
    return lived


def _told_s(row: Mapping[str, Any]) -> int | None:
    """Seconds that Slurm itself counted."""
    told = whole(row, "ElapsedSeconds", MOST_SECONDS)
    if told is not None or row.get("Elapsed") is None:
        return told
    words = text(row, "Elapsed")
    try:
        return min(MOST_SECONDS, parse_duration_s(words) or 0) if words else None
    except ParseError as error:
        raise RowRefused("Elapsed", words, f"is {error.why}; write 1-02:03:04") from None


def _waited_hours(row: Mapping[str, Any]) -> float | None:
    """Negative hours of clocks that disagree, and what is no number, say nothing."""
    hours = row.get("WaitingTimeHours")
    return float(hours) if isinstance(hours, (int, float)) and 0 <= hours < INT64 else None


def _count(row: Mapping[str, Any], name: str, hours_name: str, elapsed_s: int, *, least: int = 0) -> int:
    """How many it had; from the hours it used where that is not said."""
    count = max(whole(row, name, _INT32) or 0, least)
    return count or min(_INT32, of_hours(number(row, hours_name), elapsed_s))


def _ids(row: Mapping[str, Any]) -> tuple[str, str | None, str, str, str, int | None]:
    """The id, the number behind it where that is known, array id, task, het id and offset."""
    job_id, raw = text(row, "JobID"), text(row, "JobIDRaw")
    if raw and not _is_number(raw):
        raise RowRefused("JobIDRaw", raw, "must be a number")
    if _is_number(job_id):
        return job_id, raw or job_id, "", "", "", None
    try:
        found = parse_job_id(job_id)
    except ParseError:
        raise RowRefused("JobID", job_id, "is no job id; write 123, 123_4 or 123+1") from None
    offset = found.het_offset
    if found.step or not _is_number(found.job) or (offset or 0) > _INT32:
        raise RowRefused("JobID", job_id, "must be the id of a job, not of a step")
    array_id, het_id = found.job if found.task else "", "" if offset is None else found.job
    return job_id, raw or None, array_id, found.task, het_id, offset


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


@functools.lru_cache(4096)
def _tres(text: str) -> tuple[str, int, int | None, str]:
    """GPU type, GPUs and MiB of an AllocTRES, and itself."""
    try:
        gpus, memory = parse_gpus(text), parse_memory(parse_tres(text).get("mem", ""))
    except ParseError as error:
        raise RowRefused("AllocTRES", text, error.why) from None
    return gpus.type, min(gpus.count, _INT32), memory.mib if memory else None, text


@functools.lru_cache(4096)
def _hosts(node_list: str) -> int:
    """How many nodes a list names; 0 for what is none."""
    try:
        return count_hosts(node_list) if node_list else 0
    except InvalidInput:
        return 0
