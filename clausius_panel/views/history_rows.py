"""Rows of the page of history: what each column says of a job of the past, or of a run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..model import state_family
from ..queries.history import HistoryRun
from ..queries.history_rows import HistoryRow
from .job_table import Column
from .links import job_link, page_link
from .pages import PAGES
from .words import DASH, epoch, memory, number, state_word

__all__ = ["JOB_COLUMNS", "RUN_COLUMNS", "column_of", "job_row", "run_row"]

JOB_COLUMNS: dict[str, Column] = {
    "state": Column(title="State", width=144),
    "job_id": Column(title="Job", tip="Click an id to copy it", width=108),
    "name": Column(title="Name", width=150, grow=4),
    "cluster": Column(title="Cluster", width=78, leaves=2),
    "user": Column(title="User", width=76, leaves=3),
    "account": Column(title="Account", width=92, grow=1, leaves=5),
    "partition": Column(title="Partition", width=84, leaves=5),
    "qos": Column(title="QOS", width=76, leaves=8),
    "project": Column(title="Project", width=92, leaves=6),
    "campaign": Column(title="Campaign", width=100, leaves=7),
    "nodes": Column(title="Nodes", width=56, right=True, leaves=7),
    "cpus": Column(title="CPUs", width=60, right=True, leaves=6),
    "memory_mib": Column(title="Memory", width=84, right=True, leaves=9),
    "gpus": Column(title="GPUs", width=84, right=True, leaves=4),
    "submit_time": Column(title="Submitted", width=140, right=True, leaves=1),
    "start_time": Column(title="Started", width=140, right=True, leaves=8),
    "end_time": Column(title="Ended", width=140, right=True, leaves=8),
    "wait_s": Column(title="Waited", width=84, right=True, leaves=6),
    "elapsed_s": Column(
        title="Ran", tip="While a job was suspended no time went by", width=84, right=True, leaves=2
    ),
    "time_limit_s": Column(title="Limit", width=76, right=True, leaves=9),
    "cpu_hours": Column(title="CPU h", tip="Hours on all its CPUs", width=80, right=True, leaves=7),
    "gpu_hours": Column(title="GPU h", tip="Hours on all its GPUs", width=80, right=True, leaves=3),
    "exit_code": Column(title="Exit", tip="Exit status:signal", width=58, right=True, leaves=9),
}
"""Of jobs, by name; every one but the last rows of `HistoryRow` can be sorted by."""

RUN_COLUMNS: dict[str, Column] = {
    "states": Column(title="State", tip="How its jobs ended", width=168),
    "name": Column(title="Run", width=160, grow=4),
    "cluster": Column(title="Cluster", width=84, leaves=2),
    "user": Column(title="User", width=84, leaves=3),
    "project": Column(title="Project", width=110, leaves=5),
    "campaign": Column(title="Campaign", width=110, leaves=6),
    "jobs": Column(title="Jobs", width=60, right=True),
    "first_submit": Column(title="First submitted", width=140, right=True, leaves=6),
    "last_submit": Column(title="Last submitted", width=140, right=True),
    "last_end": Column(title="Ended", width=140, right=True, leaves=4),
    "cpu_hours": Column(title="CPU h", width=84, right=True, leaves=4),
    "gpu_hours": Column(title="GPU h", width=84, right=True, leaves=3),
}
"""Of runs, by name."""

_TIMES = ("submit_time", "start_time", "end_time")
_SPANS = ("wait_s", "elapsed_s")


def column_of(name: str, column: Column) -> dict[str, Any]:
    """A column as the page takes it."""
    return {"id": name, **asdict(column)}


def job_row(row: HistoryRow, shown: list[str]) -> dict[str, Any]:
    """One job: its cells, and every fact for who opens it."""
    cells = _job_cells(row)
    attempt = f"{row.cluster}:{row.job_id_raw}:{epoch(row.submit_time)}"
    return {
        "row": attempt,
        "cells": {name: cells[name] for name in shown},
        "title": row.name or "(no name)",
        "chip": cells["state"],
        "facts": _facts(row, cells),
        "link": _job_link(row.cluster, row.job_id),
        "run": page_link("run", cluster=row.cluster, run=row.run_id) if row.run_id else "",
    }


def run_row(row: HistoryRun) -> dict[str, Any]:
    """One run; a job of no run leads to the job."""
    families: dict[str, int] = {}
    for state, jobs in row.states.items():
        family = state_family(state)
        families[family] = families.get(family, 0) + jobs
    tip = ", ".join(f"{jobs} {state_word(state).lower()}" for state, jobs in row.states.items())
    cells: dict[str, dict[str, Any]] = {
        "states": {"families": sorted(families.items(), key=lambda item: -item[1]), "tip": tip},
        "name": {"text": f"★ {row.name}" if row.starred else row.name},
        "cluster": {"text": row.cluster},
        "user": {"text": row.user},
        "project": {"text": row.project},
        "campaign": {"text": row.campaign},
        "jobs": {"text": number(row.jobs)},
        "first_submit": {"at": epoch(row.first_submit)},
        "last_submit": {"at": epoch(row.last_submit)},
        "last_end": {"at": epoch(row.last_end)},
        "cpu_hours": {"text": _hours(row.cpu_hours)},
        "gpu_hours": {"text": _hours(row.gpu_hours)},
    }
    return {
        "row": f"{row.cluster}:{row.run_id}",
        "cells": cells,
        "link": page_link("run", cluster=row.cluster, run=row.run_id),
    }


def _job_cells(row: HistoryRow) -> dict[str, dict[str, Any]]:
    plain = asdict(row)
    cells: dict[str, dict[str, Any]] = {
        name: {"text": plain[name]} for name in JOB_COLUMNS if isinstance(plain[name], str)
    }
    cells |= {name: {"at": epoch(plain[name])} for name in _TIMES}
    cells |= {name: {"seconds": plain[name]} for name in _SPANS}
    cells |= {name: {"text": number(plain[name])} for name in ("nodes", "cpus")}
    gpus = f"{row.gpus} {row.gpu_type.upper()}".strip() if row.gpus else DASH
    return cells | {
        "state": {"text": state_word(row.state), "family": row.family, "tip": row.state},
        "name": {"text": row.name or "(no name)"},
        "memory_mib": {"text": memory(row.memory_mib)},
        "gpus": {"text": gpus},
        "time_limit_s": {"limit": row.time_limit_s},
        "cpu_hours": {"text": _hours(row.cpu_hours)},
        "gpu_hours": {"text": _hours(row.gpu_hours)},
        "elapsed_s": {"seconds": row.elapsed_s or None},
    }


def _facts(row: HistoryRow, cells: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that is known of one job, in the order in which people ask."""
    names = [name for name in JOB_COLUMNS if name not in ("state", "name")]
    facts = [{"title": JOB_COLUMNS[name].title, **cells[name]} for name in names]
    return [*facts, {"title": "Nodes", "text": row.node_list, "mono": True}]


def _job_link(cluster: str, job_id: str) -> str:
    return page_link("job", cluster=cluster, job=job_id) if "job" in PAGES else job_link(cluster, job_id)


def _hours(hours: float) -> str:
    """With as many places as one can use; a dash for none."""
    if not hours:
        return DASH
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.1f}" if hours >= 0.05 else "< 0.1"
