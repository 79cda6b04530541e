"""Doing one thing to whole runs: which of their jobs it concerns, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from ..guards import refuse_when_read_only
from ..queries.run_jobs import queued_job_ids
from ..runtime import Runtime
from .acting import ActResult, act_on
from .filters import Key

__all__ = ["RUN_ACTS", "RunAct", "act_on_runs", "jobs_concerned"]

RunAct = Literal["cancel", "hold", "release"]
"""What can be done to whole runs."""

RUN_ACTS: tuple[RunAct, ...] = get_args(RunAct)

_WHICH: dict[RunAct, Literal["all", "waiting", "held"]] = {"cancel": "all", "hold": "waiting", "release": "held"}


def jobs_concerned(runtime: Runtime, act: RunAct, keys: Collection[Key]) -> list[Key]:
    """The jobs that an act concerns, of runs named by cluster and run id; arrays are cancelled as a whole.

    Raises `StoreError`; waits for the store.
    """
    return [
        (cluster, job_id)
        for cluster, run_id in keys
        for job_id in queued_job_ids(runtime.store, cluster=cluster, run_id=run_id, which=_WHICH[act])
    ]


def act_on_runs(runtime: Runtime, act: RunAct, keys: Collection[Key], *, actor: str) -> ActResult:
    """Do it; a job that fails does not keep the others from it. Raises `ReadOnly`, `StoreError`; asks clusters."""
    refuse_when_read_only(runtime.store, f"{act} runs")
    return act_on(runtime, act, jobs_concerned(runtime, act, keys), actor=actor)
