"""What is worth knowing of a job's use of its resources, in plain words. Pure; thresholds are constants here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .durations import format_duration
from .job import Job, is_final, state_family
from .job_usage import Usage, cpus_used

__all__ = [
    "IDLE_GPU_PERCENT",
    "IDLE_GPU_S",
    "LOW_GPU_PERCENT",
    "MEMORY_LOW_PERCENT",
    "MEMORY_NEAR_PERCENT",
    "SETTLED_S",
    "Verdict",
    "gib",
    "idle_gpu_span",
    "percent",
    "span",
    "verdicts",
]

IDLE_GPU_PERCENT = 5.0
"""GPUs that are used less than this, on average over the job's GPUs, do nothing."""

IDLE_GPU_S = 600
"""So long must they do nothing before a job is called idle: loading data takes its time."""

LOW_GPU_PERCENT = 25.0
"""GPUs that are used less than this are told of, as little used."""

MEMORY_NEAR_PERCENT = 90.0
"""From this share of its memory on a job is near its limit, where Slurm ends it."""

MEMORY_LOW_PERCENT = 25.0
"""A job that never used more than this of its memory could ask for less."""

LOW_CPU_PERCENT = 25.0
"""A job that uses less of its CPUs than this could ask for fewer; one with GPUs often needs no more."""

SETTLED_S = 600
"""A job that has run for less than this is not judged by how little it uses."""

TIME_NEAR_PERCENT = 90.0
"""From this share of its time limit on it is told how much is left."""

TIME_LOW_PERCENT = 50.0
"""A job that ended well within this share of its limit could ask for less, and would start sooner."""

_GAP = timedelta(hours=1)
"""Between two snapshots that are farther apart nobody knows what the GPUs did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One finding. `warning` asks for somebody to do something, `note` tells what could be better."""

    topic: Literal["gpu", "memory", "cpu", "time"]
    level: Literal["warning", "note", "good"]
    text: str


def verdicts(job: Job, usage: Usage | None, *, history: Sequence[Usage] = (), now: datetime) -> list[Verdict]:
    """What stands out, warnings first. `history` is what was seen, in the order of time, `usage` included.

    Of a job of which nothing was measured there is still to say what ended it.
    """
    if state_family(job.state) == "pending":
        return []
    found = [_out_of_memory(job, usage), _timed_out(job)]
    if usage is not None:
        ended_by_memory = found[0] is not None
        found += [
            _gpu(job, usage, history),
            None if ended_by_memory else _memory(job, usage),
            _cpu(job, usage),
            _time(job, now),
        ]
    rank = {"warning": 0, "note": 1, "good": 2}
    return sorted((each for each in found if each is not None), key=lambda each: rank[each.level])


def idle_gpu_span(history: Sequence[Usage]) -> timedelta:
    """For how long, until the last snapshot that measured them, the GPUs have done nothing; 0 if they do."""
    measured = [usage for usage in history if usage.gpu_percent is not None]
    since = None
    for later, usage in zip([None, *reversed(measured)], reversed(measured), strict=False):
        if usage.gpu_percent is None or usage.gpu_percent >= IDLE_GPU_PERCENT:
            break
        if later is not None and later.at - usage.at > _GAP:
            break
        since = usage.at
    return timedelta(0) if since is None else measured[-1].at - since


def _gpu(job: Job, usage: Usage, history: Sequence[Usage]) -> Verdict | None:
    if not job.gpus or usage.gpu_percent is None:
        return None
    share, what = percent(usage.gpu_percent), "GPU" if job.gpus == 1 else f"{job.gpus} GPUs"
    if is_final(job.state):
        level: Literal["note", "good"] = "note" if usage.gpu_percent < LOW_GPU_PERCENT else "good"
        return Verdict(topic="gpu", level=level, text=f"{what} held, {share} used")
    if usage.gpu_percent >= LOW_GPU_PERCENT:
        return Verdict(topic="gpu", level="good", text=f"{what}: {share} used")
    idle = idle_gpu_span(history)
    if idle.total_seconds() >= IDLE_GPU_S:
        return Verdict(topic="gpu", level="warning", text=f"{what} held, {share} used for {span(idle)}")
    return Verdict(topic="gpu", level="note", text=f"{what}: {share} used at this moment")


