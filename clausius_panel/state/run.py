"""One person's look at one run: its jobs, its notes, and what it was submitted with."""

from __future__ import annotations

from typing import Any, ClassVar

import param

from .. import queries, records
from ..errors import ClausiusError
from ..queries.job_stats import idle_gpus
from ..queries.run_detail import RunDetail, array_tasks, run
from .look import Look
from .runs import MAX_TASKS, keys_of

__all__ = ["RunState"]


class RunState(Look):
    """One run, and what is being asked about it."""

    PAGE = "run"
    KEYS: ClassVar[dict[str, str]] = {"cluster": "cluster", "run_id": "run", "tab": "tab", "arrays": "array"}

    arrays = param.List(default=[], item_type=str, doc="Arrays whose tasks are shown, as 'cluster:job'.")

    capture_error = param.String(default="", doc="Why the cluster could not be asked, in words; '' else.")

    capturing = param.Boolean(default=False, doc="Whether the cluster is being asked what it was submitted with.")

    cluster = param.String(default="", doc="The run's cluster.")

    detail = param.ClassSelector(class_=RunDetail, default=None, doc="The run; None where there is none.")

    idle = param.List(default=[], doc="Running jobs whose GPUs do nothing, as far as somebody looked at them.")

    run_id = param.String(default="", doc="The run's id, or that of any of its jobs.")

    tab: str = param.Selector(
        default="script",
        objects=["script", "parameters", "slurm", "environment"],
        doc="What of its provenance is shown.",
    )  # type: ignore[assignment]

    tasks = param.Dict(default={}, doc="The tasks of each open array, by 'cluster:job'.")

    def save_notes(self, text: str) -> None:
        """Keep what was written. Raises `ReadOnly`, `InvalidInput`, `StoreError`; waits for the store."""
        records.set_notes(self.runtime.store, self.cluster, self.run_id, text)

    def star(self, *, on: bool) -> None:
        """Mark the run. Raises as `save_notes`."""
        records.star(self.runtime.store, self.cluster, self.run_id, starred=on)

    @property
    def is_captured(self) -> bool:
        """Whether the cluster was asked and told all that it can tell."""
        return self.detail is not None and self.detail.metadata.captured_at is not None

    def capture(self, *, again: bool = False) -> str:
        """Ask the cluster, once in the run's life; "" or why it could not be asked. Waits for the cluster."""
        try:
            client = self.runtime.client(self.cluster)
            records.capture_run_metadata(self.runtime.store, client, self.run_id, again=again)
        except ClausiusError as error:
            return str(error)
        return ""

    def turn(self, name: str, key: str) -> None:
        """Open what is closed and close what is open, in `arrays`."""
        now = list(getattr(self, name))
        self.param.update(**{name: [one for one in now if one != key] if key in now else [*now, key][-20:]})

    def _answer(self) -> dict[str, Any]:
        store = self.runtime.store
        queries.cluster_configs(store, clusters=[self.cluster])  # a name that is none is told as such
        return {
            "detail": run(store, cluster=self.cluster, run_id=self.run_id),
            "idle": idle_gpus(store),
            "tasks": {
                f"{cluster}:{job_id}": array_tasks(store, cluster=cluster, job_id=job_id, limit=MAX_TASKS)
                for cluster, job_id in keys_of(self.arrays)
            },
        }

    def _nothing(self) -> dict[str, Any]:
        return {"detail": None, "idle": [], "tasks": {}}
