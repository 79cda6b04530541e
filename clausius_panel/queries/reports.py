"""Reports on a month, quarter or year that is over: figures, their comparison, and who used most, by pseudonym."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Unpack, get_args

from ..errors import InvalidInput
from ..store import Store
from .efficiency import efficiency
from .history_filters import HistoryFilters
from .periods import PeriodName, zone
from .usage import usage_board, usage_summary
from .usage_changes import Change, UsageSummary, changes_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Change", "Report", "ReportKind", "report", "report_dates", "report_periods"]

ReportKind = Literal["monthly", "quarterly", "annual"]

_PARTS: dict[ReportKind, int] = {"monthly": 12, "quarterly": 4, "annual": 1}
_TIMELINE: dict[ReportKind, PeriodName] = {"monthly": "day", "quarterly": "week", "annual": "month"}

_ROWS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was used in a period that is over. Hours are spread over the time in which jobs ran."""

    title: str
    kind: ReportKind
    start: date
    end: date  # belongs to it
    before_start: date  # the same number of days just before
    before_end: date
    tz: str
    clusters: tuple[str, ...]  # () is all
    anonymous: bool  # users bear pseudonyms that hold within this report only
    made_at: datetime  # UTC
    summary: UsageSummary
    earlier: UsageSummary  # of the days before
    changes: tuple[Change, ...]
    timeline: pd.DataFrame  # by day, week or month: jobs, users, cpu_hours, gpu_hours, wait_h, run_h
    breakdown: pd.DataFrame  # dimension, value, jobs, started, users, cpu_hours, gpu_hours, node_hours
    waiting: pd.DataFrame  # percentiles of the hours waited and run by period
    efficiency: pd.DataFrame  # by account


def report_dates(kind: ReportKind, *, year: int, number: int = 1) -> tuple[date, date]:
    """First and last day; `number` is the month (1 to 12) or quarter (1 to 4). Raises `InvalidInput`.

    >>> [day.isoformat() for day in report_dates("quarterly", year=2026, number=1)]
    ['2026-01-01', '2026-03-31']
    """
    if kind not in get_args(ReportKind):
        raise InvalidInput("report", kind, f"use one of {', '.join(get_args(ReportKind))}")
    if not 2000 <= year <= 2199:
        raise InvalidInput("year", year, "use a year from 2000 on")
    parts = _PARTS[kind]
    if not 1 <= number <= parts:
        raise InvalidInput("number", number, f"a year has {parts}; use 1 to {parts}")
    months = 12 // parts
    begin, then = months * (number - 1), months * number
    return date(year, begin + 1, 1), date(year + then // 12, then % 12 + 1, 1) - timedelta(days=1)


def report_periods(
    store: Store, kind: ReportKind, *, tz: str = "UTC", now: datetime | None = None
) -> list[tuple[int, int]]:
    """The (year, number) that are over and of which there are jobs, newest first. Raises `InvalidInput`."""
    today = (now or datetime.now(UTC)).astimezone(zone(tz)).date()
    with store.read() as cur:
        [(first,)] = cur.execute("SELECT min(coalesce(start_time, submit_time)) FROM jobs").fetchall()
    if first is None:
        return []
    begin = max(2000, first.year)
    every = [(year, number) for year in range(begin, today.year + 1) for number in range(1, _PARTS[kind] + 1)]
    spans = [(each, report_dates(kind, year=each[0], number=each[1])) for each in every]
    return [each for each, (_, end) in reversed(spans) if end < today and end >= first.date()]


def report(
    store: Store,
    kind: ReportKind,
    *,
    year: int,
    number: int = 1,
    tz: str = "UTC",
    anonymous: bool = True,
    now: datetime | None = None,
    **filters: Unpack[HistoryFilters],
) -> Report:
    """The report on a month, quarter or year that is over, compared with as many days before it.

    Raises `InvalidInput`, also for a period that is not over.
    """
    start, end = report_dates(kind, year=year, number=number)
    moment = now or datetime.now(UTC)
    if end >= moment.astimezone(zone(tz)).date():
        raise InvalidInput("period", f"{start} to {end}", "it is not over yet; ask for one that is")
    length = end - start + timedelta(days=1)
    before = (start - length, start - timedelta(days=1))
    board = usage_board(store, start=start, end=end, period=_TIMELINE[kind], tz=tz, now=now, **filters)
    earlier = usage_summary(store, start=before[0], end=before[1], tz=tz, now=now, **filters)
    chosen = filters.get("clusters") or ()
    clusters = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    return Report(
        title=f"{kind.capitalize()} report {_name(kind, year, number)}",
        kind=kind,
        start=start,
        end=end,
        before_start=before[0],
        before_end=before[1],
        tz=tz,
        clusters=clusters,
        anonymous=anonymous,
        made_at=moment,
        summary=board.summary,
        earlier=earlier,
        changes=changes_of(board.summary, earlier),
        timeline=board.totals,
        breakdown=_anonymous(board.breakdown) if anonymous else board.breakdown,
        waiting=board.trends,
        efficiency=efficiency(store, group="account", start=start, end=end, tz=tz, now=now, **filters).head(_ROWS),
    )


def _name(kind: ReportKind, year: int, number: int) -> str:
    return {"monthly": f"{year}-{number:02}", "quarterly": f"{year} Q{number}", "annual": f"{year}"}[kind]


def _anonymous(breakdown: pd.DataFrame) -> pd.DataFrame:
    """Pseudonyms for users, by no order that tells of the names; the salt is forgotten with the report."""
    salt = secrets.token_bytes(16)
    users = breakdown["dimension"] == "user"
    digests = {name: hashlib.sha256(salt + name.encode()).digest() for name in breakdown.loc[users, "value"]}
    width = len(str(len(digests)))
    names: dict[Any, str] = {
        name: f"User {place:0{width}}" for place, name in enumerate(sorted(digests, key=digests.__getitem__), 1)
    }
    return breakdown.assign(value=breakdown["value"].where(~users, breakdown["value"].map(names)))