def _out_of_memory(job: Job, usage: Usage | None) -> Verdict | None:
    if job.state != "OUT_OF_MEMORY":
        return None
    peak = _peak(usage) if usage is not None else 0
    across = f" on {job.nodes} nodes" if job.nodes > 1 else ""
    known = [
        f"its limit was {gib(job.memory_mib)}{across}" if job.memory_mib else "",
        f"{gib(peak)} seen at most" if peak else "",  # seen now and then: the last leap is often missed
    ]
    said = ", ".join(filter(None, known))
    return Verdict(topic="memory", level="warning", text=f"memory: it ran out{f' ({said})' if said else ''}")


def _timed_out(job: Job) -> Verdict | None:
    if job.state != "TIMEOUT":
        return None
    limit = f" of {format_duration(job.time_limit_s)}" if job.time_limit_s else ""
    return Verdict(topic="time", level="warning", text=f"time: it ran into its limit{limit}")


def _peak(usage: Usage) -> int:
    return max((mib for mib in (usage.rss_mib, usage.max_rss_mib) if mib), default=0)


def _memory(job: Job, usage: Usage) -> Verdict | None:
    peak = _peak(usage)
    if not peak or not job.memory_mib:
        return None
    share = 100 * peak / job.memory_mib
    amounts = f"{gib(peak)} of {gib(job.memory_mib)}"
    if share >= MEMORY_NEAR_PERCENT:
        ending = "near the limit" if share < 100 else "at the limit"
        return Verdict(topic="memory", level="warning", text=f"memory {percent(share)}: {ending} ({amounts})")
    if share < MEMORY_LOW_PERCENT and job.elapsed_s >= SETTLED_S:
        return Verdict(topic="memory", level="note", text=f"memory: {amounts} used at most")
    return Verdict(topic="memory", level="good", text=f"memory {percent(share)}: {amounts} used at most")


def _cpu(job: Job, usage: Usage) -> Verdict | None:
    used = cpus_used(job, usage)
    if used is None or usage.cpu_percent is None or not job.cpus:
        return None
    text = f"CPU: {used:.1f} of {job.cpus} cores used" if job.cpus > 1 else f"CPU: {percent(used * 100)} used"
    is_low = usage.cpu_percent < LOW_CPU_PERCENT and job.elapsed_s >= SETTLED_S
    return Verdict(topic="cpu", level="note" if is_low else "good", text=text)


def _time(job: Job, now: datetime) -> Verdict | None:
    if not job.time_limit_s:
        return None
    share = 100 * job.elapsed_s / job.time_limit_s
    left = timedelta(seconds=max(0, job.time_limit_s - job.elapsed_s))
    if is_final(job.state):
        if job.state != "COMPLETED" or share >= TIME_LOW_PERCENT or left.total_seconds() < SETTLED_S:
            return None
        return Verdict(topic="time", level="note", text=f"time: ended {span(left)} before its limit")
    if share < TIME_NEAR_PERCENT or state_family(job.state) != "running":
        return None
    if job.start_time is not None:
        until = job.start_time + timedelta(seconds=job.time_limit_s) - now
        left = max(timedelta(0), min(left, until))
    return Verdict(topic="time", level="warning", text=f"time: {span(left)} left before its limit")


def percent(value: float) -> str:
    """A share for people; the same words wherever it is told, whether it was rounded to a tenth before or not.

    >>> percent(2.5), percent(2.46), percent(99.6)
    ('2 %', '2 %', '100 %')
    """
    return f"{round(value, 1):.0f} %"


def gib(mib: int) -> str:
    """An amount of memory for people.

    >>> gib(512), gib(1536), gib(262144)
    ('512 MiB', '1.5 GiB', '256 GiB')
    """
    if mib < 1024:
        return f"{mib} MiB"
    value = mib / 1024
    return f"{value:.0f} GiB" if value >= 100 or value == int(value) else f"{value:.1f} GiB"


def span(duration: timedelta) -> str:
    """How long, in words.

    >>> span(timedelta(minutes=40)), span(timedelta(hours=2)), span(timedelta(days=1, hours=3)), span(timedelta(0))
    ('40 min', '2 h', '1 d 3 h', '0 min')
    """
    minutes = int(duration.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
    if hours >= 3 or (hours and not minutes % 60):
        return f"{hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
