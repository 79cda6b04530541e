"""Questions about what jobs use: snapshots over time, and whose GPUs do nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..model import Job
from ..model.job_usage import Usage, cpu_rates
from ..model.usage_verdict import IDLE_GPU_S, idle_gpu_span
from ..store import Store, naive
from ..store.job_stats import USAGE_COLUMNS, read_usage, usage_of
from .jobs import job as find_job

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_SNAPSHOTS", "IdleGpus", "gpus_frame", "idle_gpus", "usage_frame", "usage_history"]

MAX_SNAPSHOTS = 5000

_FRESH = timedelta(hours=1)
"""What was seen longer ago says nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleGpus:
    """A running job whose GPUs did nothing, from `for_s` seconds before `at` until then."""

    cluster: str
    job_id: str
    run_id: str  # "" while it is not known
    gpus: int
    gpu_percent: float
    for_s: int
    at: datetime  # UTC


def usage_history(
    store: Store, *, cluster: str, job_id: str, submitted: datetime | None = None, limit: int = MAX_SNAPSHOTS
) -> tuple[Job, list[Usage]]:
    """A job (its newest attempt, or the one `submitted` then) and its newest snapshots in the order of time.

    Raises `InvalidInput` for a job that was never seen, or a limit out of range.
    """
    if not 1 <= limit <= MAX_SNAPSHOTS:
        raise InvalidInput("limit", limit, f"use 1 to {MAX_SNAPSHOTS}")
    found = find_job(store, cluster=cluster, job_id=job_id, submitted=submitted).job
    with store.read() as cur:
        history = read_usage(cur, found, limit=limit)
    return found, [usage for usage in history if not usage.is_empty]


def usage_frame(store: Store, *, cluster: str, job_id: str, limit: int = MAX_SNAPSHOTS) -> pd.DataFrame:
    """The snapshots of a job, one row each; times are UTC-aware. Raises as `usage_history`.

    `cpu_percent` is what was used of the job's CPUs since the row before, `cpu_mean_percent` since its start;
    `rss_mib` and `max_rss_mib` are memory, `gpu_percent` is the mean over its GPUs. NaN is not measured.
    """
    import pandas as pd

    found, history = usage_history(store, cluster=cluster, job_id=job_id, limit=limit)
    columns: dict[str, list[Any]] = {
        "at": [usage.at for usage in history],
        "source": [usage.source for usage in history],
        "cpu_percent": cpu_rates(found, history),
        "cpu_mean_percent": [usage.cpu_percent for usage in history],
        "rss_mib": [usage.rss_mib for usage in history],
        "max_rss_mib": [usage.max_rss_mib for usage in history],
        "gpu_percent": [usage.gpu_percent for usage in history],
        "gpu_memory_mib": [usage.gpu_memory_mib for usage in history],
        "gpu_memory_total_mib": [usage.gpu_memory_total_mib for usage in history],
    }
    frame = pd.DataFrame(columns)
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    numbers = [name for name in columns if name not in ("at", "source")]
    frame[numbers] = frame[numbers].astype("float64")
    return frame


def gpus_frame(store: Store, *, cluster: str, job_id: str, limit: int = MAX_SNAPSHOTS) -> pd.DataFrame:
    """The single GPUs of a job over time, a row for each GPU and snapshot that measured it. Raises as above."""
    import pandas as pd

    _, history = usage_history(store, cluster=cluster, job_id=job_id, limit=limit)
    rows = [
        {
            "at": usage.at,
            "gpu": f"{gpu.node}:{gpu.index if gpu.index is not None else gpu.uuid}",
            "node": gpu.node,
            "index": gpu.index,
            "uuid": gpu.uuid,
            "name": gpu.name,
            "percent": gpu.percent,
            "memory_mib": gpu.memory_mib,
            "memory_total_mib": gpu.memory_total_mib,
            "power_w": gpu.power_w,
            "temperature_c": gpu.temperature_c,
        }
        for usage in history
        for gpu in usage.gpus
    ]
    names = ["at", "gpu", "node", "index", "uuid", "name"]
    numbers = ["percent", "memory_mib", "memory_total_mib", "power_w", "temperature_c"]
    frame = pd.DataFrame(rows, columns=[*names, *numbers])
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    frame[numbers] = frame[numbers].astype("float64")
    return frame


_RECENT = f"""
    SELECT j.cluster, j.job_id, coalesce(j.run_id, ''), j.gpus,
           {", ".join(f"s.{name.strip()}" for name in USAGE_COLUMNS.split(","))}
    FROM jobs j JOIN job_stats s ON s.cluster = j.cluster AND s.job_id_raw = j.job_id_raw
        AND s.submit_time IS NOT DISTINCT FROM j.submit_time
    WHERE j.in_queue AND j.state = 'RUNNING' AND j.gpus > 0 AND s.gpu_util IS NOT NULL AND s.at_time >= $since
        AND (len($clusters) = 0 OR j.cluster IN (SELECT unnest($clusters)))
    ORDER BY s.at_time
"""


def idle_gpus(store: Store, *, clusters: Collection[str] = (), now: datetime | None = None) -> list[IdleGpus]:
    """Running jobs whose GPUs have done nothing for `IDLE_GPU_S` seconds or more, as their snapshots tell.

    Only jobs that somebody looked at lately have snapshots; of all others nothing is known.
    """
    at = now or datetime.now(UTC)
    since = naive(at - timedelta(days=1))
    by_job: dict[tuple[str, str, str, int], list[Usage]] = defaultdict(list)
    with store.read() as cur:
        for row in cur.execute(_RECENT, {"since": since, "clusters": list(clusters)}).fetchall():
            by_job[row[:4]].append(usage_of(row[4:]))
    found = []
    for (cluster, job_id, run_id, gpus), history in by_job.items():
        idle_s = int(idle_gpu_span(history).total_seconds())
        last = history[-1]
        if idle_s >= IDLE_GPU_S and at - last.at <= _FRESH:
            percent = last.gpu_percent or 0.0
            found.append(
                IdleGpus(
                    cluster=cluster,
                    job_id=job_id,
                    run_id=run_id,
                    gpus=gpus,
                    gpu_percent=percent,
                    for_s=idle_s,
                    at=last.at,
                )
            )
    return sorted(found, key=lambda each: (-each.gpus * each.for_s, each.cluster, each.job_id))
