"""One job of the past as lists show it, and the columns that lists may be sorted by."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from ..model import StateFamily
from ..store import aware
from .filters import FAMILY_SQL

__all__ = ["ROW_SQL", "SORTS", "HistoryRow", "row_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One job, or one attempt of a requeued job. Times are in UTC; hours are those of all its CPUs and GPUs."""

    cluster: str
    job_id: str
    job_id_raw: str
    name: str
    user: str
    account: str
    partition: str
    qos: str
    state: str
    family: StateFamily
    project: str  # "" for none
    campaign: str
    run_id: str  # "" for none
    nodes: int
    cpus: int
    memory_mib: int | None
    gpus: int
    gpu_type: str
    submit_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    wait_s: float | None
    elapsed_s: int
    time_limit_s: int | None
    cpu_hours: float
    gpu_hours: float
    node_list: str
    exit_code: str


_WAIT = "CASE WHEN elapsed_s > 0 THEN epoch(start_time) - epoch(submit_time) END"

_SQL: dict[str, str] = {
    "user": "user_name",
    "family": FAMILY_SQL,
    "project": "coalesce(project, '')",
    "campaign": "coalesce(campaign, '')",
    "run_id": "coalesce(run_id, '')",
    "wait_s": _WAIT,
    "cpu_hours": "elapsed_s * cpus / 3600.0",
    "gpu_hours": "elapsed_s * gpus / 3600.0",
}
_COLUMNS = [field.name for field in fields(HistoryRow)]

ROW_SQL = ", ".join(f"{_SQL.get(name, name)} AS {name}" for name in _COLUMNS)
"""The columns of `row_of`, over the table jobs."""

SORTS: dict[str, str] = {
    name: _SQL.get(name, name) for name in _COLUMNS if name not in ("family", "node_list")
} | {
    "job_id": "try_cast(job_id_raw AS BIGINT)",
    "name": "lower(name)",
}
"""What lists may be sorted by -> its SQL."""


def row_of(row: tuple[Any, ...]) -> HistoryRow:
    """The job in the first columns of a row of `ROW_SQL`."""
    values = dict(zip(_COLUMNS, row, strict=False))
    return HistoryRow(**values | {name: aware(values[name]) for name in _COLUMNS if name.endswith("_time")})
