"""Usage against the time before: the same figures of as many days, and by how much they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..model.job import FINAL_STATES
from ..store import Store, aware
from .history_filters import HistoryFilters
from .periods import Period, Span, span_of, zone
from .usage_selection import Basis, summed

__all__ = [
    "DECIDED",
    "Change",
    "UsageBefore",
    "UsageSummary",
    "change_of",
    "change_words",
    "changes_of",
    "days_words",
    "summary_of",
    "usage_before",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSummary:
    """The whole span in figures. Hours that jobs waited and ran are those of jobs that started in it."""

    jobs: int
    started: int
    users: int
    cpu_hours: float
    gpu_hours: float
    node_hours: float
    wait_h_mean: float | None
    wait_h_median: float | None
    run_h_mean: float | None
    run_h_median: float | None
    success_rate: float | None  # completed, of all that ended but PREEMPTED, REQUEUED and REVOKED ones; 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure and the same of the time before. `percent` is None where there was nothing before."""

    figure: str
    now: float
    before: float
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageBefore:
    """The time of the same length just before. Where it is not known as a whole there are no figures, but `why`.

    As long as the last day asked for is not over, the time before ends at the same hour of its last day.
    """

    start: date
    end: date  # belongs to it
    until: datetime  # where it ends; aware, does not belong to it
    summary: UsageSummary | None
    changes: tuple[Change, ...]
    why: str  # why there is nothing to compare with; "" else


DECIDED: tuple[str, ...] = tuple(sorted(FINAL_STATES - {"PREEMPTED", "REQUEUED", "REVOKED"}))
"""States of jobs that ended, of which the success rate tells how many completed. That a job was preempted,
requeued or revoked is not its doing, nor its end: it goes on as another attempt, or elsewhere."""

_SUMMARY = f"""
    SELECT coalesce(sum(tasks) FILTER (first), 0)::BIGINT, count(*) FILTER (first AND started),
           count(DISTINCT user_name), coalesce(sum(run_s * cpus), 0) / 3600, coalesce(sum(run_s * gpus), 0) / 3600,
           coalesce(sum(run_s * nodes), 0) / 3600,
           avg(wait_s) FILTER (first AND started) / 3600, median(wait_s) FILTER (first AND started) / 3600,
           avg(whole_s) FILTER (first AND started AND whole_s > 0) / 3600,
           median(whole_s) FILTER (first AND started AND whole_s > 0) / 3600,
           coalesce(sum(tasks) FILTER (first AND state = 'COMPLETED'), 0)
               / nullif(sum(tasks) FILTER (first AND state IN {DECIDED}), 0)::DOUBLE
    FROM usage_parts
"""
_SINCE = """
    SELECT cluster, min(coalesce(start_time, submit_time)) FROM jobs WHERE cluster IN (SELECT unnest($clusters))
    GROUP BY cluster ORDER BY 2 DESC
"""


def summary_of(
    store: Store, span: Span, *, basis: Basis = "spread", now: datetime, filters: HistoryFilters
) -> UsageSummary:
    """The figures of a span. Raises `InvalidInput`."""
    row = summed(store, span, _SUMMARY, basis=basis, now=now, filters=filters)
    values: dict[str, Any] = dict(zip([field.name for field in fields(UsageSummary)], row, strict=True))
    return UsageSummary(**values)


def usage_before(
    store: Store,
    span: Span,
    summary: UsageSummary,
    *,
    basis: Basis = "spread",
    clusters: Sequence[str],
    now: datetime | None = None,
    filters: HistoryFilters,
) -> UsageBefore:
    """What the same question says of the time before `span`, whose figures are `summary`.

    `clusters` are those that have jobs in it: it is compared only if the history of each goes back far enough.
    """
    now = now or datetime.now(UTC)
    earlier = _span_before(span, now)
    why = _why_not(store, earlier, clusters)
    told = None if why else summary_of(store, earlier, basis=basis, now=now, filters=filters)
    return UsageBefore(
        start=earlier.first_day,
        end=span.first_day - timedelta(days=1),
        until=earlier.end,
        summary=told,
        changes=changes_of(summary, told) if told else (),
        why=why,
    )


def changes_of(now: UsageSummary, before: UsageSummary) -> tuple[Change, ...]:
    """By how much each figure differs; without those that are not known of both."""
    pairs = [(field.name, getattr(now, field.name), getattr(before, field.name)) for field in fields(UsageSummary)]
    return tuple(change_of(figure, new, old) for figure, new, old in pairs if new is not None and old is not None)


def change_of(figure: str, now: float, before: float) -> Change:
    """One figure against the same of the time before.

    >>> change_of("jobs", 3, 2).percent
    50.0
    """
    percent = 100 * (now - before) / before if before else None
    return Change(figure=figure, now=float(now), before=float(before), percent=percent)


def change_words(change: Change) -> str:
    """A change in a word or two; a rate differs by points (pt), not by per cent of itself.

    >>> change_words(Change(figure="jobs", now=112, before=100, percent=12.0))
    '+12 %'
    >>> change_words(Change(figure="success_rate", now=0.5, before=0.52, percent=-4.0))
    '-2.0 pt'
    >>> change_words(Change(figure="jobs", now=5, before=0, percent=None))
    'none before'
    """
    if change.figure == "success_rate":
        return f"{100 * (change.now - change.before):+.1f} pt"
    if change.percent is None:
        return "none before" if change.now else "none before either"
    if change.percent >= 1000:
        return f"{change.now / change.before:,.0f} times"
    return f"{change.percent:+.0f} %" if abs(change.percent) >= 0.5 else "the same"


def days_words(days: int) -> str:
    """So many days as one says it.

    >>> days_words(1), days_words(7), days_words(42), days_words(30)
    ('day', 'week', '6 weeks', '30 days')
    """
    weeks, rest = divmod(days, 7)
    if rest or not weeks or weeks > 26:
        return "day" if days == 1 else f"{days} days"
    return "week" if weeks == 1 else f"{weeks} weeks"


def _span_before(span: Span, now: datetime) -> Span:
    """As many days before as it has, as far into the last of them as the last of `span` is over."""
    days = (span.last_day - span.first_day).days + 1
    first = span.first_day - timedelta(days=days)
    whole = span_of(start=first, end=span.first_day - timedelta(days=1), period="year", tz=span.tz, now=now)
    end = whole.end
    if now < span.end:
        local = now.astimezone(zone(span.tz)) - timedelta(days=days)
        end = max(whole.start, min(end, local))
    one = Period(start=whole.start, end=end, label="before", is_complete=True)
    return Span(start=whole.start, end=end, period="year", tz=span.tz, periods=(one,))


def _why_not(store: Store, earlier: Span, clusters: Sequence[str]) -> str:
    """What began too late to be compared, in words."""
    if earlier.start == earlier.end:
        return "these days have only begun"
    if not clusters:
        return "no job to compare"
    with store.read() as cur:
        rows = cur.execute(_SINCE, {"clusters": list(clusters)}).fetchall()
    for cluster, first in rows:
        since = aware(first)
        if since is not None and since > earlier.start:
            return f"the history of {cluster} begins on {since.astimezone(zone(earlier.tz)):%Y-%m-%d}"
    return ""
