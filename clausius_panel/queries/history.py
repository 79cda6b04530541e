"""Questions about the past: any job that was ever seen, imported or read from accounting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

from ..errors import InvalidInput
from ..store import Cursor, Store, aware
from . import keyset
from .history_facets import AGES, FacetValue, history_facets
from .history_filters import HistoryFilters, history_selection, history_where
from .history_rows import ROW_SQL, SORTS, HistoryRow, row_of
from .keyset import Key
from .run_sql import TASKS_SQL

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AGES",
    "RUN_SORTS",
    "FacetValue",
    "HistoryPage",
    "HistoryRun",
    "HistoryRunPage",
    "count_history",
    "history",
    "history_facets",
    "history_frame",
    "history_runs",
]

MAX_LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some of the jobs that the filters select; `cursor` gives those behind them, None where there are none."""

    rows: list[HistoryRow]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRun:
    """One run in the past, of the jobs that the filters select; a job of no run stands for itself."""

    cluster: str
    run_id: str  # of a job without a run: its own id
    name: str  # of its first job
    user: str
    project: str
    campaign: str
    starred: bool
    jobs: int  # each task of an array is one, also those that never started
    states: dict[str, int]  # the same by Slurm's state
    cpu_hours: float
    gpu_hours: float
    first_submit: datetime | None  # UTC
    last_submit: datetime | None
    last_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRunPage:
    """Some of the runs; `cursor` as in `HistoryPage`."""

    rows: list[HistoryRun]
    cursor: str | None


def history(
    store: Store,
    *,
    sort: str = "submit_time",
    descending: bool = True,
    limit: int = 50,
    cursor: str | None = None,
    **filters: Unpack[HistoryFilters],
) -> HistoryPage:
    """Jobs, those submitted last first unless `sort` (see `history_rows.SORTS`) says otherwise.

    Ties go by submission, newest first. How many there are in all `count_history` says. Raises `InvalidInput`.
    """
    keys = _keys(sort, descending=descending)
    order = f"{sort} {'desc' if descending else 'asc'}"
    behind, place = _behind(keys, order, cursor)
    _check_limit(limit)
    rows = list[tuple[Any, ...]]()
    if sort == "submit_time" and descending:
        recent = history_selection(store, filters, anywhere=True)
        rows = _page(store, keys, [f"{recent.where} AND {_RECENT}"], behind, limit, recent.values | place)
    if len(rows) <= limit:
        selection = history_selection(store, filters)
        rows = _page(store, keys, selection.ways, behind, limit, selection.values | place)
    return HistoryPage(
        rows=[row_of(row) for row in rows[:limit]],
        cursor=keyset.encode(order, rows[limit - 1][-len(keys) :]) if 0 < limit < len(rows) else None,
    )


_RECENT = "submit_time >= (SELECT max(submit_time) - (max(submit_time) - min(submit_time)) / 64 FROM jobs)"


