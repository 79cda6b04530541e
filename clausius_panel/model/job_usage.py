"""What a job uses of what it was given: at one moment, or over its life."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .job import Job

__all__ = [
    "LEAST_SPAN_S",
    "GpuUse",
    "StepUse",
    "Usage",
    "UsageSource",
    "cpu_rates",
    "cpus_used",
    "gpus_together",
    "usage_of_steps",
]

LEAST_SPAN_S = 10.0
"""Slurm tells CPU time in whole seconds: between two looks closer than this nothing can be told of it."""

UsageSource = Literal["sstat", "step", "accounting"]
"""What told it: `sstat` while the job runs, `step` with an nvidia-smi run inside the job besides, `accounting`
after its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUse:
    """One GPU as its driver tells of it; None is what it does not tell, such as the utilisation of a MIG GPU."""

    node: str
    index: int | None  # as the job sees it: it counts from 0 on each node
    uuid: str
    name: str = ""
    percent: float | None = None
    memory_mib: int | None = None
    memory_total_mib: int | None = None
    power_w: float | None = None
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUse:
    """What the tasks of one job step use together; None is what was not measured."""

    step: str  # "batch", "0" ...; "" is the whole job, which accounting tells of too
    tasks: int
    cpu_s: float | None = None
    rss_mib: int | None = None  # at this moment
    max_rss_mib: int | None = None  # of the task that used most, times the tasks, as seff has it: an upper bound
    gpu_percent: float | None = None  # summed over GPUs: two in full use are 200
    gpu_memory_mib: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a job uses, of all its nodes and steps. Shares are per cent of what it was given."""

    at: datetime  # UTC
    source: UsageSource
    cpu_percent: float | None = None  # mean since its start
    rss_mib: int | None = None  # at this moment
    max_rss_mib: int | None = None  # its peak, by the greatest task times the tasks
    gpu_percent: float | None = None  # mean over its GPUs
    gpu_memory_mib: int | None = None  # of all its GPUs
    gpu_memory_total_mib: int | None = None
    gpus: tuple[GpuUse, ...] = ()  # where single ones are known

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured: the cluster was asked in vain."""
        told = (self.cpu_percent, self.rss_mib, self.max_rss_mib, self.gpu_percent, self.gpu_memory_mib)
        return not self.gpus and all(value is None for value in told)


def usage_of_steps(job: Job, steps: Sequence[StepUse], *, at: datetime, source: UsageSource) -> Usage:
    """The steps of a job together. Where accounting tells of the job as a whole, that counts for CPU time."""
    whole = next((step for step in steps if not step.step), None)
    parts = [step for step in steps if step.step]
    cpu_s = whole.cpu_s if whole is not None and whole.cpu_s else _total([step.cpu_s for step in parts])
    elapsed_s = _elapsed_s(job, at) if source != "accounting" else float(job.elapsed_s)
    gpu_percent = _total([step.gpu_percent for step in parts])
    return Usage(
        at=at,
        source=source,
        cpu_percent=None if cpu_s is None else _share(cpu_s, elapsed_s * job.cpus),
        rss_mib=_whole(_total([step.rss_mib for step in parts])),
        max_rss_mib=max((step.max_rss_mib for step in parts if step.max_rss_mib is not None), default=None),
        gpu_percent=None if gpu_percent is None or not job.gpus else min(100.0, gpu_percent / job.gpus),
        gpu_memory_mib=_whole(_total([step.gpu_memory_mib for step in parts])) if job.gpus else None,
    )


def gpus_together(gpus: Sequence[GpuUse]) -> tuple[float | None, int | None, int | None]:
    """Mean utilisation in per cent, memory used and memory there is (MiB) of those that tell."""
    told = [gpu.percent for gpu in gpus if gpu.percent is not None]
    return (
        math.fsum(told) / len(told) if told else None,
        _whole(_total([gpu.memory_mib for gpu in gpus])),
        _whole(_total([gpu.memory_total_mib for gpu in gpus])),
    )


def cpus_used(job: Job, usage: Usage) -> float | None:
    """How many CPUs it used on average; None where that was not measured."""
    return None if usage.cpu_percent is None else usage.cpu_percent * job.cpus / 100


def cpu_rates(job: Job, history: Sequence[Usage]) -> list[float | None]:
    """CPU use between each snapshot and the one before it, per cent of what was given; the first since the start.

    A snapshot tells the mean since the start of the job; what lies between two follows from them. `history` is in
    the order of time.
    """
    rates: list[float | None] = []
    before_s, before_used = 0.0, 0.0
    for usage in history:
        if usage.cpu_percent is None or usage.source == "accounting":
            rates.append(usage.cpu_percent)
            continue
        elapsed_s = _elapsed_s(job, usage.at)
        used = usage.cpu_percent / 100 * elapsed_s
        if (span := elapsed_s - before_s) < LEAST_SPAN_S:
            rates.append(rates[-1] if rates else usage.cpu_percent)
            continue
        rates.append(_share(max(0.0, used - before_used), span))
        before_s, before_used = elapsed_s, used
    return rates


def _elapsed_s(job: Job, at: datetime) -> float:
    """How long it had run by then; suspensions count."""
    return float(job.elapsed_s) if job.start_time is None else max(0.0, (at - job.start_time).total_seconds())


def _share(part: float, whole: float) -> float | None:
    return None if whole <= 0 else min(100.0, 100 * part / whole)


def _total(values: Sequence[float | int | None]) -> float | None:
    told = [value for value in values if value is not None]
    return math.fsum(told) if told else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
