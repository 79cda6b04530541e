"""One person's look at runs: which of them, and which of those are open."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

import param

from .. import queries, records
from ..model.project import Project
from ..queries import JobFacets, JobFilters
from ..queries.job_stats import idle_gpus
from ..queries.run_detail import RunDetail, array_tasks, run
from ..queries.run_jobs import run_job_ids
from ..queries.runs import RunPage, runs
from ..records import Clearing
from ..runtime import Runtime
from ..store.projects import list_projects
from .filters import PAGE_SIZES, Key
from .look import Look

__all__ = ["MAX_OPEN", "RunsState", "key_of", "keys_of"]

MAX_OPEN = 20
"""Runs, and arrays, that can be open at the same time; opening one more closes the one opened first."""

MAX_TASKS = 500
"""Tasks of an array that are shown."""

ACTOR = "browser"

Tasks = dict[str, queries.JobPage]


def key_of(text: str) -> Key:
    """A run or a job as the URL names it: cluster and id; ids of two "" for what is none.

    >>> key_of("alpha:12")
    ('alpha', '12')
    """
    cluster, _, one = text.partition(":")
    return (cluster, one) if one else ("", "")


def keys_of(texts: Collection[str]) -> list[Key]:
    """The same for many; what names nothing is left out."""
    return [key for text in texts if (key := key_of(str(text)))[0]]


class RunsState(Look):
    """Filters, one page of runs, and the jobs of those that are open."""

    PAGE = "runs"
    KEYS: ClassVar[dict[str, str]] = {
        "clusters": "cluster",
        "users": "user",
        "mine": "mine",
        "project": "project",
        "campaign": "campaign",
        "starred": "star",
        "hidden": "cleared",
        "text": "q",
        "ended_within_h": "ended",
        "sort": "sort",
        "number": "p",
        "page_size": "rows",
        "opened": "open",
        "arrays": "array",
    }

    arrays = param.List(default=[], item_type=str, doc="Arrays whose tasks are shown, as 'cluster:job'.")

    campaign = param.String(default="", doc="Only this campaign of the project; '' is all.")

    clusters = param.List(default=[], item_type=str, doc="Clusters to show; none means all.")

    details = param.Dict(default={}, doc="What is known of each open run, by 'cluster:run'.")

    ended_within_h = param.Integer(
        default=168, bounds=(0, 87_600), doc="Runs that ended more hours ago are left out; 0 is the whole history."
    )

    facets = param.ClassSelector(
        class_=JobFacets,
        default=JobFacets(users=[], partitions=[], accounts=[], states=[]),
        doc="The values there are to filter by.",
    )

    hidden = param.Boolean(default=False, doc="Whether what was cleared is shown too.")

    idle = param.List(default=[], doc="Running jobs whose GPUs do nothing, as far as somebody looked at them.")

    mine = param.Boolean(default=False, doc="Only jobs of the login that each cluster is asked with.")

    number = param.Integer(default=1, bounds=(1, None), doc="Which page of the table, from 1.")

    opened = param.List(default=[], item_type=str, doc="Open runs, as 'cluster:run'.")

    page_size = param.Integer(default=PAGE_SIZES[0], bounds=(1, 250), doc="Runs on a page.")

    project = param.String(default="", doc="Only runs of this project; '' is all.")

    projects = param.Dict(default={}, doc="Every project by name.")

    runs = param.List(default=[], doc="One page of runs, in order.")

    sort: str = param.Selector(
        default="active", objects=["active", "newest", "oldest", "name", "project"], doc="What comes first."
    )  # type: ignore[assignment]

    starred = param.Boolean(default=False, doc="Only runs with a star.")

    tasks = param.Dict(default={}, doc="The tasks of each open array, by 'cluster:job'.")

    text = param.String(default="", doc="Words that must all occur in one of a run's jobs.")

    total = param.Integer(default=0, doc="How many runs the filters select on all pages.")

    users = param.List(default=[], item_type=str, doc="Users to show; none means all.")

    def __init__(self, runtime: Runtime, **params: Any) -> None:
        """Nothing is read or asked yet."""
        super().__init__(runtime, **params)
        self._undo: Callable[[], int] | None = None

    def keywords(self) -> JobFilters:
        """The filters as `queries` takes them."""
        return JobFilters(
            clusters=list(self.clusters),
            users=list(self.users),
            mine=self.mine,
            hidden=self.hidden,
            text=self.text,
            max_age_s=self.ended_within_h * 3600.0 if self.ended_within_h else None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the default choice of runs is asked for."""
        names = ("clusters", "users", "mine", "project", "campaign", "starred", "text")
        return any(getattr(self, name) for name in names)

    def reset(self) -> None:
        """Show every run again."""
        self.param.update(
            clusters=[], users=[], mine=False, project="", campaign="", starred=False, text="", number=1
        )

    def turn(self, name: str, key: str) -> None:
        """Open what is closed and close what is open, in `opened` or `arrays`."""
        now = list(getattr(self, name))
        now = [one for one in now if one != key] if key in now else [*now, key][-MAX_OPEN:]
        self.param.update(**{name: now})

    def find_page(self) -> RunPage:
        """The runs that are asked for. Raises `StoreError`, `InvalidInput`."""
        return runs(
            self.runtime.store,
            project=self.project,
            campaign=self.campaign,
            starred=self.starred,
            sort=self.sort,
            limit=self.page_size,
            offset=(self.number - 1) * self.page_size,
            **self.keywords(),
        )

    def star(self, keys: Collection[Key], *, on: bool) -> None:
        """Mark runs. Raises `ReadOnly`, `InvalidInput`, `StoreError`; waits for the store."""
        for cluster, run_id in keys:
            records.star(self.runtime.store, cluster, run_id, starred=on)

    def pin(self, keys: Collection[Key], *, on: bool) -> None:
        """Keep all jobs of runs on the board, or no longer. Raises as `star`."""
        for cluster, ids in self._ids(keys):
            records.pin(self.runtime.store, cluster, ids, pinned=on)

    def dismiss(self, keys: Collection[Key]) -> int:
        """Hide all jobs of runs until their state changes; how many. Raises as `star`."""
        store, ids = self.runtime.store, self._ids(keys)
        count = sum(records.dismiss(store, cluster, some) for cluster, some in ids)
        self._undo = lambda: sum(records.dismiss(store, cluster, some, dismissed=False) for cluster, some in ids)
        return count

    def clear(self, what: Clearing) -> int:
        """Hide what failed or completed, of the chosen clusters and project; how many jobs. Raises as `star`."""
        store = self.runtime.store
        cleared = records.clear(store, what, clusters=self.clusters, project=self.project, actor=ACTOR)
        self._undo = lambda: records.restore(store, cleared, actor=ACTOR)
        return cleared.count

    def clearable(self) -> dict[Clearing, int]:
        """How many jobs each clearing would hide. Raises `StoreError`, `UnknownCluster`; waits for the store."""
        of: dict[str, Any] = {"clusters": self.clusters, "project": self.project}
        store = self.runtime.store
        return {
            "failed": records.clearable(store, "failed", **of),
            "completed": records.clearable(store, "completed", **of),
        }

    def undo(self) -> int:
        """Show again what was hidden last, once; how many jobs. Raises as `star`."""
        act, self._undo = self._undo, None
        return act() if act is not None else 0

    def _ids(self, keys: Collection[Key]) -> list[tuple[str, list[str]]]:
        """Clusters and at most 1000 ids, as often as it takes."""
        found = []
        for cluster, run_id in keys:
            ids = run_job_ids(self.runtime.store, cluster=cluster, run_id=run_id)
            found += [(cluster, ids[i : i + 1000]) for i in range(0, len(ids), 1000)]
        return found

    def _answer(self) -> dict[str, Any]:
        store = self.runtime.store
        page = self.find_page()
        known: dict[str, Project] = {project.name: project for project in list_projects(store)}
        return {
            "runs": page.runs,
            "total": page.total,
            "projects": known,
            "facets": queries.job_facets(store, max_age_s=self.keywords()["max_age_s"]),
            "details": self._details(page),
            "idle": idle_gpus(store),
            "tasks": {
                f"{cluster}:{job_id}": array_tasks(store, cluster=cluster, job_id=job_id, limit=MAX_TASKS)
                for cluster, job_id in keys_of(self.arrays)
            },
        }

    def _details(self, page: RunPage) -> dict[str, RunDetail]:
        """Only of those that are on this page: others keep their place in the URL."""
        shown = {f"{one.cluster}:{one.run_id}" for one in page.runs}
        return {
            key: run(self.runtime.store, cluster=key_of(key)[0], run_id=key_of(key)[1])
            for key in self.opened
            if key in shown
        }

    def _nothing(self) -> dict[str, Any]:
        return {"runs": [], "total": 0, "details": {}, "idle": [], "tasks": {}}
