"""The table of jobs across clusters: its columns, and what each cell says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..model import Job, is_final, state_family
from ..queries import ClusterStatus
from ..state import ALL_COLUMNS, BoardState, Key
from .words import epoch, gpus, memory, number, state_word, why

__all__ = [
    "COLUMNS",
    "Column",
    "cancelling_chip",
    "cells",
    "is_cancelling",
    "key_text",
    "row_text",
    "table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How wide a column is, and when it goes: on a narrow board the highest `leaves` goes first, 0 never."""

    title: str
    tip: str = ""
    width: int  # pixels at least
    grow: int = 0  # share of what is left over
    right: bool = False
    leaves: int = 0


COLUMNS: dict[str, Column] = {
    "cluster": Column(title="Cluster", width=76, leaves=2),
    "job_id": Column(title="Job", tip="Click an id to copy it", width=110),
    "name": Column(title="Name", width=150, grow=3),
    "state": Column(title="State", width=144),
    "why": Column(
        title="Why / where", tip="What it waits for, where it runs, or how it ended", width=170, grow=4, leaves=1
    ),
    "user": Column(title="User", width=70, leaves=4),
    "account": Column(title="Account", width=76, leaves=7),
    "partition": Column(title="Partition", width=84, leaves=5),
    "qos": Column(title="QOS", width=76, leaves=9),
    "nodes": Column(title="Nodes", width=52, right=True, leaves=6),
    "cpus": Column(title="CPUs", width=52, right=True, leaves=9),
    "memory": Column(title="Memory", width=76, right=True, leaves=9),
    "gpus": Column(title="GPUs", tip="In all (nodes x GPUs a node)", width=70, right=True, leaves=3),
    "submitted": Column(title="Submitted", width=94, right=True, leaves=6),
    "started": Column(title="Started", tip="~ is Slurm's estimate", width=94, right=True, leaves=8),
    "ended": Column(title="Ended", width=94, right=True, leaves=8),
    "time": Column(title="Time used", tip="Elapsed of its limit", width=134, leaves=2),
    "priority": Column(title="Priority", width=74, right=True, leaves=9),
    "node_list": Column(title="Node list", width=130, grow=2, leaves=9),
    "exit_code": Column(title="Exit", tip="Exit status:signal", width=54, right=True, leaves=9),
}


def key_text(key: Key) -> str:
    """A job's name between page and server."""
    return f"{key[0]}:{key[1]}"


def row_text(job: Job) -> str:
    """A row's name: attempts of a requeued job share an id, but not the time of their submission."""
    return f"{job.cluster}:{job.job_id}:{epoch(job.submit_time)}"


def table(state: BoardState) -> dict[str, Any]:
    """What the table shows."""
    statuses: dict[str, ClusterStatus] = {status.cluster: status for status in state.statuses}
    cancelling = set(state.cancelling)
    shown = [name for name in ALL_COLUMNS if name in state.columns]
    return {
        "columns": [_column(name) for name in shown],
        "rows": [_row(job, statuses.get(job.cluster), shown, cancelling) for job in state.jobs],
        "total": state.total,
        "page": state.page,
        "page_size": state.page_size,
        "sort": state.sort,
        "descending": state.descending,
        "question": f"{state.to_query()}|{state.page}",
        "empty": _empty(state),
    }


def _column(name: str) -> dict[str, Any]:
    column = COLUMNS[name]
    return {
        "id": name,
        "title": column.title,
        "tip": column.tip,
        "width": column.width,
        "grow": column.grow,
        "right": column.right,
        "leaves": column.leaves,
    }


def is_cancelling(job: Job, cancelling: Collection[Key]) -> bool:
    """Whether its cancellation is under way; what has ended has ended."""
    return (job.cluster, job.job_id) in cancelling and not is_final(job.state)


def cancelling_chip(job: Job) -> dict[str, str]:
    """The state of such a job, as long as the queue has not told of it."""
    return {"text": "Cancelling", "family": "cancelled", "tip": f"{job.state}, scancel was sent"}


