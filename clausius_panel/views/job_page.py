"""The page of one job: what it uses of what it was given, what stands out, and how that went over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import panel as pn
from panel.custom import Child  # type: ignore[attr-defined]

from ..job_stats import JobStats
from ..model import Job, is_final, state_family
from ..model.job_usage import GpuUse
from ..model.usage_verdict import gib, percent
from ..runtime import Runtime
from ..state.job_stats import JobState
from . import theme
from .far import far
from .job_charts import JobCharts
from .job_detail import attempts
from .links import job_link, log_link, page_link
from .live_page import LivePage, Message
from .page_client import PageClient, joined
from .tracker_part import job_trackers
from .words import DASH, epoch, gpus, memory, number, round_duration, state_word, why

__all__ = ["JobClient", "JobPage"]

Field = dict[str, Any]


class JobClient(PageClient):
    """The page of one job; its charts are Panel's and stand in the midst of it."""

    charts = Child(default=None, doc="What is drawn over time.")

    _esm = joined("dom.js", "overlay.js", "page.js", "job_page.js")

    _stylesheets = [theme.tokens() + joined("base.css", "board.css", "page.css", "job_page.css")]


class JobPage(LivePage):
    """One job, as the URL names it: `cluster` and `job`."""

    def __init__(self, runtime: Runtime, query: str) -> None:
        """Reads the store once; what the job uses is asked for while somebody looks."""
        self.state = JobState(runtime)
        self.state.start(query)
        detail = self.state.detail
        job = detail.job if detail is not None else None
        self._charts = JobCharts(gpus=job.gpus if job else 0, memory_mib=job.memory_mib if job else None)
        super().__init__(self.state, JobClient(charts=self._charts))
        if job is not None:
            self.heading = f"{job.name or 'Job'} {job.job_id}"

    def body(self) -> dict[str, Any]:
        """All that is known of it."""
        state = self.state
        if state.detail is None or state.stats is None:
            name = f"{state.job_id or 'no job'} on {state.cluster or 'no cluster'}"
            return {"missing": name, "board": page_link("board")}
        job, stats = state.detail.job, state.stats
        same = f"{job.job_id}:{state.attempt}" if state.attempt else job.job_id
        return {
            "missing": "",
            "job": {**_head(job), "newest": state.detail.is_newest, "board": job_link(job.cluster, same)},
            "attempts": attempts(state.detail),
            "trackers": job_trackers(state.runtime, job.cluster, [job.job_id], job.comment),
            "verdicts": [{"level": each.level, "text": each.text} for each in stats.verdicts],
            "uses": _uses(job, stats),
            "devices": [_device(gpu) for gpu in stats.devices],
            "gpu_at": epoch(stats.devices_as_of),
            "measure": {
                "shown": job.gpus > 0 and not is_final(job.state) and state.detail.is_newest,
                "busy": state.measuring,
                "refusal": state.refusal,
                "warning": state.warning,
            },
            "at": epoch(stats.as_of),
            "source": stats.source,
            "problems": list(dict.fromkeys(filter(None, [*state.problems, *stats.problems, stats.unmeasured]))),
            "snapshots": stats.snapshots,
            "facts": [field for field in _facts(job) if field.get("text") or field.get("at")],
        }

    def _draw(self, *args: Any) -> None:
        super()._draw(*args)
        if self.state.detail is not None:
            self._charts.draw(self.state.detail.job, self.state.history, interval_s=self.state.stats_interval_s)

    async def _measure(self, _: Message) -> None:
        """The person was told what it does and has said yes."""
        if self.state.measuring:
            return
        self.state.measuring = True
        pn.state.execute(self._finish)

    async def _finish(self) -> None:
        said = await far(lambda: self.state.measure(actor="browser"))
        self.state.read_anew()
        self.state.measuring = False
        self.state.say(said or "the GPUs were measured", is_error=bool(said))
        await self.refresh()

    def _attempt(self, message: Message) -> None:
        """Another attempt of a requeued job; the newest one has no number in the URL."""
        at, detail = int(message["at"]), self.state.detail
        is_newest = detail is not None and detail.attempts and int(detail.attempts[0].timestamp()) == at
        self.state.attempt = 0 if is_newest else at

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {"attempt": _attempt, "measure": _measure}


