"""Questions about waiting: how long jobs waited, by what they asked for and when, and what Slurm had expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Unpack, get_args

from ..errors import InvalidInput
from ..store import Store
from .periods import zone
from .usage_charts import QUANTILES
from .usage_days import DayFilters, started_in
from .usage_selection import Selected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SIZES", "WaitGroup", "estimate_errors", "size_sql", "wait_times"]

WaitGroup = Literal["", "cluster", "partition", "qos", "account", "user", "gpus", "nodes", "hour_of_week"]

SIZES: tuple[str, ...] = ("0", "1", "2-4", "5-8", "9-32", "> 32")
"""How many GPUs or nodes a job has, in classes."""

_SIZE = """CASE WHEN {0} = 0 THEN '0' WHEN {0} = 1 THEN '1' WHEN {0} <= 4 THEN '2-4' WHEN {0} <= 8 THEN '5-8'
    WHEN {0} <= 32 THEN '9-32' ELSE '> 32' END"""


def size_sql(column: str) -> str:
    """SQL: the class of a number (see `SIZES`)."""
    return _SIZE.format(column)


_COLUMNS = {
    "": "''",
    "cluster": "cluster",
    "partition": "partition",
    "qos": "qos",
    "account": "account",
    "user": "user_name",
    "gpus": size_sql("gpus"),
    "nodes": size_sql("nodes"),
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_FIGURES = f"""
    count(*) AS jobs, avg(wait_s) / 3600 AS mean, max(wait_s) / 3600 AS max,
    quantile_cont(wait_s, {list(QUANTILES)}) AS q
"""
_QUANTILES = ", ".join(f"q[{i}] / 3600 AS p{100 * share:.0f}" for i, share in enumerate(QUANTILES, 1))
_ESTIMATED = ("job_id_raw", "submit_time", "start_time")
_LEADS = (("< 1 h", 3600), ("1 - 6 h", 21_600), ("6 - 24 h", 86_400), ("> 24 h", None))
_LEAD = (
    "CASE " + " ".join(f"WHEN lead_s < {top} THEN '{name}'" for name, top in _LEADS if top) + " ELSE '> 24 h' END"
)


def wait_times(store: Store, *, by: WaitGroup = "partition", **asked: Unpack[DayFilters]) -> pd.DataFrame:
    """Hours waited by jobs that started from `start` to `end` (by default the last 42 days), a row for each group.

    Columns: group, jobs, mean, max, p25, p50, p75, p90, p95, p99. By hour_of_week the group is that of the
    submission, as "Mon 00", and weekday (0 is Monday) and hour stand beside it. Raises `InvalidInput`.
    """
    if by not in get_args(WaitGroup):
        raise InvalidInput("by", by, f"use one of {', '.join(filter(None, get_args(WaitGroup)))}")
    with started_in(store, asked, also=("submit_time",)) as found:
        if by == "hour_of_week":
            return _by_hour(found)
        frame = found.cur.execute(
            f"""SELECT * EXCLUDE (q), {_QUANTILES} FROM (
                    SELECT {_COLUMNS[by]} AS "group", {_FIGURES}
                    FROM usage_parts WHERE first AND started AND wait_s IS NOT NULL GROUP BY 1)
                ORDER BY jobs DESC, "group" """
        ).df()
    if by in ("gpus", "nodes"):
        frame = frame.sort_values("group", key=lambda groups: groups.map(SIZES.index), ignore_index=True)
    return frame


def _by_hour(found: Selected) -> pd.DataFrame:
    """The hour of a submission in the zone, told by Python for each quarter of an hour that there is."""
    cur = found.cur
    submitted = "(epoch_us(submit_time) // 900000000)::INTEGER"
    cur.execute(
        f"CREATE OR REPLACE TEMP TABLE wait_jobs AS SELECT {submitted} AS slot, wait_s FROM usage_parts "
        "WHERE first AND started AND submit_time IS NOT NULL"
    )
    where = zone(found.span.tz)
    slots = [slot for (slot,) in cur.execute("SELECT DISTINCT slot FROM wait_jobs").fetchall()]
    moments = [datetime.fromtimestamp(slot * 900, UTC).astimezone(where) for slot in slots]
    hours = [24 * moment.weekday() + moment.hour for moment in moments]
    cur.execute(
        "CREATE OR REPLACE TEMP TABLE wait_hours AS "
        "SELECT unnest($slots::INTEGER[]) AS slot, unnest($hours::INTEGER[]) AS hour",
        {"slots": slots, "hours": hours},
    )
    frame = cur.execute(
        f"""SELECT hour // 24 AS weekday, hour % 24 AS hour, * EXCLUDE (hour, q), {_QUANTILES}
            FROM (SELECT hour, {_FIGURES} FROM wait_jobs JOIN wait_hours USING (slot) GROUP BY hour)
            ORDER BY ALL"""
    ).df()
    names = [f"{_DAYS[day]} {hour:02}" for day, hour in zip(frame["weekday"], frame["hour"], strict=True)]
    frame.insert(0, "group", names)
    return frame


def estimate_errors(store: Store, **asked: Unpack[DayFilters]) -> pd.DataFrame:
    """What Slurm expected of jobs that then started, against when they did: a row for each cluster and lead time.

    Columns: cluster, lead (how far off the expected start was), estimates, jobs, error_h_median (positive: started
    later than expected), error_h_p10, error_h_p90, within_15_min_percent, within_1_h_percent. Raises
    `InvalidInput`.
    """
    sql = f"""
        WITH told AS (
            SELECT j.cluster, j.job_id_raw, epoch(e.estimate) - epoch(e.at_time) AS lead_s,
                   epoch(j.start_time) - epoch(e.estimate) AS error_s
            FROM start_estimates e JOIN (
                SELECT DISTINCT cluster, job_id_raw, submit_time, start_time
                FROM usage_parts WHERE first AND started) j
                ON j.cluster = e.cluster AND j.job_id_raw = e.job_id_raw
                    AND j.submit_time IS NOT DISTINCT FROM e.submit_time
            WHERE e.at_time <= j.start_time)
        SELECT cluster, {_LEAD} AS lead, count(*) AS estimates, count(DISTINCT job_id_raw) AS jobs,
               median(error_s) / 3600 AS error_h_median, quantile_cont(error_s, 0.1) / 3600 AS error_h_p10,
               quantile_cont(error_s, 0.9) / 3600 AS error_h_p90,
               100.0 * count(*) FILTER (abs(error_s) <= 900) / count(*) AS within_15_min_percent,
               100.0 * count(*) FILTER (abs(error_s) <= 3600) / count(*) AS within_1_h_percent
        FROM told GROUP BY ALL ORDER BY cluster, min(lead_s)
    """
    with started_in(store, asked, also=_ESTIMATED) as found:
        return found.cur.execute(sql).df()