def _page(
    store: Store, keys: Sequence[Key], ways: Sequence[str], behind: str, limit: int, values: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """One row more than the limit where there are so many: found first by what they are ordered by, then read."""
    order = f"ORDER BY {keyset.order_by(keys)} LIMIT $k_limit"
    found = " UNION ALL ".join(f"(SELECT rowid FROM jobs WHERE ({way}) AND {behind} {order})" for way in ways)
    columns = ", ".join(key.sql for key in keys)
    sql = f"SELECT {ROW_SQL}, {columns} FROM jobs WHERE rowid IN ({found}) {order}"
    with store.read() as cur:
        return cur.execute(sql, {**values, "k_limit": limit + 1}).fetchall()


def count_history(store: Store, **filters: Unpack[HistoryFilters]) -> int:
    """How many jobs the filters select. Raises `InvalidInput`."""
    condition, values = history_where(store, filters)
    with store.read() as cur:
        [(count,)] = cur.execute(f"SELECT count(*) FROM jobs WHERE {condition}", values).fetchall()
    return int(count)


def history_frame(
    store: Store,
    *,
    sort: str = "submit_time",
    descending: bool = True,
    limit: int = MAX_LIMIT,
    **filters: Unpack[HistoryFilters],
) -> pd.DataFrame:
    """The same as a DataFrame with the fields of `HistoryRow`; times are UTC-aware. Raises `InvalidInput`."""
    keys = _keys(sort, descending=descending)
    condition, values = history_where(store, filters)
    _check_limit(limit)
    sql = f"SELECT {ROW_SQL} FROM jobs WHERE {condition} ORDER BY {keyset.order_by(keys)} LIMIT $k_limit"
    with store.read() as cur:
        frame = cur.execute(sql, {**values, "k_limit": limit}).df()
    for name in ("submit_time", "start_time", "end_time"):
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


_UNIT = "coalesce(run_id, job_id_raw)"
RUN_SORTS = {
    "last_submit": "TIMESTAMP",
    "first_submit": "TIMESTAMP",
    "last_end": "TIMESTAMP",
    "name": "VARCHAR",
    "user": "VARCHAR",
    "project": "VARCHAR",
    "cluster": "VARCHAR",
    "jobs": "BIGINT",
    "cpu_hours": "DOUBLE",
    "gpu_hours": "DOUBLE",
}
"""By what runs may be sorted -> its type."""

_TASKS = f"""
    sum(CASE WHEN contains(array_task_id, '-') OR contains(array_task_id, ',') THEN {TASKS_SQL} ELSE 1 END)::BIGINT
"""
"""SQL: how many tasks rows stand for; few stand for several, and only of those is the list read."""

_STATES = f"""
    SELECT cluster, {_UNIT} AS unit, state, {_TASKS} AS jobs FROM jobs
    WHERE ({{condition}}) AND (cluster, {_UNIT}) IN (SELECT (unnest($r_clusters), unnest($r_units))) GROUP BY ALL
"""


def history_runs(
    store: Store,
    *,
    sort: str = "last_submit",
    descending: bool = True,
    limit: int = 50,
    cursor: str | None = None,
    **filters: Unpack[HistoryFilters],
) -> HistoryRunPage:
    """Jobs grouped into their runs, those with the latest submission first unless `sort` says otherwise.

    Raises `InvalidInput`.
    """
    if sort not in RUN_SORTS:
        raise InvalidInput("sort", sort, f"use one of {', '.join(sorted(RUN_SORTS))}")
    condition, values = history_where(store, filters)
    _check_limit(limit)
    latest = Key("last_submit", "TIMESTAMP", descending=True)
    first = Key(f'"{sort}"', RUN_SORTS[sort], descending=descending)
    keys = [first, *([latest] if sort != "last_submit" else []), Key("cluster", "VARCHAR"), Key("unit", "VARCHAR")]
    order = f"runs by {sort} {'desc' if descending else 'asc'}"
    behind, bound = _behind(keys, order, cursor)
    jobs = _TASKS if sort == "jobs" else "0"  # else counted where the page's runs are known
    sql = f"""
        SELECT *, {", ".join(key.sql for key in keys)} FROM (
            SELECT u.*, coalesce(r.name, u.first_name) AS name, coalesce(r.starred, false) FROM (
                SELECT cluster, {_UNIT} AS unit, max(submit_time) AS last_submit, min(submit_time) AS first_submit,
                       max(end_time) AS last_end, {jobs} AS jobs, arg_min(name, submit_time) AS first_name,
                       any_value(user_name) AS "user", coalesce(any_value(project), '') AS project,
                       coalesce(any_value(campaign), '') AS campaign, sum(elapsed_s * cpus) / 3600.0 AS cpu_hours,
                       sum(elapsed_s * gpus) / 3600.0 AS gpu_hours
                FROM jobs WHERE {condition} GROUP BY ALL) u
            LEFT JOIN runs r ON r.cluster = u.cluster AND r.run_id = u.unit)
        WHERE {behind} ORDER BY {keyset.order_by(keys)} LIMIT $k_limit
    """
    with store.read() as cur:
        rows = cur.execute(sql, {**values, **bound, "k_limit": limit + 1}).fetchall()
        states = _states(cur, rows[:limit], condition, values)
    return HistoryRunPage(
        rows=[_run(row[: -len(keys)], states.get(row[:2], {})) for row in rows[:limit]],
        cursor=keyset.encode(order, rows[limit - 1][-len(keys) :]) if 0 < limit < len(rows) else None,
    )


def _states(
    cur: Cursor, rows: Sequence[tuple[Any, ...]], condition: str, values: dict[str, Any]
) -> dict[tuple[str, ...], dict[str, int]]:
    chosen = {"r_clusters": [row[0] for row in rows], "r_units": [row[1] for row in rows]}
    found: dict[tuple[str, ...], dict[str, int]] = {}
    if rows:
        counts = cur.execute(_STATES.format(condition=condition), {**values, **chosen}).fetchall()
        for cluster, unit, state, jobs in sorted(counts):
            found.setdefault((cluster, unit), {})[state] = jobs
    return found


def _run(row: tuple[Any, ...], states: dict[str, int]) -> HistoryRun:
    (
        cluster,
        unit,
        last_submit,
        first_submit,
        last_end,
        _,
        _,
        user,
        project,
        campaign,
        cpu,
        gpu,
        name,
        starred,
    ) = row
    return HistoryRun(
        cluster=cluster,
        run_id=unit,
        name=name,
        user=user,
        project=project,
        campaign=campaign,
        starred=starred,
        jobs=sum(states.values()),
        states=states,
        cpu_hours=float(cpu),
        gpu_hours=float(gpu),
        first_submit=aware(first_submit),
        last_submit=aware(last_submit),
        last_end=aware(last_end),
    )


def _keys(sort: str, *, descending: bool) -> list[Key]:
    if sort not in SORTS:
        raise InvalidInput("sort", sort, f"use one of {', '.join(sorted(SORTS))}")
    ties = [
        Key("submit_time", "TIMESTAMP", descending=True),
        Key("cluster", "VARCHAR"),
        Key("job_id_raw", "VARCHAR"),
    ]
    if SORTS[sort] == "submit_time":
        return [Key("submit_time", "TIMESTAMP", descending=descending), *ties[1:]]
    return [Key(SORTS[sort], _kind(sort), descending=descending), *ties]


def _kind(sort: str) -> str:
    if sort.endswith("_time"):
        return "TIMESTAMP"
    if sort in ("wait_s", "cpu_hours", "gpu_hours"):
        return "DOUBLE"
    numbers = ("job_id", "nodes", "cpus", "memory_mib", "gpus", "elapsed_s", "time_limit_s")
    return "BIGINT" if sort in numbers else "VARCHAR"


def _behind(keys: Sequence[Key], order: str, cursor: str | None) -> tuple[str, dict[str, Any]]:
    if not cursor:
        return "true", {}
    place = keyset.decode(order, cursor, len(keys))
    _check_place(keys, place, cursor)
    return keyset.after(keys, place)


def _check_place(keys: Sequence[Key], place: Sequence[Any], cursor: str) -> None:
    """A forged cursor must be our error, not DuckDB's."""
    readers: dict[str, Any] = {"TIMESTAMP": datetime.fromisoformat, "BIGINT": int, "DOUBLE": float, "VARCHAR": str}
    for key, value in zip(keys, place, strict=True):
        try:
            if value is not None:
                readers[key.kind](value)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput("cursor", cursor[:80], "use the cursor that the page before gave") from error


def _check_limit(limit: int) -> None:
    if isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput("limit", limit, f"use 1 to {MAX_LIMIT}")