def _head(job: Job) -> dict[str, Any]:
    return {
        "id": job.job_id,
        "cluster": job.cluster,
        "name": job.name or "(no name)",
        "state": {"text": state_word(job.state), "family": state_family(job.state), "tip": job.state},
        "why": why(job),
        "user": job.user,
        "where": job.node_list,
        "submitted": epoch(job.submit_time),
        "started": epoch(job.start_time) if job.elapsed_s or state_family(job.state) == "running" else None,
        "ended": epoch(job.end_time) if is_final(job.state) else None,
        "log": log_link(job.cluster, job.job_id),
        "run": page_link("run", cluster=job.cluster, run=job.job_id),
    }


def _uses(job: Job, stats: JobStats) -> list[dict[str, Any]]:
    """A line with a bar for each resource; a share of None is one that was not measured."""
    used = "not measured" if stats.cpus_used is None else f"{stats.cpus_used:.1f} of {number(job.cpus)} cores"
    now = "" if stats.cpu_now_percent is None else f"{stats.cpu_now_percent:.0f} % at the moment"
    peak = "not measured" if stats.max_rss_mib is None else f"{gib(stats.max_rss_mib)} at most"
    given = f" of {gib(job.memory_mib)}" if job.memory_mib and stats.max_rss_mib is not None else ""
    moment = "" if not stats.rss_mib else f"{gib(stats.rss_mib)} at the moment"
    lines = [
        _use("CPU", stats.cpu_percent, used, now),
        _use("Memory", stats.memory_percent, f"{peak}{given}", moment, near=90),
    ]
    if job.gpus:
        kind = f" {job.gpu_type.upper()}" if job.gpu_type else ""
        lines.append(_use("GPU", stats.gpu_percent, f"{gpus(job)}{kind}", ""))
        if stats.gpu_memory_mib is not None:
            total = stats.gpu_memory_total_mib
            share = 100 * stats.gpu_memory_mib / total if total else None
            held = f"{gib(stats.gpu_memory_mib)}{f' of {gib(total)}' if total else ''}"
            lines.append(_use("GPU memory", share, held, ""))
    if job.time_limit_s and job.elapsed_s:
        share = 100 * job.elapsed_s / job.time_limit_s
        spent = f"{round_duration(job.elapsed_s)} of {round_duration(job.time_limit_s)}"
        lines.append(_use("Time", share, spent, "", near=101 if is_final(job.state) else 90))
    return lines


def _use(title: str, share: float | None, text: str, note: str, *, near: float = 101) -> dict[str, Any]:
    known = None if share is None else round(min(100.0, share), 1)
    return {
        "title": title,
        "share": known,
        "percent": _percent(share),
        "text": text,
        "note": note,
        "near": known is not None and known >= near,
    }


def _percent(share: float | None) -> str:
    return DASH if share is None else percent(share)


def _device(gpu: GpuUse) -> dict[str, Any]:
    total, used = gpu.memory_total_mib, gpu.memory_mib
    return {
        "node": gpu.node,
        "index": gpu.uuid[:12] if gpu.index is None else str(gpu.index),
        "name": gpu.name,
        "uuid": gpu.uuid,
        "share": None if gpu.percent is None else round(gpu.percent, 1),
        "percent": _percent(gpu.percent),
        "memory_share": round(100 * used / total, 1) if total and used is not None else None,
        "memory": f"{_size(used)} of {_size(total)}",
        "power": "" if gpu.power_w is None else f"{gpu.power_w:.0f} W",
        "heat": "" if gpu.temperature_c is None else f"{gpu.temperature_c:.0f} °C",
    }


def _size(mib: int | None) -> str:
    return "?" if mib is None else gib(mib)


def _facts(job: Job) -> list[Field]:
    final, waits = is_final(job.state), state_family(job.state) == "pending"
    return [
        {"title": "User", "text": job.user},
        {"title": "Account", "text": job.account},
        {"title": "Partition", "text": job.partition},
        {"title": "QOS", "text": job.qos},
        {"title": "Nodes", "text": job.node_list, "mono": True, "copy": True},
        {"title": "CPUs", "text": number(job.cpus)},
        {"title": "GPUs", "text": f"{gpus(job)} {job.gpu_type.upper()}".strip() if job.gpus else ""},
        {"title": "Memory", "text": memory(job.memory_mib)},
        {"title": "Submitted", "at": epoch(job.submit_time)},
        {"title": "Started", "at": None if waits else epoch(job.start_time)},
        {"title": "Ended", "at": epoch(job.end_time) if final else None},
        {"title": "Limit is reached", "at": None if final or waits else epoch(job.end_time)},
        {"title": "Exit status:signal", "text": job.exit_code},
        {"title": "Working directory", "text": job.work_dir, "mono": True, "copy": True},
        {"title": "Comment", "text": job.comment},
    ]
