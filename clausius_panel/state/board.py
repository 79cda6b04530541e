"""One person's look at the board: what the filters select, and how every cluster stands.

Reading and showing are apart, so that a view can read in a thread and show on its own loop: `show(read())` is
`catch_up()`. Nothing here waits for a cluster.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import param

from .. import queries
from .. import store as st
from ..collector import FLOOR_S
from ..errors import InvalidInput, StoreError
from ..model import Freshness, Job, is_final
from ..queries import ClusterStatus, JobDetail, JobFacets, JobFilters
from ..runtime import Runtime
from .cancelling import CancelResult, cancel_selection
from .filters import JobFilter, Key

__all__ = ["BoardState", "Notice", "Picture"]

LOOK_S = 45.0
"""Who has not looked for this long is taken to be gone, and nothing is polled for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line for the person, said once."""

    text: str
    kind: Literal["info", "error"] = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the store said to one question, at one revision."""

    revision: int
    question: tuple[Any, ...]
    jobs: list[Job]
    total: int
    counts: dict[str, tuple[int, int]]  # family: jobs and GPUs, whatever states are chosen
    statuses: list[ClusterStatus]
    facets: JobFacets
    settings: st.Settings
    detail: JobDetail | None
    error: str = ""  # a filter (out of an old link) names what does not exist: then there are no jobs


