"""Snapshots of what jobs use: appended while somebody looks, forgotten after a set time.

In the table job_stats `cpu_util` is the mean since the start of the job, per cent of the CPUs it was given:
whatever happened between two rows follows from them (see `model.job_usage.cpu_rates`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from ..model import Job
from ..model.job_usage import GpuUse, Usage, UsageSource
from .engines import Cursor
from .values import aware, clean, naive

__all__ = ["USAGE_COLUMNS", "append_usage", "read_usage", "usage_of"]

USAGE_COLUMNS = (
    "at_time, source, gpu_util, gpu_memory_mib, gpu_memory_total_mib, cpu_util, rss_mib, max_rss_mib, per_gpu"
)
"""The columns of a snapshot in the order that `usage_of` takes them."""

_APPEND = f"""
    INSERT INTO job_stats (cluster, job_id_raw, submit_time, {USAGE_COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::JSON)
"""
_OF_JOB = "cluster = ? AND job_id_raw = ? AND submit_time IS NOT DISTINCT FROM ?"
_SOURCES: dict[str, UsageSource] = {"sstat": "sstat", "step": "step", "accounting": "accounting"}
_GPU_FIELDS = frozenset(field.name for field in fields(GpuUse))


def append_usage(cur: Cursor, job: Job, usage: Usage, *, kept: timedelta) -> None:
    """Keep one snapshot of a job; all jobs' snapshots that are older than `kept` go."""
    cur.execute("DELETE FROM job_stats WHERE at_time < ?", [naive(datetime.now(UTC) - kept)])
    gpus = [asdict(gpu) for gpu in usage.gpus]
    row = [
        usage.source,
        usage.gpu_percent,
        usage.gpu_memory_mib,
        usage.gpu_memory_total_mib,
        usage.cpu_percent,
        usage.rss_mib,
        usage.max_rss_mib,
        clean(json.dumps(gpus, allow_nan=False, ensure_ascii=False)),
    ]
    submitted = naive(job.submit_time) if job.submit_time else None
    cur.execute(_APPEND, [job.cluster, job.job_id_raw, submitted, naive(usage.at), *row])


def read_usage(cur: Cursor, job: Job, *, limit: int) -> list[Usage]:
    """The newest snapshots of one attempt of a job, in the order of time.

    One that holds nothing says when the cluster was asked in vain.
    """
    sql = f"SELECT {USAGE_COLUMNS} FROM job_stats WHERE {_OF_JOB} ORDER BY at_time DESC LIMIT ?"
    submitted = naive(job.submit_time) if job.submit_time else None
    rows = cur.execute(sql, [job.cluster, job.job_id_raw, submitted, limit]).fetchall()
    return [usage_of(row) for row in reversed(rows)]


def usage_of(row: tuple[Any, ...]) -> Usage:
    """A snapshot from its columns."""
    at, source, gpu, gpu_used, gpu_total, cpu, rss, max_rss, per_gpu = row
    return Usage(
        at=aware(at),
        source=_SOURCES.get(source, "sstat"),
        gpu_percent=gpu,
        gpu_memory_mib=gpu_used,
        gpu_memory_total_mib=gpu_total,
        cpu_percent=cpu,
        rss_mib=rss,
        max_rss_mib=max_rss,
        gpus=tuple(_gpu(each) for each in json.loads(per_gpu)),
    )


def _gpu(stored: Mapping[str, Any]) -> GpuUse:
    return GpuUse(**{name: value for name, value in stored.items() if name in _GPU_FIELDS})