def _row(job: Job, status: ClusterStatus | None, shown: list[str], cancelling: Collection[Key]) -> dict[str, Any]:
    made = cells(job, status)
    if is_cancelling(job, cancelling):
        made["state"] = cancelling_chip(job)
    return {
        "row": row_text(job),
        "key": key_text((job.cluster, job.job_id)),
        "cluster": job.cluster,
        "ended": is_final(job.state),
        "cells": {name: made[name] for name in shown},
    }


def cells(job: Job, status: ClusterStatus | None = None) -> dict[str, dict[str, Any]]:
    """What each column says of a job: text with its tooltip, or numbers that the page tells as times."""
    family = state_family(job.state)
    started = family != "pending" and not job.state.startswith("REQUEUE")
    return {
        "cluster": {"text": job.cluster},
        "job_id": {"text": job.job_id, "tip": _id_tip(job)},
        "name": {"text": job.name or "(no name)", "tip": job.name},
        "state": {"text": state_word(job.state), "family": family, "tip": job.state},
        "why": _why(job),
        "user": {"text": job.user},
        "account": {"text": job.account},
        "partition": {"text": job.partition},
        "qos": {"text": job.qos},
        "nodes": {"text": number(job.nodes)},
        "cpus": {"text": number(job.cpus)},
        "memory": {"text": memory(job.memory_mib)},
        "gpus": {"text": gpus(job), "tip": job.gpu_type.upper()},
        "submitted": {"at": epoch(job.submit_time)},
        "started": {"at": epoch(job.start_time), "estimate": not started},
        "ended": {"at": epoch(job.end_time) if is_final(job.state) else None},
        "time": _time(job, status, started=started),
        "priority": {"text": number(job.priority)},
        "node_list": {"text": job.node_list if started else "", "tip": job.node_list, "mono": True},
        "exit_code": {"text": job.exit_code},
    }


def _id_tip(job: Job) -> str:
    """What else is to know of an id."""
    if job.array_job_id:
        return f"{job.job_id}, of array {job.array_job_id}; Slurm's number {job.job_id_raw}"
    return f"{job.job_id}, of het job {job.het_job_id}" if job.het_job_id else job.job_id


def _why(job: Job) -> dict[str, Any]:
    """Words with Slurm's own in the tooltip; the nodes where it runs or ran."""
    words = why(job)
    if words:
        slurm = ", ".join(filter(None, [job.reason, job.dependency, job.exit_code and f"exit {job.exit_code}"]))
        return {"text": words, "tip": f"{words}\nSlurm: {slurm}" if slurm and slurm != words else words}
    return {"text": job.node_list, "tip": job.node_list, "mono": True}


def _time(job: Job, status: ClusterStatus | None, *, started: bool) -> dict[str, Any]:
    """Elapsed and limit in seconds; while it runs on a cluster that answers, the page counts on from `at`."""
    fresh = status.freshness if status is not None else None
    runs = state_family(job.state) == "running" and fresh is not None and not fresh.error
    return {
        "elapsed": job.elapsed_s if started else None,
        "limit": job.time_limit_s,
        "at": epoch(fresh.as_of) if runs and fresh is not None else None,
    }


def _empty(state: BoardState) -> dict[str, str] | None:
    """What stands in the table's place where it has no row."""
    if state.jobs:
        return None
    if not state.statuses:
        add = "clausius add-cluster NAME LOGIN-HOST"
        return {"title": "No cluster yet", "text": "Add the first one in a terminal:", "code": add}
    if state.total:
        return {"title": "This page is past the end", "text": "", "action": "first"}
    if state.is_narrowed:
        return {"title": "No job matches these filters", "text": "", "action": "reset"}
    if any(status.freshness.as_of is None and not status.freshness.error for status in state.statuses):
        return {"title": "", "text": "", "action": "loading"}
    if not any(status.freshness.as_of for status in state.statuses):
        return {
            "title": "No cluster has answered yet",
            "text": "Each card says why, and when it is tried again.",
        }
    hours = state.ended_within_h
    span = f"and none ended in the last {hours} h" if hours else "and none has ever been seen"
    return {"title": "No job is in the queue", "text": f"{span}. What you submit shows up here by itself."}
