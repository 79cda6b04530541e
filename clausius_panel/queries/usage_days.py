"""The keywords of questions about the jobs of some days, and the jobs that started in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import cast

from ..store import Store
from .history_filters import HistoryFilters
from .periods import Span
from .usage import span_asked
from .usage_selection import Selected, selected

__all__ = ["DayFilters", "days_of", "started_in"]


class DayFilters(HistoryFilters, total=False):
    """Keyword filters, and the days that a question is about; without them it is the last 42."""

    start: date | None  # the first day
    end: date | None  # the last day, which belongs to it; today unless it is said
    tz: str  # the time zone of days, UTC unless it is said
    now: datetime | None  # aware; until when running jobs count


def days_of(asked: DayFilters) -> tuple[Span, HistoryFilters]:
    """The days, and the filters by themselves. Raises `InvalidInput`."""
    span = span_asked(asked.get("start"), asked.get("end"), tz=asked.get("tz", "UTC"), now=asked.get("now"))
    own = DayFilters.__annotations__.keys() - HistoryFilters.__annotations__.keys()
    return span, cast("HistoryFilters", {name: value for name, value in asked.items() if name not in own})


@contextmanager
def started_in(store: Store, asked: DayFilters, *, also: tuple[str, ...] = ()) -> Iterator[Selected]:
    """The jobs that started in these days, as `usage_selection.selected` gives them. Raises `InvalidInput`."""
    span, filters = days_of(asked)
    with selected(store, span, basis="start", also=also, now=asked.get("now"), filters=filters) as found:
        yield found
