"""The table of jobs across clusters: its columns, and what each cell says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..model import Job, is_final, state_family
from ..model.usage_verdict import span
from ..queries import ClusterStatus
from ..queries.job_stats import IdleGpus
from ..state import ALL_COLUMNS, Act, BoardState, Key
from .act_words import WORDS
from .words import epoch, gpus, memory, number, state_word, why

__all__ = [
    "COLUMNS",
    "Column",
    "cells",
    "idle_words",
    "key_text",
    "mark_chip",
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
    key = key_text((job.cluster, job.job_id))
    return f"{key}:{job.submit_time.timestamp():.0f}" if job.submit_time else key


def table(state: BoardState) -> dict[str, Any]:
    """What the table shows."""
    statuses: dict[str, ClusterStatus] = {status.cluster: status for status in state.statuses}
    pinned = {row_text(job) for job in state.pinned}
    shown = [name for name in ALL_COLUMNS if name in state.columns]
    return {
        "columns": [_column(name) for name in shown],
        "rows": [
            _row(
                job,
                statuses.get(job.cluster),
                shown,
                state.marks,
                pinned=row_text(job) in pinned,
                superseded=state.is_superseded(job),
                idle=state.idle.get((job.cluster, job.job_id)),
            )
            for job in state.jobs
        ],
        "total": state.total,
        "page": state.page,
        "page_size": state.page_size,
        "sort": state.sort,
        "descending": state.descending,
        "question": state.listed,
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


def mark_chip(job: Job, marks: Mapping[Key, Act]) -> dict[str, str] | None:
    """The state of a job while something is being done to it, as long as the queue has not told of it; else None.

    What has been cancelled and has ended has ended.
    """
    act = marks.get((job.cluster, job.job_id))
    if act is None or (is_final(job.state) and act != "requeue"):
        return None
    return {"text": WORDS[act].doing, "family": WORDS[act].family, "tip": f"{job.state} at the last look"}


def _row(
    job: Job,
    status: ClusterStatus | None,
    shown: list[str],
    marks: Mapping[Key, Act],
    *,
    pinned: bool,
    superseded: bool,
    idle: IdleGpus | None = None,
) -> dict[str, Any]:
    """`superseded`: there is a later attempt of the job, which is the one that can be changed."""
    made = cells(job, status)
    if idle is not None:
        made["why"] |= {"mark": "GPUs idle", "tip": f"{idle_words(idle)}\n{made['why']['text']}"}
    if not superseded and (chip := mark_chip(job, marks)) is not None:
        made["state"] = chip
    return {
        "row": row_text(job),
        "key": key_text((job.cluster, job.job_id)),
        "cluster": job.cluster,
        "ended": is_final(job.state) or superseded,
        "pinned": pinned,
        "cells": {name: made[name] for name in shown},
    }


def idle_words(idle: IdleGpus) -> str:
    """How little a job uses its GPUs, and for how long."""
    return f"GPUs held, {idle.gpu_percent:.0f} % used for {span(timedelta(seconds=idle.for_s))}"


def cells(job: Job, status: ClusterStatus | None = None) -> dict[str, dict[str, Any]]:
    """What each column says of a job: text with its tooltip, or numbers that the page tells as times."""
    family = state_family(job.state)
    waits = family == "pending" or job.state.startswith("REQUEUE")
    started = is_final(job.state) or not waits  # REQUEUED is the end of an earlier attempt
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
    if state.error:  # the banner says why, and has the way back
        return {"title": "Nothing was looked for", "text": "", "action": ""}
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
