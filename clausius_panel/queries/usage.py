"""Questions about usage: who used what, when, and how long it had to wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast, get_args

from ..errors import InvalidInput
from ..store import Store
from . import usage_charts as charts
from .history_filters import HistoryFilters
from .periods import PeriodName, Span, span_of, zone
from .usage_changes import DECIDED, UsageBefore, UsageSummary, summary_of, usage_before
from .usage_nodes import node_usage
from .usage_selection import Basis, Group, selected

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DEFAULT_DAYS",
    "UsageBoard",
    "UsageSummary",
    "default_dates",
    "span_asked",
    "top",
    "usage_board",
    "usage_nodes",
    "usage_series",
    "usage_summary",
]

DEFAULT_DAYS = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageBoard:
    """Every chart of the usage page, from one scan. The frames are long: see the functions of `usage_charts`."""

    span: Span
    basis: Basis
    group: Group
    as_of: datetime  # UTC; until when running jobs were counted
    summary: UsageSummary
    totals: pd.DataFrame  # `series` without a group: every period has a row
    series: pd.DataFrame  # the same by group
    trends: pd.DataFrame  # waiting and running time by period: mean, max, percentiles over jobs
    bins: pd.DataFrame  # their distribution
    breakdown: pd.DataFrame  # by cluster, account, user, partition, state, qos, project
    gpu_types: pd.DataFrame
    sizes: pd.DataFrame  # jobs by cpus, nodes, gpus
    activity: pd.DataFrame  # users by the number of periods in which they were active
    nodes: pd.DataFrame  # hours on each node, and per cent of what it could have given
    before: UsageBefore | None = None  # the time before; None where it was not asked for


def default_dates(tz: str = "UTC", *, now: datetime | None = None) -> tuple[date, date]:
    """The last 42 days, today included, in a time zone. Raises `InvalidInput`."""
    today = (now or datetime.now(UTC)).astimezone(zone(tz)).date()
    return today - timedelta(days=DEFAULT_DAYS - 1), today


def span_asked(
    start: date | None,
    end: date | None,
    *,
    period: PeriodName | Literal["auto"] = "auto",
    tz: str = "UTC",
    complete_periods_only: bool = False,
    now: datetime | None = None,
) -> Span:
    """The days that are meant: `end` is today unless it is said, and `start` 42 days before its end.

    Raises `InvalidInput`.
    """
    _, today = default_dates(tz, now=now)
    last = end or today
    first = start or last - timedelta(days=DEFAULT_DAYS - 1)
    return span_of(
        start=first, end=last, period=period, tz=tz, complete_periods_only=complete_periods_only, now=now
    )


def usage_board(
    store: Store,
    *,
    start: date | None = None,
    end: date | None = None,
    period: PeriodName | Literal["auto"] = "auto",
    tz: str = "UTC",
    basis: Basis = "spread",
    group: Group = "",
    account_segments: int = 0,
    complete_periods_only: bool = False,
    compare: bool = False,
    now: datetime | None = None,
    **filters: Unpack[HistoryFilters],
) -> UsageBoard:
    """Everything about the days from `start` to `end` (by default the last 42) in the zone `tz`; both belong.

    `group` tells series and nodes apart ("cluster" compares clusters, "" adds them up); `basis` says which period
    hours belong to; `account_segments` cuts account names after so many "-"; `compare` adds the time before.
    Raises `InvalidInput`.
    """
    span = span_asked(start, end, period=period, tz=tz, complete_periods_only=complete_periods_only, now=now)
    check_group(group)
    with selected(store, span, basis=basis, account_segments=account_segments, now=now, filters=filters) as found:
        totals, trends, breakdown = charts.series(found), charts.trends(found), charts.breakdown(found)
        board = UsageBoard(
            span=span,
            basis=basis,
            group=group,
            as_of=found.now,
            summary=_summary(breakdown, trends),
            totals=totals,
            series=charts.series(found, group) if group else totals,
            trends=trends[trends["period"] != "all"].reset_index(drop=True),
            bins=charts.bins(found),
            breakdown=breakdown,
            gpu_types=charts.gpu_types(found),
            sizes=charts.sizes(found),
            activity=charts.activity(found),
            nodes=node_usage(found, group),
        )
    if not compare:
        return board
    clusters = breakdown.loc[breakdown["dimension"] == "cluster", "value"].tolist()
    before = usage_before(
        store, span, board.summary, basis=basis, clusters=clusters, now=board.as_of, filters=filters
    )
    return replace(board, before=before)


def usage_series(
    store: Store,
    *,
    start: date | None = None,
    end: date | None = None,
    period: PeriodName | Literal["auto"] = "auto",
    tz: str = "UTC",
    basis: Basis = "spread",
    group: Group = "",
    account_segments: int = 0,
    complete_periods_only: bool = False,
    now: datetime | None = None,
    **filters: Unpack[HistoryFilters],
) -> pd.DataFrame:
    """Only `UsageBoard.series`: jobs, users and hours by period and group. Raises `InvalidInput`."""
    span = span_asked(start, end, period=period, tz=tz, complete_periods_only=complete_periods_only, now=now)
    check_group(group)
    with selected(store, span, basis=basis, account_segments=account_segments, now=now, filters=filters) as found:
        return charts.series(found, group)


def usage_nodes(
    store: Store,
    *,
    start: date | None = None,
    end: date | None = None,
    tz: str = "UTC",
    group: Group = "",
    now: datetime | None = None,
    **filters: Unpack[HistoryFilters],
) -> pd.DataFrame:
    """Only `UsageBoard.nodes`. Raises `InvalidInput`."""
    span = span_asked(start, end, tz=tz, now=now)
    check_group(group)
    with selected(store, span, now=now, filters=filters) as found:
        return node_usage(found, group)


def usage_summary(
    store: Store,
    *,
    start: date | None = None,
    end: date | None = None,
    tz: str = "UTC",
    basis: Basis = "spread",
    now: datetime | None = None,
    **filters: Unpack[HistoryFilters],
) -> UsageSummary:
    """Only `UsageBoard.summary`. Raises `InvalidInput`."""
    span = span_asked(start, end, tz=tz, now=now)
    return summary_of(store, span, basis=basis, now=now or datetime.now(UTC), filters=filters)


def top(breakdown: pd.DataFrame, dimension: str, *, count: int = 10, by: str = "cpu_hours") -> pd.DataFrame:
    """The greatest values of one dimension of `UsageBoard.breakdown`; what is left over is one row "Others (n)".

    Raises `InvalidInput` for a dimension or column that there is not.
    """
    import pandas as pd

    if dimension not in charts.DIMENSIONS:
        raise InvalidInput("dimension", dimension, f"use one of {', '.join(charts.DIMENSIONS)}")
    sums = ["jobs", "started", "cpu_hours", "gpu_hours", "node_hours"]
    if by not in sums:
        raise InvalidInput("column", by, f"use one of {', '.join(sums)}")
    rows = breakdown[breakdown["dimension"] == dimension].sort_values([by, "value"], ascending=[False, True])
    rest = rows.iloc[count:]
    if len(rest) <= 1:
        return rows.reset_index(drop=True)
    others = {"dimension": dimension, "value": f"Others ({len(rest)})", **rest[[*sums, "users"]].sum().to_dict()}
    kept = rows.iloc[:count]
    return pd.concat([kept, pd.DataFrame([others]).astype(kept.dtypes.to_dict())], ignore_index=True)


def check_group(group: str) -> None:
    """Raises `InvalidInput` for what nothing can be told apart by."""
    if group not in get_args(Group):
        raise InvalidInput("group", group, f'use "" or one of {", ".join(filter(None, get_args(Group)))}')


def _summary(breakdown: pd.DataFrame, trends: pd.DataFrame) -> UsageSummary:
    clusters = breakdown[breakdown["dimension"] == "cluster"]
    states = breakdown[breakdown["dimension"] == "state"].set_index("value")["jobs"]
    decided = int(states.reindex(list(DECIDED), fill_value=0).sum())
    whole = trends[trends["period"] == "all"].set_index("measure")
    return UsageSummary(
        jobs=int(clusters["jobs"].sum()),
        started=int(clusters["started"].sum()),
        users=int((breakdown["dimension"] == "user").sum()),
        cpu_hours=float(clusters["cpu_hours"].sum()),
        gpu_hours=float(clusters["gpu_hours"].sum()),
        node_hours=float(clusters["node_hours"].sum()),
        wait_h_mean=_figure(whole, "wait_h", "mean"),
        wait_h_median=_figure(whole, "wait_h", "p50"),
        run_h_mean=_figure(whole, "run_h", "mean"),
        run_h_median=_figure(whole, "run_h", "p50"),
        success_rate=float(states.get("COMPLETED", 0)) / decided if decided else None,
    )


def _figure(whole: pd.DataFrame, measure: str, column: str) -> float | None:
    return float(cast("Any", whole.at[measure, column])) if measure in whole.index else None
