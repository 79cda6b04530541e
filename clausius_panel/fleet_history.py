"""The past in a notebook: what `Fleet` can be asked about history, usage, efficiency, waiting and reports."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from .queries import efficiency as use
from .queries import history as past
from .queries import reports, usage, usage_boxes, waiting
from .queries.frames import frame_of
from .queries.history_export import export_history_file
from .queries.history_filters import HistoryFilters
from .queries.history_sql import ViewColumn, history_schema, history_sql
from .queries.periods import PeriodName
from .queries.usage_selection import Basis, Group

if TYPE_CHECKING:
    import pandas as pd

    from .runtime import Runtime

__all__ = ["FleetHistory"]


class FleetHistory:
    """Questions to the store: no cluster is asked. `filters` are those of `history_filters.HistoryFilters`.

    Every method raises `InvalidInput`.
    """

    runtime: Runtime

    def history(
        self,
        *,
        sort: str = "submit_time",
        descending: bool = True,
        limit: int = past.MAX_LIMIT,
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """Jobs that were ever seen or imported, one row each, the newest first; times are UTC-aware."""
        return past.history_frame(self.runtime.store, sort=sort, descending=descending, limit=limit, **filters)

    def export_history(self, path: str | os.PathLike[str], **filters: Unpack[HistoryFilters]) -> int:
        """Write jobs, however many, into a file: its name ends in .csv, .parquet or .arrow. Gives their number."""
        return export_history_file(self.runtime.store, Path(path).expanduser(), **filters)

    def usage(
        self,
        *,
        start: date | None = None,
        end: date | None = None,
        period: PeriodName | Literal["auto"] = "auto",
        tz: str = "UTC",
        basis: Basis = "spread",
        group: Group = "",
        account_segments: int = 0,
        complete_periods_only: bool = False,
        compare: bool = True,
        **filters: Unpack[HistoryFilters],
    ) -> usage.UsageBoard:
        """Who used what and when, by default in the last 42 days: a summary and a frame for each chart.

        `start` and `end` both belong to it; `compare` adds the figures of the time before, as `before`.
        """
        return usage.usage_board(
            self.runtime.store,
            start=start,
            end=end,
            period=period,
            tz=tz,
            basis=basis,
            group=group,
            account_segments=account_segments,
            complete_periods_only=complete_periods_only,
            compare=compare,
            **filters,
        )

    def efficiency(
        self,
        *,
        group: use.EfficiencyGroup = "user",
        start: date | None = None,
        end: date | None = None,
        tz: str = "UTC",
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """Per cent used of CPUs, memory, GPUs and time limits, and hours wasted, by group."""
        return use.efficiency(self.runtime.store, group=group, start=start, end=end, tz=tz, **filters)

    def right_sizing(
        self,
        *,
        start: date | None = None,
        end: date | None = None,
        tz: str = "UTC",
        least_jobs: int = 5,
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """What jobs of one kind could ask for instead, with the figures behind it."""
        advice = use.right_sizing(
            self.runtime.store, start=start, end=end, tz=tz, least_jobs=least_jobs, limit=1000, **filters
        )
        return frame_of(advice, use.Advice)

    def wait_times(
        self,
        *,
        by: waiting.WaitGroup = "partition",
        start: date | None = None,
        end: date | None = None,
        tz: str = "UTC",
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """Hours that jobs waited: mean and percentiles by group."""
        return waiting.wait_times(self.runtime.store, by=by, start=start, end=end, tz=tz, **filters)

    def time_boxes(
        self,
        *,
        start: date | None = None,
        end: date | None = None,
        tz: str = "UTC",
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """How the hours that jobs waited and ran spread, by partition, QOS and GPUs: p5, p25, p50, p75, p95."""
        return usage_boxes.time_boxes(self.runtime.store, start=start, end=end, tz=tz, **filters)

    def start_estimates(
        self,
        *,
        start: date | None = None,
        end: date | None = None,
        tz: str = "UTC",
        **filters: Unpack[HistoryFilters],
    ) -> pd.DataFrame:
        """Slurm's expected starts against what came."""
        return waiting.estimate_errors(self.runtime.store, start=start, end=end, tz=tz, **filters)

    def report(
        self,
        kind: reports.ReportKind,
        *,
        year: int,
        number: int = 1,
        tz: str = "UTC",
        anonymous: bool = True,
        **filters: Unpack[HistoryFilters],
    ) -> reports.Report:
        """The report on a month, quarter or year that is over; `clausius_panel.reports.render` makes it a file."""
        return reports.report(
            self.runtime.store, kind, year=year, number=number, tz=tz, anonymous=anonymous, **filters
        )

    def usage_view(self, **chosen: Any) -> Any:
        """The page Usage: let a cell end with it. `chosen` are its choices, e.g. days=90, tab="waiting".

        They are parameters of `state.UsageState`, and can be changed in another cell: `view.state.tab = "who"`.
        It follows the store; no cluster is asked for it.
        """
        from .views.cell_views import usage_view

        return usage_view(self.runtime, chosen)

    def history_view(self, **chosen: Any) -> Any:
        """The page History: let a cell end with it. `chosen` are parameters of `HistoryState`: text="llm"."""
        from .views.cell_views import history_view

        return history_view(self.runtime, chosen)

    def sql(self, query: str, *, rows: int = 10_000, seconds: float = 10.0) -> pd.DataFrame:
        """The answer to one SELECT over the views that `sql_schema` describes; read-only and bounded."""
        return history_sql(self.runtime.store, query, rows=rows, seconds=seconds)

    def sql_schema(self) -> pd.DataFrame:
        """The views and columns that `sql` knows."""
        return frame_of(history_schema(self.runtime.store), ViewColumn)
