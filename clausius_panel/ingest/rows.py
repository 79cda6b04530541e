"""One job as an exporter sends it, read into the columns of the history.

Needed are the members JobID, User, Account, Partition, State, Submit. Used where they are there are:

    QOS, Start, End, NodeList         Start and End may be null, "None", "Unknown" or "": the job never started
    AllocCPUS, AllocGPUS, AllocNodes  or CPUs, GPUs, Nodes. Nodes are counted in NodeList where that names more
    CPUHours, GPUHours, ElapsedHours  only where the counts or the times they follow from are missing
    JobIDRaw, JobName, Group, Eligible, ElapsedSeconds, TimelimitSeconds, AllocTRES, ExitCode, WorkDir,
    TotalCPUSeconds, AveCPUSeconds, MaxRSSMiB, DiskReadMiB, DiskWrittenMiB, GPUUtil, GPUMemoryMiB, EnergyJoules
                                      what clausius-exporter adds; others are passed over

Without JobIDRaw an array task or part of a heterogeneous job is told by its JobID alone. Times without a zone are
in the zone of their host (see `store.keys.host_time_zones`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from ..errors import InvalidInput, ParseError, RowRefused
from ..model.history_job import base_state
from ..model.hostlist import count_hosts
from ..model.job_id import parse_job_id
from ..model.tres import parse_gpus, parse_memory, parse_tres
from ..store.history_rows import MOST_SECONDS
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
}
"""Other names under which members are sent."""

_NEEDED = frozenset({"JobID", "User", "Account", "Partition", "State", "Submit"})
_WORDS = ("State", "User", "Account", "Partition", "QOS")
_USUAL = _NEEDED | {
    *("QOS", "Start", "End", "CPUHours", "GPUHours", "AllocCPUS", "AllocGPUS", "AllocNodes", "NodeList")
}
_NONE = frozenset({"", "none", "unknown", "null", "nan", "nat", "n/a", "(null)", "none assigned"})
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_EARLIEST = datetime(1980, 1, 1)  # before any Slurm: what is meant is "never"
_SHORT = 14  # characters; none of _NONE has so many

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
    {"JobName", "Group", "Eligible", "TimelimitSeconds", "ExitCode", "WorkDir"} | dict(_USAGE).keys()
)
_NO_TRES: tuple[str, int, int | None, str] = ("", 0, None, "")
_NOTHING_MORE = ("", None, None, None, "", "", *(None for _ in _USAGE))

KNOWN = frozenset(
    {
        *_USUAL,
        *_MORE,
        *LEGACY_NAMES,
        *LEGACY_NAMES.values(),
        *("JobIDRaw", "ElapsedSeconds", "AllocTRES"),
    }
)
"""All members that are used."""


def read_row(row: Any, *, zone: tzinfo, latest: datetime) -> tuple[Any, ...]:
    """The values of `COLUMNS`; times naive in UTC. Raises `RowRefused` naming the member that is wrong.

    `zone` is that of times without one, `latest` (naive, UTC) until when jobs can have been submitted.
    """
    if isinstance(row, TooLong):
        raise RowRefused("job", row, f"has {row.characters} characters; {MAX_VALUE} are allowed")
    if not isinstance(row, Mapping):
        raise RowRefused("job", row, "must be an object with JobID, Submit and so on")
    is_usual = row.keys() <= _USUAL
    if not is_usual and not LEGACY_NAMES.keys().isdisjoint(row):
        row = {LEGACY_NAMES.get(name, name): value for name, value in row.items()}
    if not row.keys() >= _NEEDED:
        raise RowRefused(next(name for name in sorted(_NEEDED) if name not in row), None, "is missing")
    submit = _time(row, "Submit", zone)
    if submit is None:
        raise RowRefused("Submit", row["Submit"], "is needed: the time of submission")
    if submit > latest:
        raise RowRefused("Submit", row["Submit"], "lies in the future")
    start, end = (_past(row, name, zone, latest) for name in ("Start", "End"))
    elapsed_s = _elapsed_s(row, start, end)
    node_list, nodes = _nodes(row)
    gpu_type, tres_gpus, memory_mib, tres = _NO_TRES if is_usual else _tres(_text(row, "AllocTRES"))
    return (
        *_ids(row),
        submit,
        *_words(row),
        start,
        end,
        elapsed_s,
        _count(row, "AllocCPUS", "CPUHours", elapsed_s),
        max(_count(row, "AllocGPUS", "GPUHours", elapsed_s), tres_gpus),
        nodes,
        node_list,
        gpu_type,
        memory_mib,
        tres,
        *(_NOTHING_MORE if is_usual else _more(row, zone)),
    )


def _words(row: Mapping[str, Any]) -> tuple[str, ...]:
    """State, user, account, partition and QOS."""
    try:
        return _read_words(row["State"], row["User"], row["Account"], row["Partition"], row.get("QOS"))
    except TypeError:  # a list or an object, which cannot be remembered
        for name in _WORDS:
            _text(row, name)
        raise


@functools.lru_cache(65_536, typed=True)  # the same few come with every job
def _read_words(*values: Any) -> tuple[str, ...]:
    row = dict(zip(_WORDS, values, strict=True))
    state = base_state(_text(row, "State"))
    if not state:
        raise RowRefused("State", row["State"], "is needed, for example COMPLETED")
    return (state, *(_text(row, name) for name in _WORDS[1:]))


def _nodes(row: Mapping[str, Any]) -> tuple[str, int]:
    """The node list and how many it was, whichever says more: some exporters count `n[1-4]` as one."""
    names = row.get("NodeList")
    if type(names) is list and all(type(name) is str for name in names):  # so the weekly files have them
        row = {"AllocNodes": row.get("AllocNodes"), "NodeList": ",".join(names)}
    node_list = _text(row, "NodeList")
    return node_list, max(_whole(row, "AllocNodes", _INT32) or 0, _hosts(node_list))


def _more(row: Mapping[str, Any], zone: tzinfo) -> tuple[Any, ...]:
    """What only our own exporter sends."""
    return (
        _text(row, "JobName"),
        _text(row, "Group") or None,
        _time(row, "Eligible", zone),
        _whole(row, "TimelimitSeconds", _INT64),
        _text(row, "ExitCode"),
        _text(row, "WorkDir"),
        *(_whole(row, name, _INT64) if is_whole else _float(row, name) for name, is_whole in _USAGE),
    )


@functools.lru_cache(65_536)
def _given(text: str) -> str:
    """A text, or "" for the ways in which exporters say that there is none."""
    return "" if text.strip().lower() in _NONE else text


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if type(value) is str:
        return _given(value) if len(value) < _SHORT else value
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowRefused(name, value, "must be text")
    if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
        return str(value)
    return str(int(value))


def _time(row: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    value = row.get(name)
    if value is None:
        return None
    try:
        if type(value) is str:
            if len(value) < _SHORT and not _given(value):
                return None
            when = datetime.fromisoformat(value)
        elif isinstance(value, datetime):
            if value != value:  # pandas' NaT
                return None
            when = value
        else:
            raise RowRefused(name, value, "must be a time such as 2026-01-31T12:00:00")
        if when.tzinfo is not None or zone is not UTC:
            when = when if when.tzinfo is not None else when.replace(tzinfo=zone)
            when = when.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise RowRefused(name, value, "is no time; write 2026-01-31T12:00:00, with or without a zone") from None
    return when if when > _EARLIEST else None


def _past(row: Mapping[str, Any], name: str, zone: tzinfo, latest: datetime) -> datetime | None:
    """A time at which something happened: one that is to come would be counted for thousands of years."""
    when = _time(row, name, zone)
    if when is not None and when > latest:
        raise RowRefused(name, row[name], "lies in the future")
    return when


def _elapsed_s(row: Mapping[str, Any], start: datetime | None, end: datetime | None) -> int:
    if start is not None and end is not None and end < start:
        raise RowRefused("End", row.get("End"), f"is before Start ({row.get('Start')})")
    told = _whole(row, "ElapsedSeconds", MOST_SECONDS)
    if told is not None:
        return told
    if start is not None and end is not None:
        return int((end - start).total_seconds())
    hours = _number(row, "ElapsedHours")
    return round(hours * 3600) if hours else 0


def _number(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    if value is None:
        return None
    if type(value) is str:
        try:
            value = float(_given(value) or "nan")
        except ValueError:
            raise RowRefused(name, value, "must be a number") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowRefused(name, value, "must be a number")
    if value != value:  # NaN
        return None
    if not 0 <= value <= _INT64:
        raise RowRefused(name, value, "must be 0 or more, and finite")
    return value


def _float(row: Mapping[str, Any], name: str) -> float | None:
    value = _number(row, name)
    return None if value is None else float(value)  # Arrow takes no whole number that a float cannot hold exactly


def _whole(row: Mapping[str, Any], name: str, most: int) -> int | None:
    if type(value := row.get(name)) is int and 0 <= value <= most:
        return value
    value = _number(row, name)
    if value is None:
        return None
    if value != int(value) or value > most:
        raise RowRefused(name, value, f"must be a whole number, at most {most}")
    return int(value)


def _count(row: Mapping[str, Any], name: str, hours_name: str, elapsed_s: int) -> int:
    """How many it had; from the hours it used where that is not said."""
    count = _whole(row, name, _INT32)
    if count is not None:
        return count
    hours = _number(row, hours_name)
    return min(_INT32, round(hours * 3600 / elapsed_s)) if hours and elapsed_s else 0


def _ids(row: Mapping[str, Any]) -> tuple[str, str | None, str, str, str, int | None]:
    """The id, the number behind it where that is known, array id, task, het id and offset."""
    text, raw = _text(row, "JobID"), _text(row, "JobIDRaw")
    if raw and not _is_number(raw):
        raise RowRefused("JobIDRaw", raw, "must be a number")
    if _is_number(text):
        return text, raw or text, "", "", "", None
    try:
        found = parse_job_id(text)
    except ParseError:
        raise RowRefused("JobID", text, "is no job id; write 123, 123_4 or 123+1") from None
    offset = found.het_offset
    if found.step or not _is_number(found.job) or (offset or 0) > _INT32:
        raise RowRefused("JobID", text, "must be the id of a job, not of a step")
    array_id, het_id = found.job if found.task else "", "" if offset is None else found.job
    return text, raw or None, array_id, found.task, het_id, offset


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
