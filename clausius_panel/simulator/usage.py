"""What simulated jobs use of what they were given: the same for the same job, and moving a little all the time."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from .job import SimJob

__all__ = ["SimGpu", "SimUse", "use_of"]

_GPU_MIB = {"h100": 81_559, "a100": 81_920, "l40s": 46_068}
_GPU_NAME = {
    "1g.10gb": "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
    "h100": "NVIDIA H100 80GB HBM3",
    "a100": "NVIDIA A100-SXM4-80GB",
    "l40s": "NVIDIA L40S",
}
_GPU_WATT = {"h100": 700.0, "a100": 400.0, "l40s": 350.0}
_MIG_MIB = {"1g.10gb": 9_984}  # a slice of a card: its driver tells no utilisation
_GPU_MIB |= _MIG_MIB
_WAVE_S = 900.0  # epochs and evaluations follow each other
_WARM_UP_S = 120.0  # until the data and the model are loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class SimGpu:
    """One GPU of a job at one moment."""

    node: str
    index: int  # on the node, among all of its GPUs
    uuid: str
    name: str
    percent: float | None  # None: not told, as of a slice of a GPU
    memory_mib: int
    memory_total_mib: int
    power_w: float
    temperature_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SimUse:
    """A job at one moment."""

    cpu_s: float  # since its start
    rss_mib: int
    max_rss_mib: int
    gpus: tuple[SimGpu, ...]


def use_of(job: SimJob, now: float) -> SimUse:
    """What a job that runs, or ran, uses at the moment `now`; after its end what it used last."""
    rng = random.Random(f"use/{job.job_id}")
    elapsed = job.elapsed_s(now)
    cpus, memory = job.shape.cpus * job.shape.nodes, job.shape.memory_mib * job.shape.nodes
    mean, swing = rng.uniform(0.06, 0.3) if job.shape.gpus else rng.uniform(0.4, 0.97), rng.uniform(0.0, 0.05)
    angle = 2 * math.pi * elapsed / _WAVE_S
    cpu_s = cpus * (mean * elapsed + swing * _WAVE_S / (2 * math.pi) * (1 - math.cos(angle)))
    peak = 1.0 if "OUT_OF_MEMORY" in (job.verdict, job.outcome) else rng.choice((0.12, 0.35, 0.55, 0.78, 0.93))
    peak = 0.97 if job.habit == "tight" else peak
    loaded = min(1.0, elapsed / _WARM_UP_S)
    rss = memory * peak * loaded * (0.94 + 0.05 * math.sin(angle))
    return SimUse(
        cpu_s=cpu_s,
        rss_mib=round(rss),
        max_rss_mib=round(min(memory * peak, memory * peak * loaded)),
        gpus=tuple(_gpus(job, elapsed, rng)),
    )


def _gpus(job: SimJob, elapsed: float, rng: random.Random) -> list[SimGpu]:
    """Most work hard, some wait for data, and a few are held by somebody who went to lunch."""
    kind = job.shape.gpu_type
    busy = rng.choices((0.93, 0.5, 0.01), weights=(7, 3, 1))[0]
    busy = {"idle": 0.004, "tight": 0.93}.get(job.habit, busy)
    share, total = rng.uniform(0.5, 0.95), _GPU_MIB.get(kind, 24_576)
    found = []
    for node, indices in sorted(job.placement.items()):
        for index in indices:
            phase = rng.uniform(0.0, 2 * math.pi)
            wave = math.sin(2 * math.pi * elapsed / _WAVE_S + phase)
            level = 0.0 if elapsed < _WARM_UP_S else min(1.0, max(0.0, busy * (1 + 0.07 * wave)))
            found.append(
                SimGpu(
                    node=node,
                    index=index,
                    uuid=f"GPU-{random.Random(f'{node}/{index}').getrandbits(32):08x}",
                    name=_GPU_NAME.get(kind, kind.upper()),
                    percent=None if kind in _MIG_MIB else round(100 * level),
                    memory_mib=round(total * share * min(1.0, 0.1 + elapsed / _WARM_UP_S)),
                    memory_total_mib=total,
                    power_w=round(_GPU_WATT.get(kind, 300.0) * (0.15 + 0.8 * level), 1),
                    temperature_c=round(32 + 38 * level),
                )
            )
    return found
