"""The jobs a person has selected, what is being done to them, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import param

from ..model import Job, is_final
from ..queries import ClusterStatus, JobDetail, queued_of_runs
from ..runtime import Runtime
from .acting import ActResult, act_on
from .acts import Act, why_not
from .filters import JobFilter, Key

__all__ = ["Selection"]


class Selection(JobFilter):
    """What is selected and marked. Marks are shown at once and go when the queue has been seen since."""

    detail = param.ClassSelector(class_=JobDetail, default=None, doc="The opened job; None: none is open.")

    marks = param.Dict(default={}, doc="(cluster, job id): what is being done to it, or was since the last look.")

    outcome = param.ClassSelector(class_=ActResult, default=None, doc="What became of the last act.")

    processes = param.List(default=[], item_type=str, doc="Clusters that are processes of this machine.")

    read_only = param.Boolean(default=False, doc="Whether nothing may be changed.")

    selected = param.List(default=[], doc="Selected jobs as (cluster, job id), on whatever page they are.")

    def __init__(self, runtime: Runtime, *, actor: str = "browser", **params: object) -> None:
        """Nothing is selected. `actor` is whom the audit names."""
        super().__init__(**params)
        self.runtime, self.actor = runtime, actor
        self._known: dict[Key, Job] = {}
        self._under_way: set[Key] = set()
        self._acted: dict[str, datetime | None] = {}
        """Cluster: since when its queue shows what was done there; None while that is not sure."""

    # ---- doing

    def targets(self, act: Act, keys: Collection[Key] | None = None) -> list[Job]:
        """The jobs that an act on `keys` (default: the selected ones) would hit: those to which it applies."""
        return [job for job in self.chosen(keys) if not self.why_not(act, job)]

    def why_not(self, act: Act, job: Job) -> str:
        """Why an act does not apply to a job, in words; "" where it does."""
        return why_not(act, job, is_process=self.is_process(job))

    def is_process(self, job: Job) -> bool:
        """Whether it is no job of Slurm's but a process of this machine."""
        return job.cluster in self.processes

    def chosen(self, keys: Collection[Key] | None = None) -> list[Job]:
        """What is known of the jobs `keys`, by default the selected ones."""
        wanted = self.selected if keys is None else keys
        return [job for key in wanted if (job := self._known.get(key)) is not None]

    def begin(self, act: Act, keys: Collection[Key]) -> None:
        """Show jobs as being changed, at once."""
        # which rows some tasks of an array are in is seen at the next look
        hit = set() if act == "cancel_tasks" else set(keys)
        self._under_way |= hit
        self.marks = self.marks | dict.fromkeys(hit, act)

    def perform(self, act: Act, keys: Collection[Key], value: str = "") -> ActResult:
        """Do it and say of each job what became of it; waits for the clusters, so call it in a thread."""
        return act_on(self.runtime, act, keys, value=value, actor=self.actor)

    def end(self, keys: Collection[Key], result: ActResult) -> None:
        """Show what became of it: those that failed are as before, and the reasons are in `outcome`."""
        self._under_way -= set(keys)
        failed = set(keys) if not result.done else set(result.failed)
        self.marks = {key: act for key, act in self.marks.items() if key not in failed}
        if result.act in ("cancel", "cancel_run"):
            self.selected = [key for key in self.selected if key not in set(result.done)]
        self._acted |= dict.fromkeys({cluster for cluster, _ in result.done})
        self.outcome = result

    def names(self) -> dict[Key, str]:
        """Names of the jobs on this page and of those selected elsewhere."""
        return {key: job.name for key, job in self._known.items()}

    def run_targets(self, keys: Collection[Key]) -> list[Job]:
        """The jobs in the queue of the runs that these jobs are in; an array is one. Raises `StoreError`."""
        return queued_of_runs(self.runtime.store, keys)

    def is_superseded(self, job: Job) -> bool:
        """Whether a later attempt of the job is known."""
        known = self._known.get((job.cluster, job.job_id))
        return known is not None and _submitted(known) > _submitted(job)

    # ---- keeping up

    def _remember(self, jobs: Collection[Job]) -> None:
        """Of jobs on other pages only those that are selected or being changed are kept in mind."""
        kept = {*self.selected, *self.marks}
        self._known = {key: job for key, job in self._known.items() if key in kept}
        for job in sorted(jobs, key=_submitted):  # of a requeued job the newest attempt is what can be changed
            self._known[(job.cluster, job.job_id)] = job

    def _forget_marks(self, statuses: Collection[ClusterStatus]) -> None:
        """The queue has been seen since: what it says holds, and is not covered by our mark any more."""
        as_of = {status.cluster: status.freshness.as_of for status in statuses}
        for cluster, done in list(self._acted.items()):
            seen = as_of.get(cluster)
            if done is not None and seen is not None and seen > done:
                del self._acted[cluster]
                self.marks = {
                    key: act for key, act in self.marks.items() if key[0] != cluster or key in self._under_way
                }

    def _forget_selected(self) -> None:
        """A job that has ended can not be selected any more."""
        kept = [key for key in self.selected if key not in self._known or not is_final(self._known[key].state)]
        if kept != self.selected:
            self.selected = kept


def _submitted(job: Job) -> float:
    return job.submit_time.timestamp() if job.submit_time else 0.0
