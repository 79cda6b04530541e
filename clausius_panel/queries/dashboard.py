"""Questions about one host's ended jobs, in the words of the usage-history service whose exporters we take over.

Dates are inclusive days of submission in UTC. Every filter is bound: text in it is never SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args

from ..errors import InvalidInput, UnknownHost
from ..store import Cursor, Store, clean

__all__ = [
    "MAX_PAGE",
    "FilteredJobs",
    "HostFacts",
    "HostTotals",
    "JobSelection",
    "PeriodType",
    "filter_jobs",
    "host_facts",
    "host_names",
    "host_totals",
]

MAX_PAGE = 10_000

PeriodType = Literal["day", "week", "month", "year"]

_MOST_CHOICES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSelection:
    """Which jobs of a host; an empty choice selects all. Raises `InvalidInput` when it cannot be right."""

    hostname: str
    start_date: date | None = None
    end_date: date | None = None
    partitions: Collection[str] = ()
    accounts: Collection[str] = ()
    users: Collection[str] = ()
    qos: Collection[str] = ()
    states: Collection[str] = ()
    complete_periods_only: bool = False  # leaves out periods that are not over, or that begin before start_date
    period_type: PeriodType = "month"

    def __post_init__(self) -> None:
        check_dates(self.start_date, self.end_date)
        if self.period_type not in get_args(PeriodType):
            raise InvalidInput("period_type", self.period_type, f"use one of {', '.join(get_args(PeriodType))}")
        for name in ("partitions", "accounts", "users", "qos", "states"):
            if len(getattr(self, name)) > _MOST_CHOICES:
                raise InvalidInput(name, f"{len(getattr(self, name))} values", f"name at most {_MOST_CHOICES}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What there is to choose from among a host's jobs."""

    hostname: str
    partitions: list[str]
    accounts: list[str]
    users: list[str]
    qos: list[str]
    states: list[str]
    min_date: str  # of submission, YYYY-MM-DD
    max_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTotals:
    """What some jobs used in all."""

    total_jobs: int
    total_cpu_hours: float
    total_gpu_hours: float
    total_users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredJobs:
    """One page of a selection, in order of submission, and the totals of the whole."""

    totals: HostTotals
    data: list[dict[str, Any]]
    next: str | None  # for the page after this one; None: this was the last


def check_dates(start: date | None, end: date | None) -> None:
    """Raise `InvalidInput` where the first day is after the last."""
    if start is not None and end is not None and start > end:
        raise InvalidInput("start_date", start.isoformat(), f"use one that is not after end_date ({end})")


def host_names(store: Store) -> list[str]:
    """The hosts of which there are ended jobs."""
    return list(store.remembered("dashboard hosts", _hosts))


def _hosts(cur: Cursor) -> tuple[str, ...]:
    rows = cur.execute("SELECT DISTINCT cluster FROM jobs WHERE evidence <> '' ORDER BY 1").fetchall()
    return tuple(name for (name,) in rows)


def host_facts(
    store: Store, *, hosts: Collection[str], start: date | None = None, end: date | None = None
) -> list[HostFacts]:
    """What there is to choose from, host by host; of a job in several partitions each counts.

    Raises `InvalidInput`.
    """
    check_dates(start, end)
    sql = """
        SELECT cluster, list_sort(list_distinct(flatten(list(DISTINCT string_split(partition, ','))))),
               list_sort(list(DISTINCT account)), list_sort(list(DISTINCT user_name)),
               list_sort(list(DISTINCT qos)),
               list_sort(list(DISTINCT state)), strftime(min(submit_time), '%Y-%m-%d'),
               strftime(max(submit_time), '%Y-%m-%d')
        FROM jobs
        WHERE evidence <> '' AND cluster IN (SELECT unnest(?)) AND submit_time >= ? AND submit_time < ?
        GROUP BY cluster ORDER BY cluster
    """
    with store.read() as cur:
        rows = cur.execute(sql, [list(hosts), *_span(start, end)]).fetchall()
    return [
        HostFacts(
            hostname=host,
            **{
                name: [each for each in found if each]
                for name, found in zip(("partitions", "accounts", "users", "qos", "states"), lists, strict=True)
            },
            min_date=first,
            max_date=last,
        )
        for host, *lists, first, last in rows
    ]


def host_totals(store: Store, selection: JobSelection) -> HostTotals:
    """What the selected jobs used in all. Raises `UnknownHost`."""
    condition, values = _where(store, selection)
    with store.read() as cur:
        return _totals(cur, condition, values)


def filter_jobs(store: Store, selection: JobSelection, *, limit: int = 1000, after: str = "") -> FilteredJobs:
    """One page of the selected jobs, and the totals of all of them; `after` is `next` of the page before.

    Raises `UnknownHost`, `InvalidInput`.
    """
    if not 0 <= limit <= MAX_PAGE:
        raise InvalidInput("limit", limit, f"use 0 to {MAX_PAGE}")
    condition, values = _where(store, selection)
    page, place = (condition, values) if not after else (f"{condition} AND {_AFTER}", [*values, *_place(after)])
    with store.read() as cur:
        totals = _totals(cur, condition, values)
        found = cur.execute(_PAGE.format(condition=page), [*place, limit + 1])
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
    data = [dict(zip(names, row, strict=True)) for row in rows[:limit]]
    following = _token(rows[limit - 1]) if 0 < limit < len(rows) else None
    return FilteredJobs(totals=totals, data=[_told(row) for row in data], next=following)


