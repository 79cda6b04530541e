"""Days, weeks, months and years of a time zone, as instants in UTC: right across changes of the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import InvalidInput

__all__ = ["Period", "PeriodName", "Span", "auto_period", "next_start", "period_start", "span_of", "zone"]

PeriodName = Literal["day", "week", "month", "year"]

MOST_PERIODS = 4_000
"""Ten years of days."""

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)
_AUTO_DAYS: tuple[tuple[int, PeriodName], ...] = ((60, "day"), (180, "week"), (730, "month"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One day, week (from Monday), month or year; `start` and `end` (exclusive) are aware, in the chosen zone."""

    start: datetime
    end: datetime
    label: str  # "2026-03-29", "2026-W53", "2026-03", "2026"
    is_complete: bool  # wholly within the span, and over


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time that a question is about, cut into periods. `start` and `end` (exclusive) are aware."""

    start: datetime
    end: datetime
    period: PeriodName
    tz: str
    periods: tuple[Period, ...]

    @property
    def first_day(self) -> date:
        """The day on which it starts."""
        return self.start.date()

    @property
    def last_day(self) -> date:
        """The last day that belongs to it, as people say it: `end` is the midnight after."""
        return (self.end - timedelta(microseconds=1)).date()

    @property
    def words(self) -> str:
        """Its days, of which both belong to it: "2026-02-01 to 2026-02-28"."""
        return f"{self.first_day} to {self.last_day}"

    @property
    def hours(self) -> float:
        """Its length; a day on which the clock changes has 23 or 25."""
        return (self.end.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds() / 3600


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as Europe/Berlin. Raises `InvalidInput`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("time zone", name, "use a name such as UTC or Europe/Berlin") from error


def auto_period(days: float) -> PeriodName:
    """The period that shows so many days best.

    >>> auto_period(42), auto_period(180), auto_period(365), auto_period(1000)
    ('day', 'week', 'month', 'year')
    """
    return next((name for most, name in _AUTO_DAYS if days <= most), "year")


_STARTS: dict[PeriodName, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


def period_start(day: date, *, period: PeriodName) -> date:
    """The first day of the period that has this one; weeks begin on Monday.

    >>> period_start(date(2027, 1, 3), period="week").isoformat()
    '2026-12-28'
    """
    return _STARTS[period](day)


def next_start(day: date, *, period: PeriodName) -> date:
    """The first day of the period after the one that has this day."""
    first = _STARTS[period](day)
    return _STARTS[period](first + timedelta(days={"day": 1, "week": 7, "month": 31, "year": 366}[period]))


def span_of(
    *,
    start: date,
    end: date,
    period: PeriodName | Literal["auto"] = "auto",
    tz: str = "UTC",
    complete_periods_only: bool = False,
    now: datetime | None = None,
) -> Span:
    """The days from `start` to `end` (both belong to it) in the zone `tz`, cut into periods.

    With `complete_periods_only` it shrinks to the periods that are wholly within it and over. Raises
    `InvalidInput`, also where none is left.
    """
    where = zone(tz)
    if period not in ("auto", *get_args(PeriodName)):
        raise InvalidInput("period", period, f"use auto, {', '.join(get_args(PeriodName))}")
    if not _FIRST <= start <= end <= _LAST:
        raise InvalidInput("dates", f"{start} to {end}", f"the first must not be after the last, from {_FIRST} on")
    name = auto_period((end - start).days + 1) if period == "auto" else period
    periods = _periods(start, end + timedelta(days=1), name, where, now or datetime.now(UTC))
    if complete_periods_only:
        periods = [each for each in periods if each.is_complete]
        if not periods:
            raise InvalidInput("dates", f"{start} to {end}", f"no {name} is complete in it; widen it, or take all")
    return Span(start=periods[0].start, end=periods[-1].end, period=name, tz=tz, periods=tuple(periods))


def _periods(start: date, end: date, name: PeriodName, where: ZoneInfo, now: datetime) -> list[Period]:
    first = _STARTS[name](start)
    firsts = [first]
    while firsts[-1] < end:
        if len(firsts) > MOST_PERIODS:
            raise InvalidInput("period", name, f"at most {MOST_PERIODS}; ask for longer ones, or for less time")
        firsts.append(next_start(firsts[-1], period=name))
    return [
        Period(
            start=_midnight(max(begin, start), where),
            end=_midnight(min(then, end), where),
            label=_label(begin, name),
            is_complete=begin >= start and then <= end and _midnight(then, where) <= now,
        )
        for begin, then in pairwise(firsts)
    ]


def _midnight(day: date, where: ZoneInfo) -> datetime:
    """When the day begins; where the clock jumps over midnight, the first instant after."""
    return datetime.combine(day, time(), where).astimezone(UTC).astimezone(where)


def _label(first: date, name: PeriodName) -> str:
    if name == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return first.isoformat()[: {"day": 10, "month": 7, "year": 4}[name]]
