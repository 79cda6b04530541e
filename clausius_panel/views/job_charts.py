"""What a job used over time, as charts: GPU utilisation and memory for each device, CPUs and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict

import panel as pn
from panel.viewable import Viewer

from ..model import Job, is_final
from ..model.job_usage import GpuUse, Usage, cpu_rates
from ..model.usage_verdict import gib
from .charts import ChartTheme, Lines

__all__ = ["JobCharts", "device_lines"]

_GROWS = "it grows while this page is open: a look at it each time the setting stats_interval_s says"

_SPANS_H = (0.5, 1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720)
"""Lengths of the time axis, in hours."""

MAX_DEVICES = 16
"""More GPUs than these are drawn as the mean of each node."""

Points = dict[str, list[tuple[datetime, float]]]


class JobCharts(Viewer):
    """Four charts below each other that share their time axis; those of the GPUs only where there are some."""

    def __init__(self, *, gpus: int, memory_mib: int | None = None, **params: Any) -> None:
        """Nothing is drawn yet. A job that was given less than 1 GiB of memory has its chart in MiB."""
        super().__init__(**params)
        self.theme = ChartTheme()
        self._gpu = Lines(
            self.theme, title="GPU utilisation", unit="%", top=100, empty="not measured yet; see “Measure GPUs”"
        )
        self._gpu_memory = Lines(self.theme, title="GPU memory", unit="GiB", empty="not measured yet")
        self._cpu = Lines(self.theme, title="CPUs used", unit="cores", empty=_GROWS)
        self._mib_each = 1 if memory_mib and memory_mib < 1024 else 1024
        unit = "MiB" if self._mib_each == 1 else "GiB"
        self._memory = Lines(self.theme, title="Memory", unit=unit, empty=_GROWS)
        shown = [self._gpu, self._gpu_memory] if gpus else []
        self._shown = [*shown, self._cpu, self._memory]

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self.theme, *self._shown, sizing_mode="stretch_width", margin=0)

    def draw(self, job: Job, history: Sequence[Usage], *, interval_s: float) -> None:
        """Show the snapshots of a job; lines are broken where nobody looked for three intervals."""
        if is_final(job.state):
            for chart in self._shown:
                chart.empty = "nothing was measured while it ran"
        if job.start_time is None:
            return
        axis: _Axis = {
            "since": job.start_time,
            "gap_s": 3.5 * interval_s,
            "until_h": _span_h(job.start_time, [usage.at for usage in history if _is_live(usage)]),
        }
        shares = device_lines(history, lambda gpu: gpu.percent, lambda usage: usage.gpu_percent, is_mean=True)
        self._gpu.draw(shares, **axis)
        amounts = device_lines(
            history, lambda gpu: _gib(gpu.memory_mib), lambda usage: _gib(usage.gpu_memory_mib), is_mean=False
        )
        self._gpu_memory.draw(amounts, **axis, given=_gpu_memory_gib(history))
        rates = zip(history, cpu_rates(job, history), strict=True)
        cores = [
            (usage.at, rate * job.cpus / 100) for usage, rate in rates if rate is not None and _is_live(usage)
        ]
        self._cpu.draw({f"of {job.cpus}": cores}, **axis, given=job.cpus)
        each = self._mib_each
        memory = [(usage.at, usage.rss_mib / each) for usage in history if usage.rss_mib and _is_live(usage)]
        of = f" of {gib(job.memory_mib)}" if job.memory_mib else ""
        self._memory.draw({f"in use{of}": memory}, **axis, given=(job.memory_mib or 0) / each)


class _Axis(TypedDict):
    """The time axis that all charts share."""

    since: datetime
    gap_s: float
    until_h: float


def _span_h(since: datetime, looks: Sequence[datetime]) -> float:
    """Where the time axis ends, in hours; it steps on now and then, so that the charts need not be made anew."""
    last = max(((at - since).total_seconds() / 3600 for at in looks), default=0.0)
    return next((span for span in _SPANS_H if last <= 0.97 * span), 1.1 * last)


def _gpu_memory_gib(history: Sequence[Usage]) -> float:
    """How much memory a GPU has, or all together where no single one was seen; 0 if that is not known."""
    single = [gpu.memory_total_mib for usage in history for gpu in usage.gpus if gpu.memory_total_mib]
    whole = [usage.gpu_memory_total_mib for usage in history if usage.gpu_memory_total_mib]
    return max(single or whole, default=0) / 1024


def device_lines(
    history: Iterable[Usage],
    of: Callable[[GpuUse], float | None],
    whole: Callable[[Usage], float | None],
    *,
    is_mean: bool,
) -> Points:
    """A line for each GPU where single ones were measured, or each node where they are many; else one for all.

    Looks that saw only all of them together stand beside as a line of their own where `whole` `is_mean`, and so
    of the same scale.
    """
    looks = [usage for usage in history if _is_live(usage)]
    devices: Points = {}
    for usage in looks:
        for gpu in usage.gpus:
            if (value := of(gpu)) is not None:
                devices.setdefault(_device(gpu), []).append((usage.at, value))
    if len(devices) > MAX_DEVICES:
        devices = _by_node(looks, of)
    rest = [usage for usage in looks if not usage.gpus] if is_mean or not devices else []
    together = [(usage.at, value) for usage in rest if (value := whole(usage)) is not None]
    return {**devices, **({"all GPUs": together} if together else {})}


def _by_node(looks: Sequence[Usage], of: Callable[[GpuUse], float | None]) -> Points:
    nodes: Points = {}
    for usage in looks:
        values: dict[str, list[float]] = {}
        for gpu in usage.gpus:
            if (value := of(gpu)) is not None:
                values.setdefault(gpu.node, []).append(value)
        for node, told in values.items():
            nodes.setdefault(f"{node} (mean)", []).append((usage.at, sum(told) / len(told)))
    return nodes


def _device(gpu: GpuUse) -> str:
    return f"{gpu.node}:{gpu.uuid[:12] if gpu.index is None else gpu.index}"


def _is_live(usage: Usage) -> bool:
    """What accounting kept is no point in time."""
    return usage.source != "accounting"


def _gib(mib: int | None) -> float | None:
    return None if mib is None else mib / 1024
