"""One person's look at the board: what the filters select, and how every cluster stands.

Reading and showing are apart, so that a view can read in a thread and show on its own loop: `show(read())` is
`catch_up()`. Nothing here waits for a cluster.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import param

from .. import queries
from .. import store as st
from ..collector import FLOOR_S
from ..errors import InvalidInput, StoreError
from ..local_processes import process_clusters
from ..model import Freshness, Job
from ..model.usage_verdict import Verdict
from ..queries import ClusterStatus, JobDetail, JobFacets, JobFilters
from ..queries.job_stats import IdleGpus
from ..runtime import Runtime
from .acting import ActResult
from .filters import JobFilter, Key
from .job_stats_asking import StatsAsker
from .job_stats_marks import idle_marks, known_verdicts
from .selection import Selection
from .steady import steadily

__all__ = ["BoardState", "Notice", "Picture"]

LOOK_S = 45.0
"""Who has not looked for this long is taken to be gone, and nothing is polled for them."""

SETTLE_S = 3.0
"""Who goes through the jobs with j and k has each asked for what it uses only where they stay."""

_PAST = datetime.min.replace(tzinfo=UTC)


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
    pinned: list[Job]
    counts: dict[str, tuple[int, int]]  # family: jobs and GPUs, whatever states are chosen
    statuses: list[ClusterStatus]
    facets: JobFacets
    settings: st.Settings
    detail: JobDetail | None
    idle: dict[Key, IdleGpus]
    verdicts: list[Verdict]
    processes: list[str]  # clusters that are processes of this machine
    error: str = ""  # a filter (out of an old link) names what does not exist: then there are no jobs


class BoardState(Selection):
    """Filters, selection and the data they select. One per session."""

    asking = param.List(default=[], item_type=str, doc="Clusters that are being asked right now.")

    auto_refresh = param.Boolean(default=True, doc="Whether clusters are asked again by themselves.")

    counts = param.Dict(default={}, doc="State family: (jobs, GPUs) under all filters but the one by state.")

    error = param.String(default="", doc="Why there is no picture of what is asked for, in words; '' else.")

    facets = param.ClassSelector(
        class_=JobFacets,
        default=JobFacets(users=[], partitions=[], accounts=[], states=[]),
        doc="The values there are to filter by.",
    )

    idle = param.Dict(default={}, doc="Running jobs whose GPUs do nothing, as (cluster, job id).")

    interval_s = param.Integer(default=30, doc="Seconds between two looks at a queue.")

    jobs = param.List(default=[], doc="One page of jobs, in order.")

    notice = param.ClassSelector(class_=Notice, default=None, doc="The last thing to tell the person.")

    pinned = param.List(default=[], doc="Those of `jobs` that people keep on the board.")

    statuses = param.List(default=[], doc="How every configured cluster stands, in order.")

    total = param.Integer(default=0, doc="How many jobs the filters select on all pages.")

    verdicts = param.List(default=[], doc="What stands out in how the opened job uses its resources.")

    def __init__(self, runtime: Runtime, *, actor: str = "browser", **params: Any) -> None:
        """Nothing is read or asked yet. `actor` is whom the audit names."""
        super().__init__(runtime, actor=actor, **params)
        self._shown: tuple[int, tuple[Any, ...]] | None = None
        self._asked: dict[str, Future[Freshness]] = {}
        self._wanted: set[str] = set()
        self._asker = StatsAsker(runtime, settle_s=SETTLE_S)
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
        self.ask(query)
        self.catch_up()

    def ask(self, query: str) -> None:
        """Take over what a URL asks for, and say what of it has no meaning here."""
        if odd := self.from_query(query):
            self.notice = Notice(
                text=f"left out, as the board knows no such thing: {', '.join(odd)}", kind="error"
            )

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
            return steadily(self.runtime.store, lambda revision: self._picture(revision, question))
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
        opened = [picture.detail.job] if picture.detail and picture.detail.is_newest else []
        self._remember([*opened, *picture.jobs])
        self.param.update(
            counts=picture.counts,
            detail=picture.detail,
            error=picture.error,
            facets=picture.facets,
            idle=picture.idle,
            interval_s=picture.settings.refresh_interval_s,
            jobs=picture.jobs,
            pinned=picture.pinned,
            processes=picture.processes,
            read_only=picture.settings.read_only,
            statuses=picture.statuses,
            total=picture.total,
            verdicts=picture.verdicts,
        )
        self._forget_marks(picture.statuses)
        self._forget_selected()
        return True

    def poll(self) -> None:
        """Have every cluster asked that is due, as long as somebody looks. Never waits for one."""
        if time.monotonic() - self._looked >= LOOK_S:
            return
        self._ask_changed()
        if self.auto_refresh:
            self._ask(force=False)
            self._ask_opened()

    def _ask_opened(self) -> None:
        """Have it measured what the opened job uses; where that fails the board shows what was known."""
        if self.opened is not None:
            with suppress(StoreError):
                self._asker.poll(*self.opened, submitted=self.submitted)

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

    def end(self, keys: Collection[Key], result: ActResult) -> None:
        """As in `Selection`; the clusters where something was done are asked again as soon as that is allowed."""
        super().end(keys, result)
        self._wanted |= {cluster for cluster, _ in result.done}

    @property
    def listed(self) -> str:
        """Names the list that is shown: another one where filters, order or page are others."""
        return "" if self._shown is None else repr(self._shown[1][:-2])

    def is_pinned(self, job: Job) -> bool:
        """Whether people keep this job on the board."""
        return job in self.pinned or (self.detail is not None and self.detail.pinned and self.detail.job == job)

    def _ask_changed(self) -> None:
        """Ask where something was done as soon as that is allowed: when the floor since the last poll is over.

        An answer that was on its way when it was done may not show it yet: what counts is a poll begun afterwards.
        """
        for name in list(self._wanted):
            if (flying := self._asked.get(name)) is not None and not flying.done():
                continue
            if self._acted.get(name, _PAST) is None:
                self._acted[name] = datetime.now(UTC)
            started = self.runtime.collector.start(name, max_age_s=self.interval_s, force=True)
            if not started.done():
                self._asked[name] = started
                self._wanted.discard(name)

    def _ask(self, *, force: bool) -> None:
        for status in self.statuses:
            name = status.cluster
            if (flying := self._asked.get(name)) is None or flying.done():
                self._asked[name] = self.runtime.collector.start(name, max_age_s=self.interval_s, force=force)

    def _question(self) -> tuple[Any, ...]:
        asked = [(name, str(value)) for name, value in self.keywords().items()]
        return (*asked, self.order, self.descending, self.page, self.page_size, self.opened, self.attempt)

    def _picture(self, revision: int, question: tuple[Any, ...]) -> Picture:
        """Raises `StoreError`."""
        store, filters, error = self.runtime.store, self.keywords(), ""
        page, counts = queries.JobPage(jobs=[], total=0, clusters=[]), dict[str, tuple[int, int]]()
        try:
            page = self._page_of_jobs(filters)
            counts = self._counts(filters)
        except InvalidInput as wrong:
            error = str(wrong)
        return Picture(
            revision=revision,
            processes=process_clusters(store),
            question=question,
            jobs=page.jobs,
            total=page.total,
            pinned=page.pinned,
            counts=counts,
            error=error,
            statuses=queries.cluster_status(store),
            facets=queries.job_facets(store, max_age_s=filters["max_age_s"]),
            settings=st.settings(store),
            detail=self._detail(),
            idle=idle_marks(store),
            verdicts=known_verdicts(store, self.opened, submitted=self.submitted),
        )

    def _page_of_jobs(self, filters: JobFilters) -> queries.JobPage:
        """Raises `StoreError`, `InvalidInput`."""
        return queries.jobs(
            self.runtime.store,
            sort=self.order,
            descending=self.descending,
            limit=self.page_size,
            offset=(self.page - 1) * self.page_size,
            **filters,
        )

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
            return queries.job(self.runtime.store, cluster=cluster, job_id=job_id, submitted=self.submitted)
        except InvalidInput:  # a link to a job that this store never saw; the view says so
            return None

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
