"""One person's look at the past: which jobs, in which order, and from where on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, cast
from urllib.parse import parse_qs

import param

from ..errors import InvalidInput
from ..queries.history import (
    RUN_SORTS,
    FacetValue,
    HistoryPage,
    HistoryRunPage,
    count_history,
    history,
    history_facets,
    history_runs,
)
from ..queries.history_filters import HistoryFilters
from ..queries.history_rows import SORTS
from .look import Look

__all__ = ["AGE_DAYS", "COLUMNS", "FACETS", "USUAL_COLUMNS", "HistoryState"]

FACETS: tuple[str, ...] = (
    "clusters",
    "users",
    "accounts",
    "partitions",
    "qos",
    "states",
    "projects",
    "campaigns",
    "gpu_types",
)
"""What can be filtered by, as `HistoryFilters` names it."""

AGE_DAYS: tuple[int, ...] = (0, 1, 7, 30, 90, 365)
"""How many days ago jobs may have been submitted; 0 is the whole history."""

COLUMNS: tuple[str, ...] = (
    "state",
    "job_id",
    "name",
    "cluster",
    "user",
    "account",
    "partition",
    "qos",
    "project",
    "campaign",
    "nodes",
    "cpus",
    "memory_mib",
    "gpus",
    "submit_time",
    "start_time",
    "end_time",
    "wait_s",
    "elapsed_s",
    "time_limit_s",
    "cpu_hours",
    "gpu_hours",
    "exit_code",
)
"""Every column that a job can be shown with, in order."""

USUAL_COLUMNS: tuple[str, ...] = (
    "state",
    "job_id",
    "name",
    "cluster",
    "user",
    "account",
    "partition",
    "cpus",
    "gpus",
    "submit_time",
    "wait_s",
    "elapsed_s",
    "gpu_hours",
)

FIRST = ("submit_time", True)
"""The order at first: column, and whether the greatest comes first."""

MOST_CURSOR = 8_000
"""Letters of a cursor: names of jobs may be long."""

MOST_BEHIND = 2_000
"""How many pages one can turn back."""


class HistoryState(Look):
    """Filters, an order, one page of jobs or runs, and what there is to filter by."""

    PAGE = "history"
    KEYS: ClassVar[dict[str, str]] = {
        "text": "q",
        "clusters": "cluster",
        "users": "user",
        "accounts": "account",
        "partitions": "partition",
        "qos": "qos",
        "states": "state",
        "projects": "project",
        "campaigns": "campaign",
        "gpu_types": "gpu",
        "starred": "star",
        "days": "days",
        "since": "from",
        "until": "to",
        "grouped": "runs",
        "sort": "sort",
        "descending": "desc",
        "cursor": "after",
        "page_size": "rows",
        "columns": "cols",
    }

    accounts = param.List(default=[], item_type=str, doc="Accounts to show; none means all.")

    behind = param.List(
        default=[], item_type=str, doc="The cursors of the pages before this one, the first first."
    )

    campaigns = param.List(default=[], item_type=str, doc="Campaigns to show; none means all.")

    clusters = param.List(default=[], item_type=str, doc="Clusters to show; none means all.")

    columns = param.List(default=list(USUAL_COLUMNS), item_type=str, doc="Columns of the table.")

    cursor = param.String(default="", doc="Behind which job this page begins; '' is the first page.")

    days = param.Integer(default=0, bounds=(0, 36_500), doc="Submitted at most so many days ago; 0 is whenever.")

    descending = param.Boolean(default=FIRST[1], doc="Whether the greatest value comes first.")

    facets = param.Dict(default={}, doc="Filter by names: its values with the number of jobs; 'age' too.")

    gpu_types = param.List(default=[], item_type=str, doc="Types of GPUs to show; none means all.")

    grouped = param.Boolean(default=False, doc="Whether rows are runs and not jobs.")

    page_size = param.Integer(default=50, bounds=(1, 250), doc="Rows on a page.")

    partitions = param.List(default=[], item_type=str, doc="Partitions to show; none means all.")

    projects = param.List(default=[], item_type=str, doc="Projects to show; none means all.")

    qos = param.List(default=[], item_type=str, doc="Qualities of service to show; none means all.")

    rows = param.ClassSelector(
        class_=(HistoryPage, HistoryRunPage), default=None, doc="The page; None until read."
    )

    since = param.String(default="", doc="Submitted on this day (UTC, as 2026-01-31) or later; '' is any.")

    sort: str = param.Selector(default=FIRST[0], objects=sorted({*SORTS, *RUN_SORTS}), doc="By which column.")  # type: ignore[assignment]

    starred = param.Boolean(default=False, doc="Only jobs of runs with a star.")

    states = param.List(default=[], item_type=str, doc="States or families of states to show; none means all.")

    text = param.String(default="", doc="Words that must all occur.")

    total = param.Integer(default=None, allow_None=True, doc="How many jobs are selected; None until counted.")

    until = param.String(default="", doc="Submitted on this day or before; '' is any.")

    users = param.List(default=[], item_type=str, doc="Users to show; none means all.")

    def filters(self) -> HistoryFilters:
        """As the questions take them. Raises `InvalidInput` for a day that is none, and for days in reverse."""
        chosen: dict[str, Any] = {name: list(getattr(self, name)) for name in FACETS if getattr(self, name)}
        if self.text:
            chosen["text"] = self.text
        if self.starred:
            chosen["starred"] = True
        if self.days:
            chosen["max_age_s"] = self.days * 86_400.0
        if self.since:
            chosen["since"] = _day(self.since)
        if self.until:
            chosen["until"] = _day(self.until, after=1)
        if self.since and self.until and chosen["since"] >= chosen["until"]:
            raise InvalidInput("last day", self.until, f"use {self.since}, the first day, or a later one")
        return cast("HistoryFilters", chosen)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the whole history is asked for."""
        return any(getattr(self, name) for name in (*FACETS, "text", "starred", "days", "since", "until"))

    def choose(self, values: Mapping[str, Any]) -> None:
        """Other filters, or another order: from the first page on."""
        self.param.update(**values, cursor="", behind=[])

    def reset(self) -> None:
        """Show the whole history again."""
        self.choose(
            {name: list[str]() for name in FACETS}
            | {"text": "", "starred": False, "days": 0, "since": "", "until": ""}
        )

    def older(self) -> None:
        """Turn to the page behind this one, where there is one."""
        if self.rows is not None and self.rows.cursor:
            self.param.update(behind=[*self.behind, self.cursor][-MOST_BEHIND:], cursor=self.rows.cursor)

    def newer(self) -> None:
        """Turn back; to the first page where the way here is not known, as after opening a link."""
        before = list(self.behind)
        self.param.update(cursor=before.pop() if before else "", behind=before)

    def from_query(self, query: str) -> None:
        """Show what a URL asks for; the way to a page in the middle is not known."""
        super().from_query(query)
        given = parse_qs(query.removeprefix("?"), max_num_fields=1000).get(self.KEYS["cursor"], [""])[-1]
        known = [name for name in self.columns if name in COLUMNS]
        self.param.update(cursor=given[:MOST_CURSOR], behind=[], columns=known or list(USUAL_COLUMNS))

    def question(self) -> str:
        """What is asked for, but for what only the drawing goes by."""
        return "&".join(part for part in self.to_query().split("&") if not part.startswith("cols="))

    @property
    def order(self) -> tuple[str, bool]:
        """By which column the rows are, and whether the greatest comes first; runs have others than jobs."""
        if self.sort in (RUN_SORTS if self.grouped else SORTS):
            return self.sort, self.descending
        return ("last_submit", True) if self.grouped else FIRST

    def count(self) -> dict[str, Any]:
        """How many there are, and by what they can be filtered: values of parameters. Waits for the store.

        Raises `StoreError`.
        """
        try:
            filters = self.filters()
            total = count_history(self.runtime.store, **filters)
            return {"total": total, "facets": history_facets(self.runtime.store, **filters)}
        except InvalidInput:  # `read` has said it
            return {"total": 0, "facets": _without(self.facets)}

    def _answer(self) -> dict[str, Any]:
        store, cursor, filters = self.runtime.store, self.cursor or None, self.filters()
        by, down = self.order
        if self.grouped:
            runs = history_runs(store, sort=by, descending=down, limit=self.page_size, cursor=cursor, **filters)
            return {"rows": runs}
        return {"rows": history(store, sort=by, descending=down, limit=self.page_size, cursor=cursor, **filters)}

    def _nothing(self) -> dict[str, Any]:
        return {"rows": HistoryPage(rows=[], cursor=None), "total": 0}


def _day(text: str, *, after: int = 0) -> datetime:
    """When a day begins, or one so many days after it, UTC."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=after)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("day", text, "use one such as 2026-01-31") from error


def _without(facets: dict[str, list[FacetValue]]) -> dict[str, list[FacetValue]]:
    """The values that are known, with no job each."""
    return {key: [FacetValue(value=one.value, jobs=0) for one in values] for key, values in facets.items()}
