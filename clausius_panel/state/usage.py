"""One person's look at usage: which jobs, which days, and how they are told apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast, get_args

import param

from ..errors import InvalidInput, StoreError
from ..queries.efficiency import efficiency, right_sizing
from ..queries.history import FacetValue, history_facets
from ..queries.history_filters import HistoryFilters
from ..queries.periods import PeriodName, zone
from ..queries.reports import ReportKind, report_periods
from ..queries.usage import DEFAULT_DAYS, usage_board, usage_series
from ..queries.usage_boxes import time_boxes
from ..queries.usage_selection import Basis, Group
from ..queries.waiting import estimate_errors, wait_times
from .look import Answer, Look
from .usage_found import Bars, Bins, Times, UsageChoices, UsageFound

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DAYS", "FACETS", "TABS", "UsageState"]

TABS: tuple[str, ...] = ("overview", "waiting", "who", "nodes", "efficiency")

DAYS: tuple[int, ...] = (7, 14, 30, DEFAULT_DAYS, 90, 180, 365)
"""Lengths of the span that can be chosen, in days up to today."""

FACETS: tuple[str, ...] = (
    "clusters",
    "users",
    "accounts",
    "partitions",
    "qos",
    "states",
    "projects",
    "gpu_types",
)
"""What can be filtered by, as `HistoryFilters` names it."""

MOST_CALENDAR_DAYS = 750

_DRAWN = ("bars", "times", "bins")
"""What changes nothing but how charts are drawn."""

_KEPT = 12
"""Answers that are kept, so that going back shows them at once."""

_ADVICE = 40


class UsageState(Look):
    """Filters and days, and what was found: read when the question changes or somebody asks, not by itself."""

    PAGE = "usage"
    KEYS: ClassVar[dict[str, str]] = {
        "tab": "tab",
        "days": "days",
        "since": "from",
        "until": "to",
        "period": "by",
        "tz": "tz",
        "group": "group",
        "segments": "segments",
        "basis": "hours",
        "complete_only": "complete",
        "all_values": "all",
        "bars": "bars",
        "times": "times",
        "bins": "bins",
        "clusters": "cluster",
        "users": "user",
        "accounts": "account",
        "partitions": "partition",
        "qos": "qos",
        "states": "state",
        "projects": "project",
        "gpu_types": "gpu",
    }

    accounts = param.List(default=[], item_type=str, doc="Accounts to count; none means all.")

    all_values = param.Boolean(default=False, doc="Offer values to filter by that no job of these days has, too.")

    bars: str = param.Selector(
        default="auto", objects=list(get_args(Bars)), doc="What bars of who used most measure."
    )  # type: ignore[assignment]

    basis: str = param.Selector(
        default="spread", objects=list(get_args(Basis)), doc="Which period hours belong to."
    )  # type: ignore[assignment]

    bins: str = param.Selector(
        default="all", objects=list(get_args(Bins)), doc="Of which jobs it is told how times spread."
    )  # type: ignore[assignment]

    clusters = param.List(default=[], item_type=str, doc="Clusters to count; none means all.")

    complete_only = param.Boolean(default=False, doc="Leave out periods that are not over, or not whole.")

    days = param.Integer(default=DEFAULT_DAYS, bounds=(1, 3_650), doc="The last so many days, where no dates are.")

    until = param.String(default="", doc="The last day, as 2026-01-31; '' is today.")

    facets = param.Dict(default={}, doc="Filter by names: its values with the number of jobs.")

    found = param.ClassSelector(class_=UsageFound, default=None, doc="What is shown; None until it was read.")

    gpu_types = param.List(default=[], item_type=str, doc="Types of GPUs to count; none means all.")

    group: str = param.Selector(
        default="account", objects=list(get_args(Group)), doc="What series are told apart by."
    )  # type: ignore[assignment]

    partitions = param.List(default=[], item_type=str, doc="Partitions to count; none means all.")

    periods = param.Dict(default={}, doc="Kind of report: the (year, number) that there can be one of.")

    period: str = param.Selector(
        default="auto", objects=["auto", *get_args(PeriodName)], doc="One point of a series."
    )  # type: ignore[assignment]

    projects = param.List(default=[], item_type=str, doc="Projects to count; none means all.")

    qos = param.List(default=[], item_type=str, doc="Qualities of service to count; none means all.")

    segments = param.Integer(default=0, bounds=(0, 20), doc="Cut accounts after so many '-'; 0 leaves them whole.")

    since = param.String(default="", doc="The first day; '' is `days` before the last.")

    states = param.List(default=[], item_type=str, doc="States or families to count; none means all.")

    tab: str = param.Selector(default=TABS[0], objects=list(TABS), doc="Which charts are shown.")  # type: ignore[assignment]

    times: str = param.Selector(
        default="spread", objects=list(get_args(Times)), doc="What is told of waiting and running times over time."
    )  # type: ignore[assignment]

    tz = param.String(default="UTC", doc="The time zone of days, by its IANA name.")

    users = param.List(default=[], item_type=str, doc="Users to count; none means all.")

    def __init__(self, runtime: Any, **params: Any) -> None:
        """Nothing is read yet."""
        super().__init__(runtime, **params)
        self._kept: dict[tuple[str, str], UsageFound] = {}
        self._facets_known: dict[str, list[FacetValue]] = {}
        self._facets_of: tuple[str, bool] | None = None

    # ---- the question

    def filters(self) -> HistoryFilters:
        """As the questions take them."""
        return cast("HistoryFilters", {name: list(getattr(self, name)) for name in FACETS if getattr(self, name)})

    def dates(self) -> tuple[date, date]:
        """The first and the last day. Raises `InvalidInput`."""
        today = datetime.now(UTC).astimezone(zone(self.tz)).date()
        last = _day(self.until) if self.until else today
        return (_day(self.since) if self.since else last - timedelta(days=self.days - 1)), last

    @property
    def is_narrowed(self) -> bool:
        """Whether some jobs are left out."""
        return any(getattr(self, name) for name in FACETS)

    def choices(self) -> UsageChoices:
        """How the charts are drawn."""
        return UsageChoices(
            bars=cast("Bars", self.bars), times=cast("Times", self.times), bins=cast("Bins", self.bins)
        )

    def reset(self) -> None:
        """Count every job again, of the usual days; of the usual zone where there is none of this name."""
        names = (
            *FACETS,
            "days",
            "since",
            "until",
            "period",
            "group",
            "segments",
            "basis",
            "complete_only",
            "all_values",
            *_DRAWN,
        )
        usual = {name: self.param[name].default for name in names}
        try:
            zone(self.tz)
        except InvalidInput:
            usual["tz"] = self.param.tz.default
        self.param.update(**{name: list(one) if isinstance(one, list) else one for name, one in usual.items()})

    def question(self) -> str:
        """What is asked for."""
        return self.to_query()

    def _selection(self) -> str:
        """The question but for the tab and what is only drawn otherwise: what one answer can be kept for."""
        drawn = ("tab=", "all=", *(f"{self.KEYS[name]}=" for name in _DRAWN))
        return "&".join(part for part in self.to_query().split("&") if not part.startswith(drawn))

    # ---- the answer

    def read(self) -> Answer | StoreError | None:
        """What the store says to another question than the shown one. Takes seconds: call it in a thread."""
        question = self.question()
        if self._shown is not None and self._shown[1] == question:
            return None
        try:
            return Answer(
                revision=self.runtime.store.revision, question=question, values={**self._common(), **self._read()}
            )
        except StoreError as error:
            return error

    def read_anew(self) -> None:
        """Ask the store again, for it has other jobs by now."""
        super().read_anew()
        self._kept.clear()
        self._facets_of = None

    def _answer(self) -> dict[str, Any]:
        key = (self._selection(), self.tab)
        began = time.monotonic()
        if (found := self._kept.get(key)) is None:
            found = self._ask_tab(self._ask_board(), began)
            self._kept = {**dict(list(self._kept.items())[1 - _KEPT :]), key: found}
        periods = {kind: report_periods(self.runtime.store, kind, tz=self.tz) for kind in get_args(ReportKind)}
        return {"found": found, "facets": self._facets(), "periods": periods}

    def _nothing(self) -> dict[str, Any]:
        return {"found": None}

    def _ask_board(self) -> UsageFound:
        """What every tab shows; taken from another tab where that has been read."""
        selection = self._selection()
        for (asked, _), found in self._kept.items():
            if asked == selection:
                return found
        start, end = self.dates()
        board = usage_board(
            self.runtime.store,
            start=start,
            end=end,
            period=cast("PeriodName", self.period),
            tz=self.tz,
            basis=cast("Basis", self.basis),
            group=cast("Group", self.group),
            account_segments=self.segments,
            complete_periods_only=self.complete_only,
            compare=True,
            **self.filters(),
        )
        waste = self._waste(start=board.span.first_day, end=board.span.last_day)
        before = board.before
        waste_before = None
        if before is not None and before.summary is not None:
            waste_before = self._waste(start=before.start, end=before.end, now=before.until)
        return UsageFound(board=board, waste=waste, waste_before=waste_before, as_of=datetime.now(UTC), took_s=0.0)

    def _waste(self, **days: Any) -> pd.DataFrame:
        return efficiency(self.runtime.store, group="", tz=self.tz, **days, **self.filters())

    def _ask_tab(self, known: UsageFound, began: float) -> UsageFound:
        more: dict[str, Callable[[], dict[str, Any]]] = {
            "overview": self._overview,
            "waiting": self._waiting,
            "efficiency": self._efficiency,
        }
        values = more[self.tab]() if self.tab in more else {}
        return UsageFound(
            board=known.board,
            waste=known.waste,
            waste_before=known.waste_before,
            as_of=known.as_of,
            took_s=time.monotonic() - began,
            **values,
        )

    def _keywords(self) -> dict[str, Any]:
        start, end = self.dates()
        return {"start": start, "end": end, "tz": self.tz, **self.filters()}

    def _overview(self) -> dict[str, Any]:
        asked = self._keywords()
        if (asked["end"] - asked["start"]).days > MOST_CALENDAR_DAYS:
            return {}
        return {
            "calendar": usage_series(self.runtime.store, period="day", basis=cast("Basis", self.basis), **asked)
        }

    def _waiting(self) -> dict[str, Any]:
        store, asked = self.runtime.store, self._keywords()
        week = wait_times(store, by="hour_of_week", **asked)
        return {"boxes": time_boxes(store, **asked), "week": week, "estimates": estimate_errors(store, **asked)}

    def _efficiency(self) -> dict[str, Any]:
        store, asked = self.runtime.store, self._keywords()
        groups = {
            group: efficiency(store, group=cast("Any", group), **asked)
            for group in ("user", "account", "partition")
        }
        return {"efficiency": groups, "advice": tuple(right_sizing(store, limit=_ADVICE, **asked))}

    def _facets(self) -> dict[str, list[FacetValue]]:
        """Values of jobs that were submitted in these days, or of all jobs there are."""
        bounds: dict[str, Any] = {}
        if not self.all_values:
            span = self._kept[(self._selection(), self.tab)].board.span
            bounds = {"since": span.start, "until": span.end}
        key = (self._selection(), self.all_values)
        if self._facets_of != key:
            self._facets_known, self._facets_of = (
                history_facets(self.runtime.store, **bounds, **self.filters()),
                key,
            )
        return self._facets_known


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("day", text, "use one such as 2026-01-31") from error
