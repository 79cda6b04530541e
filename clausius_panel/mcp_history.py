"""Tools for agents about the past: which jobs there were, who used what, and how well. `mcp_server` serves them.

They answer from the store: no cluster is asked for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, cast

from mcp.types import ToolAnnotations
from pydantic import Field

from . import answers
from .answers import ClusterAge
from .queries import freshness
from .queries.efficiency import Advice, EfficiencyGroup, efficiency, right_sizing
from .queries.frames import Cell, plain_rows
from .queries.history import count_history, history
from .queries.history_export import ExportFormat, export_history_file
from .queries.history_filters import HistoryFilters
from .queries.history_rows import HistoryRow
from .queries.history_sql import ViewColumn, history_schema, history_sql
from .queries.usage import UsageBoard, UsageSummary, default_dates, top, usage_board, usage_series
from .queries.usage_boxes import time_boxes
from .queries.usage_changes import UsageBefore
from .queries.usage_selection import Basis, Group
from .queries.waiting import WaitGroup, estimate_errors, wait_times
from .runtime import Runtime

__all__ = ["HistoryTools"]

MAX_ROWS = 200
MAX_SERIES = 1_000

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITES_HERE = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)

Names = Annotated[list[str] | None, Field(max_length=200)]
Day = Annotated[
    date | None,
    Field(description="A day, such as 2026-01-31, which belongs to it; the last 42 days unless it is said."),
]
Moment = Annotated[
    datetime | None, Field(description="Such as 2026-01-31 or 2026-01-31T12:00; UTC unless it says its zone.")
]
States = Annotated[list[str] | None, Field(description="failed, completed, ... or Slurm's states")]
Zone = Annotated[str, Field(description="Time zone of days and periods, such as Europe/Berlin.", max_length=64)]


# without slots: the SDK takes a slot of a result's class for its default value


@dataclass(frozen=True, kw_only=True)
class HistoryAnswer:
    """`total` counts all jobs that the filters select; `cursor` gives those after these, null is the end."""

    jobs: list[HistoryRow]
    total: int
    cursor: str | None
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class UsageAnswer:
    """`series` has a row for each period and group, `most` the greatest by dimension.

    `before` compares with as many days before; where these are not known as a whole it says why.
    """

    start: datetime
    end: datetime  # the midnight after the last day; `days` names the last day itself
    days: str
    period: str
    as_of: datetime
    summary: UsageSummary
    before: UsageBefore | None
    series: list[dict[str, Cell]]
    series_total: int  # rows of the series; those after the first 1000 are left out
    most: dict[str, list[dict[str, Cell]]]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class UsageHistory:
    """A row for each day: gpu_hours, cpu_hours, jobs."""

    days: list[dict[str, Cell]]
    gpu_hours: float
    cpu_hours: float
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows, and the age of the data behind them."""

    rows: list[dict[str, Cell]]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class WaitAnswer:
    """Hours waited by group, and what Slurm had expected against what came."""

    rows: list[dict[str, Cell]]
    estimates: list[dict[str, Cell]]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class EfficiencyAnswer:
    """Per cent of what was held, by group, and what jobs of one kind could ask for instead."""

    rows: list[dict[str, Cell]]
    advice: list[Advice]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class SqlAnswer:
    """`more`: there are rows after these. `columns` of the views are given where no SQL was."""

    rows: list[dict[str, Cell]]
    more: bool
    columns: list[ViewColumn]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The file, on the machine where this service runs."""

    path: str
    jobs: int
    bytes: int


class HistoryTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._store = runtime, runtime.store

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        reading = (
            self.get_history,
            self.get_usage,
            self.get_usage_history,
            self.get_gpu_usage_history,
            self.get_wait_times,
            self.get_time_boxes,
            self.get_efficiency,
            self.query_history,
        )
        return [*((tool, _READS) for tool in reading), (self.export_history, _WRITES_HERE)]

    def get_history(
        self,
        text: Annotated[
            str, Field(max_length=500, description="Words in name, id, run, project, user, account, ...")
        ] = "",
        clusters: Names = None,
        users: Names = None,
        accounts: Names = None,
        partitions: Names = None,
        qos: Names = None,
        gpu_types: Names = None,
        states: States = None,
        projects: Names = None,
        campaigns: Names = None,
        starred: bool = False,
        since: Moment = None,
        until: Moment = None,
        days: Annotated[
            float | None, Field(ge=0, le=1e5, description="Submitted in the last so many days.")
        ] = None,
        sort: str = "submit_time",
        descending: bool = True,
        limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = 50,
        cursor: str | None = None,
    ) -> HistoryAnswer:
        """Any job that was ever seen or imported, the newest first; years back."""
        filters = _filters(
            text=text,
            clusters=clusters,
            users=users,
            accounts=accounts,
            partitions=partitions,
            qos=qos,
            gpu_types=gpu_types,
            states=states,
            projects=projects,
            campaigns=campaigns,
            starred=starred,
            since=_aware(since),
            until=_aware(until),
            max_age_s=None if days is None else days * 86_400,
        )
        page = history(self._store, sort=sort, descending=descending, limit=limit, cursor=cursor, **filters)
        total = count_history(self._store, **filters)
        return HistoryAnswer(jobs=page.rows, total=total, cursor=page.cursor, clusters=self._ages())

    def get_usage(
        self,
        start: Day = None,
        end: Day = None,
        period: Literal["auto", "day", "week", "month", "year"] = "auto",
        tz: Zone = "UTC",
        group: Annotated[Group, Field(description="What the series is told apart by.")] = "",
        basis: Annotated[
            Basis, Field(description="Hours spread over the time jobs ran, or by start or end.")
        ] = "spread",
        account_segments: Annotated[int, Field(ge=0, le=100, description='Cut accounts after so many "-".')] = 0,
        complete_periods_only: bool = False,
        clusters: Names = None,
        users: Names = None,
        accounts: Names = None,
        partitions: Names = None,
        qos: Names = None,
        gpu_types: Names = None,
        states: States = None,
        projects: Names = None,
    ) -> UsageAnswer:
        """CPU, GPU and node hours, jobs, active users, waiting and running times, by period and group."""
        filters = _filters(
            clusters=clusters,
            users=users,
            accounts=accounts,
            partitions=partitions,
            qos=qos,
            gpu_types=gpu_types,
            states=states,
            projects=projects,
        )
        board = usage_board(
            self._store,
            start=start,
            end=end,
            period=period,
            tz=tz,
            group=group,
            basis=basis,
            account_segments=account_segments,
            complete_periods_only=complete_periods_only,
            compare=True,
            **filters,
        )
        return _usage_answer(board, self._ages())

    def get_usage_history(
        self,
        account: Annotated[str, Field(description="Only this account's; all without.", max_length=200)] = "",
        user: Annotated[str, Field(description="Only this user's.", max_length=200)] = "",
        cluster: str = "",
        days: Annotated[int, Field(ge=1, le=366)] = 30,
        tz: Zone = "UTC",
    ) -> UsageHistory:
        """GPU and CPU hours of one account (or user, or all) day by day: the last 7, 14, 30 days."""
        _, today = default_dates(tz)
        frame = usage_series(
            self._store,
            start=today - timedelta(days=days - 1),
            end=today,
            period="day",
            tz=tz,
            **_filters(accounts=account, users=user, clusters=cluster),
        )
        return UsageHistory(
            days=plain_rows(frame[["period", "gpu_hours", "cpu_hours", "jobs"]]),
            gpu_hours=round(float(frame["gpu_hours"].sum()), 3),
            cpu_hours=round(float(frame["cpu_hours"].sum()), 3),
            clusters=self._ages(),
        )

    def get_gpu_usage_history(
        self, account: str = "", cluster: str = "", days: Annotated[int, Field(ge=1, le=366)] = 30
    ) -> UsageHistory:
        """The same as get_usage_history, under its older name."""
        return self.get_usage_history(account=account, cluster=cluster, days=days)

    def get_wait_times(
        self,
        by: WaitGroup = "partition",
        start: Day = None,
        end: Day = None,
        tz: Zone = "UTC",
        clusters: Names = None,
        users: Names = None,
        partitions: Names = None,
    ) -> WaitAnswer:
        """How many hours jobs waited (mean and percentiles) by partition, QOS, size or hour of the week.

        `estimates` says how right Slurm's own expected starts were.
        """
        filters = _filters(clusters=clusters, users=users, partitions=partitions)
        span: dict[str, Any] = {"start": start, "end": end, "tz": tz}
        return WaitAnswer(
            rows=plain_rows(wait_times(self._store, by=by, **span, **filters).head(MAX_SERIES)),
            estimates=plain_rows(estimate_errors(self._store, **span, **filters)),
            clusters=self._ages(),
        )

    def get_time_boxes(
        self,
        start: Day = None,
        end: Day = None,
        tz: Zone = "UTC",
        clusters: Names = None,
        users: Names = None,
        accounts: Names = None,
        partitions: Names = None,
    ) -> Rows:
        """How the hours that jobs waited (wait_h) and ran (run_h) spread: box plots in figures, over the jobs.

        A row for each measure, `by` (partition, qos, gpus of a job) and group: min, p5, p25, p50, p75, p95, max.
        """
        filters = _filters(clusters=clusters, users=users, accounts=accounts, partitions=partitions)
        frame = time_boxes(self._store, start=start, end=end, tz=tz, **filters)
        return Rows(rows=plain_rows(frame.head(MAX_SERIES)), clusters=self._ages())

    def get_efficiency(
        self,
        group: EfficiencyGroup = "user",
        start: Day = None,
        end: Day = None,
        tz: Zone = "UTC",
        clusters: Names = None,
        users: Names = None,
        accounts: Names = None,
        partitions: Names = None,
    ) -> EfficiencyAnswer:
        """How much of the CPUs, memory, GPUs and time that ended jobs held was used, the greatest waste first.

        Null is not known: `*_known_percent` says of how much of the hours use is known.
        """
        filters = _filters(clusters=clusters, users=users, accounts=accounts, partitions=partitions)
        span: dict[str, Any] = {"start": start, "end": end, "tz": tz}
        return EfficiencyAnswer(
            rows=plain_rows(efficiency(self._store, group=group, **span, **filters).head(MAX_ROWS)),
            advice=right_sizing(self._store, limit=20, **span, **filters),
            clusters=self._ages(),
        )

    def query_history(
        self,
        sql: Annotated[
            str, Field(max_length=50_000, description='One SELECT (DuckDB); "" gives the schema.')
        ] = "",
        rows: Annotated[int, Field(ge=1, le=MAX_SERIES)] = 100,
    ) -> SqlAnswer:
        """One read-only SELECT over views of the history: jobs, runs, nodes ... Times are in UTC."""
        if not sql.strip():
            return SqlAnswer(rows=[], more=False, columns=history_schema(self._store), clusters=self._ages())
        frame = history_sql(self._store, sql, rows=rows)
        return SqlAnswer(rows=plain_rows(frame), more=frame.attrs["more"], columns=[], clusters=self._ages())

    def export_history(
        self,
        format: ExportFormat = "csv",
        text: Annotated[str, Field(max_length=500)] = "",
        clusters: Names = None,
        users: Names = None,
        accounts: Names = None,
        projects: Names = None,
        days: Annotated[float | None, Field(ge=0, le=1e5)] = None,
    ) -> Exported:
        """Write the jobs that the filters select into a new file in the service's data directory."""
        filters = _filters(
            text=text,
            clusters=clusters,
            users=users,
            accounts=accounts,
            projects=projects,
            max_age_s=None if days is None else days * 86_400,
        )
        path = self._runtime.config.data_dir / "exports" / f"history-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.{format}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        jobs = export_history_file(self._store, path, **filters)
        return Exported(path=str(path), jobs=jobs, bytes=path.stat().st_size)

    def _ages(self) -> list[ClusterAge]:
        return answers.cluster_ages(freshness(self._store))


def _usage_answer(board: UsageBoard, ages: list[ClusterAge]) -> UsageAnswer:
    """What of a board an agent is told."""
    return UsageAnswer(
        start=board.span.start,
        end=board.span.end,
        days=board.span.words,
        period=board.span.period,
        as_of=board.as_of,
        summary=board.summary,
        before=board.before,
        series=plain_rows(board.series.head(MAX_SERIES)),
        series_total=len(board.series),
        most={
            dimension: plain_rows(top(board.breakdown, dimension))
            for dimension in ("cluster", "account", "user", "partition", "state")
        },
        clusters=ages,
    )


def _filters(**given: Any) -> HistoryFilters:
    """Only what was given."""
    return cast("HistoryFilters", {name: value for name, value in given.items() if not _is_nothing(value)})


def _aware(when: datetime | None) -> datetime | None:
    """A time without a zone is in UTC."""
    return when if when is None or when.tzinfo is not None else when.replace(tzinfo=UTC)


def _is_nothing(value: Any) -> bool:
    """Zero days are something: they select nothing."""
    return value is None or value is False or value in ("", [])