_AFTER = "(submit_time, job_id_raw) > (?::TIMESTAMP, ?)"

_PAGE = """
    SELECT job_id AS JobID, user_name AS User, account AS Account, partition AS Partition, qos AS QOS,
           state AS State,
           strftime(submit_time, '%Y-%m-%dT%H:%M:%S') AS Submit,
           strftime(start_time, '%Y-%m-%dT%H:%M:%S') AS Start,
           strftime(end_time, '%Y-%m-%dT%H:%M:%S') AS "End", node_list AS NodeList,
           cpus AS CPUs, gpus AS GPUs, nodes AS Nodes,
           elapsed_s * cpus / 3600 AS CPUHours, elapsed_s * gpus / 3600 AS GPUHours,
           elapsed_s / 3600 AS ElapsedHours,
           date_diff('second', submit_time, start_time) / 3600 AS WaitingTimeHours,
           strftime(submit_time, '%Y-%m-%d') AS SubmitDay, strftime(submit_time, '%Y-%m') AS SubmitYearMonth,
           strftime(date_trunc('week', submit_time), '%Y-%m-%d') AS SubmitYearWeek,
           year(submit_time) AS SubmitYear,
           strftime(start_time, '%Y-%m-%d') AS StartDay, strftime(start_time, '%Y-%m') AS StartYearMonth,
           strftime(date_trunc('week', start_time), '%Y-%m-%d') AS StartYearWeek, year(start_time) AS StartYear,
           submit_time AS _submit, job_id_raw AS _raw
    FROM (SELECT * FROM jobs WHERE {condition} ORDER BY submit_time, job_id_raw LIMIT ?)
    ORDER BY submit_time, job_id_raw
"""


def _totals(cur: Cursor, condition: str, values: Sequence[Any]) -> HostTotals:
    sql = f"""
        SELECT count(*), coalesce(sum(elapsed_s * cpus::BIGINT), 0) / 3600,
               coalesce(sum(elapsed_s * gpus::BIGINT), 0) / 3600, count(DISTINCT user_name)
        FROM jobs WHERE {condition}
    """
    [(jobs, cpu_hours, gpu_hours, users)] = cur.execute(sql, values).fetchall()
    return HostTotals(
        total_jobs=jobs, total_cpu_hours=float(cpu_hours), total_gpu_hours=float(gpu_hours), total_users=users
    )


def _where(store: Store, selection: JobSelection) -> tuple[str, list[Any]]:
    """SQL condition and its bound values. Raises `UnknownHost`."""
    if selection.hostname not in host_names(store):
        raise UnknownHost(selection.hostname)
    start, end = _span(selection.start_date, selection.end_date)
    if selection.complete_periods_only:
        start, end = _whole_periods(start, end, selection.period_type)
    clauses = ["cluster = ?", "evidence <> ''", "submit_time >= ?", "submit_time < ?"]
    values: list[Any] = [selection.hostname, start, end]
    if selection.partitions:
        chosen = [clean(each) for each in selection.partitions]
        clauses.append(
            "(partition IN (SELECT unnest(?)) "
            "OR (contains(partition, ',') AND list_has_any(string_split(partition, ','), ?)))"
        )
        values += [chosen, chosen]
    for column, wanted in (
        ("account", selection.accounts),
        ("user_name", selection.users),
        ("qos", selection.qos),
        ("state", selection.states),
    ):
        if wanted:
            clauses.append(f"{column} IN (SELECT unnest(?))")
            values.append([clean(each) for each in wanted])
    return " AND ".join(clauses), values


_FIRST, _LAST = datetime(1900, 1, 1), datetime(9000, 1, 1)


def _span(start: date | None, end: date | None) -> tuple[datetime, datetime]:
    """From the first moment of one day to the one after the other."""
    first = min(_LAST, datetime.combine(start, time())) if start else _FIRST
    last = datetime.combine(end, time()) + timedelta(days=1) if end and end < _LAST.date() else _LAST
    return first, last


_BEYOND = {name: timedelta(days=days) for name, days in (("day", 1), ("week", 7), ("month", 31), ("year", 366))}
"""From the beginning of a period into the next one."""


def _whole_periods(start: datetime, end: datetime, period: PeriodType) -> tuple[datetime, datetime]:
    """The part of a span that is made of periods which lie in it as a whole and are over."""
    now = datetime.now(UTC).replace(tzinfo=None)
    begun = _begin(start, period)
    if start not in (begun, _FIRST):
        start = _begin(begun + _BEYOND[period], period)
    return start, _begin(min(end, now), period)


def _begin(when: datetime, period: PeriodType) -> datetime:
    day = datetime.combine(when.date(), time())
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if period == "year" else day


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _token(row: Sequence[Any]) -> str:
    submit, raw = row[-2:]
    return f"{submit.isoformat()}~{raw}"


def _place(token: str) -> tuple[datetime, str]:
    submit, tilde, raw = token.partition("~")
    try:
        when = datetime.fromisoformat(submit)
    except ValueError:
        when, tilde = _FIRST, ""
    if not tilde or when.tzinfo is not None:
        raise InvalidInput("after", token[:100], "use the `next` of the page before")
    return when, clean(raw)