class BoardState(JobFilter):
    """Filters, selection and the data they select. One per session."""

    asking = param.List(default=[], item_type=str, doc="Clusters that are being asked right now.")

    auto_refresh = param.Boolean(default=True, doc="Whether clusters are asked again by themselves.")

    cancelling = param.List(default=[], doc="Jobs whose cancellation is under way or not yet seen in the queue.")

    counts = param.Dict(default={}, doc="State family: (jobs, GPUs) under all filters but the one by state.")

    detail = param.ClassSelector(class_=JobDetail, default=None, doc="The opened job; None: none is open.")

    error = param.String(default="", doc="Why there is no picture of what is asked for, in words; '' else.")

    facets = param.ClassSelector(
        class_=JobFacets,
        default=JobFacets(users=[], partitions=[], accounts=[], states=[]),
        doc="The values there are to filter by.",
    )

    interval_s = param.Integer(default=30, doc="Seconds between two looks at a queue.")

    jobs = param.List(default=[], doc="One page of jobs, in order.")

    notice = param.ClassSelector(class_=Notice, default=None, doc="The last thing to tell the person.")

    outcome = param.ClassSelector(class_=CancelResult, default=None, doc="What became of the last cancellation.")

    read_only = param.Boolean(default=False, doc="Whether nothing may be changed.")

    selected = param.List(default=[], doc="Selected jobs as (cluster, job id), on whatever page they are.")

    statuses = param.List(default=[], doc="How every configured cluster stands, in order.")

    total = param.Integer(default=0, doc="How many jobs the filters select on all pages.")

    def __init__(self, runtime: Runtime, *, actor: str = "browser", **params: Any) -> None:
        """Nothing is read or asked yet. `actor` is whom the audit names."""
        super().__init__(**params)
        self.runtime, self.actor = runtime, actor
        self._shown: tuple[int, tuple[Any, ...]] | None = None
        self._asked: dict[str, Future[Freshness]] = {}
        self._cancelled_at: dict[Key, datetime] = {}
        self._known: dict[Key, Job] = {}
        self._looked = time.monotonic()
        self._ended_default = JobFilter.param["ended_within_h"].default

    def start(self, query: str = "") -> None:
        """Take over the settings, then what a URL asks for, and read for the first time.

        A store that cannot be read becomes `error`.
        """
        try:
            self._ended_default = self.ended_within_h = st.settings(self.runtime.store).ended_jobs_shown_h
        except StoreError as error:
            self.error = str(error)
        self.from_query(query)
        self.catch_up()

    def catch_up(self) -> bool:
        """Show what changed since the last time, and say whether anything did; cheap if not."""
        return self.show(self.read())

    def read(self) -> Picture | StoreError | None:
        """What the store says now; None where it says the same as before. Safe in a thread."""
        question = self._question()
        try:
            revision = self.runtime.store.revision
            if self._shown == (revision, question):
                return None
            return self._picture(revision, question)
        except StoreError as error:
            return error

    def show(self, picture: Picture | StoreError | None) -> bool:
        """Take over what `read` found; False if nothing is new. An older answer to another question is dropped."""
        self.asking = sorted(name for name, future in self._asked.items() if not future.done())
        if isinstance(picture, StoreError):
            self.error = str(picture)
            self._shown = None
            return True
        if picture is None or picture.question != self._question():
            return False
        self._shown = (picture.revision, picture.question)
        self._remember(picture)
        self.param.update(
            counts=picture.counts,
            detail=picture.detail,
            error=picture.error,
            facets=picture.facets,
            interval_s=picture.settings.refresh_interval_s,
            jobs=picture.jobs,
            read_only=picture.settings.read_only,
            statuses=picture.statuses,
            total=picture.total,
        )
        self._forget_cancelled()
        self._forget_selected()
        return True

    def poll(self) -> None:
        """Have every cluster asked that is due, as long as somebody looks. Never waits for one."""
        if self.auto_refresh and time.monotonic() - self._looked < LOOK_S:
            self._ask(force=False)

    def looked(self) -> None:
        """Somebody sees the board."""
        self._looked = time.monotonic()

    def refresh_now(self) -> None:
        """Have every cluster asked now; one that was asked less than the floor ago is left alone, and told."""
        self.looked()
        now = datetime.now(UTC)
        try:
            states = st.cluster_states(self.runtime.store)
        except StoreError as error:
            self.notice = Notice(text=str(error), kind="error")
            return
        names = [status.cluster for status in self.statuses]
        ages = {name: (now - last).total_seconds() for name in names if (last := _last(states, name)) is not None}
        early = {name: age for name, age in ages.items() if age < FLOOR_S}
        self._ask(force=True)
        self.asking = sorted(name for name, future in self._asked.items() if not future.done())
        self.notice = Notice(text=_floor_words(names, early))

    def cancel(self, keys: Collection[Key]) -> CancelResult:
        """Cancel jobs and say of each what became of it; waits for the clusters, so call it in a thread."""
        result = cancel_selection(self.runtime, keys, actor=self.actor)
        done = datetime.now(UTC)
        self._cancelled_at.update(dict.fromkeys(result.cancelled, done))
        return result

    def begin_cancel(self, keys: Collection[Key]) -> None:
        """Show jobs as being cancelled, at once."""
        self.cancelling = [*dict.fromkeys([*self.cancelling, *keys])]

    def end_cancel(self, result: CancelResult) -> None:
        """Show what became of it: those that failed are as before, and the reasons are in `outcome`."""
        self.cancelling = [key for key in self.cancelling if key not in result.failed]
        self.selected = [key for key in self.selected if key not in set(result.cancelled)]
        self.outcome = result

    def targets(self, keys: Collection[Key] | None = None) -> list[Job]:
        """The jobs that a cancellation of `keys` (default: the selected ones) would hit: those not ended."""
        wanted = self.selected if keys is None else keys
        return [job for key in wanted if (job := self._known.get(key)) is not None and not is_final(job.state)]

    def names(self) -> dict[Key, str]:
        """Names of the jobs on this page and of those selected elsewhere."""
        return {key: job.name for key, job in self._known.items()}

    def _ask(self, *, force: bool) -> None:
        for status in self.statuses:
            name = status.cluster
            if (flying := self._asked.get(name)) is None or flying.done():
                self._asked[name] = self.runtime.collector.start(name, max_age_s=self.interval_s, force=force)

    def _question(self) -> tuple[Any, ...]:
        asked = [(name, str(value)) for name, value in self.keywords().items()]
        return (*asked, self.order, self.descending, self.page, self.page_size, self.opened)

    def _picture(self, revision: int, question: tuple[Any, ...]) -> Picture:
        """Raises `StoreError`."""
        store, filters, error = self.runtime.store, self.keywords(), ""
        jobs, total, counts = list[Job](), 0, dict[str, tuple[int, int]]()
        try:
            jobs, total = self._page_of_jobs(filters)
            counts = self._counts(filters)
        except InvalidInput as wrong:
            error = str(wrong)
        return Picture(
            revision=revision,
            question=question,
            jobs=jobs,
            total=total,
            counts=counts,
            error=error,
            statuses=queries.cluster_status(store),
            facets=queries.job_facets(store, max_age_s=filters["max_age_s"]),
            settings=st.settings(store),
            detail=self._detail(),
        )

    def _page_of_jobs(self, filters: JobFilters) -> tuple[list[Job], int]:
        """Raises `StoreError`, `InvalidInput`."""
        page = queries.jobs(
            self.runtime.store,
            sort=self.order,
            descending=self.descending,
            limit=self.page_size,
            offset=(self.page - 1) * self.page_size,
            **filters,
        )
        return page.jobs, page.total

    def _counts(self, filters: JobFilters) -> dict[str, tuple[int, int]]:
        """Whatever states are chosen. Raises `StoreError`, `InvalidInput`."""
        anyhow = filters.copy()
        anyhow["states"] = []
        counts: dict[str, tuple[int, int]] = {}
        for count in queries.count_jobs(self.runtime.store, **anyhow):
            jobs, gpus = counts.get(count.family, (0, 0))
            counts[count.family] = (jobs + count.jobs, gpus + count.gpus)
        return counts

    def _detail(self) -> JobDetail | None:
        if self.opened is None:
            return None
        cluster, job_id = self.opened
        try:
            return queries.job(self.runtime.store, cluster=cluster, job_id=job_id)
        except InvalidInput:  # a link to a job that this store never saw; the view says so
            return None

    def _remember(self, picture: Picture) -> None:
        """Of jobs on other pages only those that are selected or being cancelled are kept in mind."""
        seen = [*picture.jobs, *([picture.detail.job] if picture.detail else [])]
        kept = {*self.selected, *self.cancelling}
        self._known = {key: job for key, job in self._known.items() if key in kept}
        self._known.update({(job.cluster, job.job_id): job for job in seen})

    def _forget_cancelled(self) -> None:
        """The queue has been seen since: what it says holds, and is not covered by our mark any more."""
        as_of = {status.cluster: status.freshness.as_of for status in self.statuses}
        for key, done in list(self._cancelled_at.items()):
            seen = as_of.get(key[0])
            if seen is not None and seen > done:
                del self._cancelled_at[key]
                self.cancelling = [other for other in self.cancelling if other != key]

    def _forget_selected(self) -> None:
        """A job that has ended can not be selected any more."""
        kept = [key for key in self.selected if key not in self._known or not is_final(self._known[key].state)]
        if kept != self.selected:
            self.selected = kept

    def _default(self, name: str) -> Any:
        return self._ended_default if name == "ended_within_h" else super()._default(name)


def _last(states: dict[str, st.ClusterState], name: str) -> datetime | None:
    return states[name].last_attempt if name in states else None


def _floor_words(names: list[str], early: dict[str, float]) -> str:
    """What a click on "refresh" did."""
    if not names:
        return "no cluster to ask"
    if not early:
        return f"asking {', '.join(names)}"
    if len(early) == len(names):
        age = min(early.values())
        return f"asked {age:.0f} s ago; next look in {max(1, FLOOR_S - age):.0f} s"
    told = [f"{name} was asked {age:.0f} s ago" for name, age in early.items()]
    return f"asking {', '.join(name for name in names if name not in early)}; {', '.join(told)}"
