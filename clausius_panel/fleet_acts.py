"""Steering jobs from a notebook: what `Fleet` can do to jobs, runs and login nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, SupportsIndex, TypeVar

from . import actions, control
from .control import ControlOutcome
from .model.job_id import job_id_text, job_id_texts
from .sightings import with_newest
from .slurm.script_runner import Interpreter, ScriptOutcome

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["FleetActs", "JobIds"]

R = TypeVar("R")

ACTOR = "notebook"

JobIds = str | SupportsIndex | Collection[str | SupportsIndex]
"""One job id or several."""


class FleetActs:
    """The verbs that change something on a cluster."""

    runtime: Runtime

    def cancel(self, cluster: str, job_ids: JobIds) -> actions.CancelOutcome:
        """Cancel jobs, and say of each what became of it. Raises `ReadOnly`, `InvalidInput`, `TransportError`."""
        return self._act(actions.cancel_jobs, cluster, job_ids)

    def cancel_run(self, cluster: str, run_id: str | SupportsIndex) -> ControlOutcome:
        """Cancel what a run, named by its id or any of its jobs', has in the queue; arrays as a whole.

        Raises as `cancel` does, and `InvalidInput` also where it has nothing in the queue.
        """
        client, run = self.runtime.client(cluster), job_id_text(run_id)
        act = partial(control.cancel_run, self.runtime.store, client, run, actor=ACTOR)
        return with_newest(self.runtime, cluster, act)

    def hold(self, cluster: str, job_ids: JobIds) -> ControlOutcome:
        """Keep waiting jobs from starting. Raises as `cancel` does."""
        return self._act(control.hold, cluster, job_ids)

    def release(self, cluster: str, job_ids: JobIds) -> ControlOutcome:
        """Let held jobs start again. Raises as `cancel` does."""
        return self._act(control.release, cluster, job_ids)

    def requeue(self, cluster: str, job_ids: JobIds) -> ControlOutcome:
        """End running jobs and queue them again; what they have not saved is lost. Raises as `cancel` does."""
        return self._act(control.requeue, cluster, job_ids)

    def top(self, cluster: str, job_ids: JobIds) -> ControlOutcome:
        """Put waiting jobs before your others, where the cluster allows it. Raises as `cancel` does."""
        return self._act(control.to_top, cluster, job_ids)

    def run_script(
        self, cluster: str, script: str, *, interpreter: Interpreter | None = None, timeout_s: int = 120
    ) -> ScriptOutcome:
        """Run a script on the cluster's login node, as oneself. Raises as `cancel` does.

        By default bash runs it, or what its first line names, such as "#!/usr/bin/env python3".

        A script that fails or is too slow is an outcome, not an error; 1 MiB is kept of stdout and stderr each.
        """
        client = self.runtime.client(cluster)
        return control.run_script(
            self.runtime.store, client, script, interpreter=interpreter, timeout_s=timeout_s, actor=ACTOR
        )

    def _act(self, act: Callable[..., R], cluster: str, job_ids: JobIds) -> R:
        return act(self.runtime.store, self.runtime.client(cluster), job_id_texts(job_ids), actor=ACTOR)
