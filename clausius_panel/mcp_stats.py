"""Tools for agents about what jobs use of what they were given. `mcp_server` serves them beside its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any

from mcp.types import ToolAnnotations
from pydantic import Field

from . import answers
from .answers import ClusterAge
from .job_stats import JobStats, ask
from .model.job_usage import GpuUse
from .runtime import Runtime

__all__ = ["StatsTools"]

ACTOR = "mcp"

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)
_STARTS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
)

Attempt = Annotated[
    int | None, Field(ge=1, description="Attempt of a requeued job, from 1 to `attempts`; the newest if left out.")
]


@dataclass(frozen=True, kw_only=True)
class JobStatsAnswer(JobStats):
    """`as_of` is when it was measured, `gpu_as_of` when the GPUs were. Null is not measured: see `unmeasured`."""

    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class GpuMeasurement:
    """Each GPU as nvidia-smi told of it; get_job_stats has the rest. `problems` says what could not be had."""

    cluster: str
    job_id: str
    gpu_percent: float | None
    devices: list[GpuUse]
    problems: list[str]
    clusters: list[ClusterAge]


class StatsTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        return [(self.get_job_stats, _READS), (self.measure_job_gpus, _STARTS)]

    def get_job_stats(self, cluster: str, job_id: str, attempt: Attempt = None) -> JobStatsAnswer:
        """CPU, memory and GPU use of a job against what it was given, with verdicts in words.

        Of a running job only where it is the person's own; of an ended one from accounting.
        """
        return _answer(ask(self._runtime, cluster, job_id, attempt=attempt))

    def measure_job_gpus(self, cluster: str, job_id: str) -> GpuMeasurement:
        """Measure each GPU of a running job by a step inside it: nvidia-smi runs once on all of its nodes.

        The step takes part in the job's resources and shows in accounting: ask the person first, and only where
        get_job_stats says `unmeasured`. Refused in read-only mode.
        """
        stats = ask(self._runtime, cluster, job_id, by_step=True, actor=ACTOR)
        return GpuMeasurement(
            cluster=cluster,
            job_id=stats.job_id,
            gpu_percent=stats.gpu_percent,
            devices=stats.devices,
            problems=stats.problems,
            clusters=answers.cluster_ages([stats.freshness]),
        )


def _answer(stats: JobStats) -> JobStatsAnswer:
    known = {field.name: getattr(stats, field.name) for field in fields(JobStats)}
    return JobStatsAnswer(**known, clusters=answers.cluster_ages([stats.freshness]))
