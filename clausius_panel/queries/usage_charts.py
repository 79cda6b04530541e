"""The statements behind the charts of usage: each is one grouped scan of what `usage_selection.selected` made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .usage_selection import GROUPS, TYPED, Group, Selected

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BINS",
    "DIMENSIONS",
    "QUANTILES",
    "activity",
    "bins",
    "breakdown",
    "gpu_types",
    "series",
    "sizes",
    "trends",
]

QUANTILES: tuple[float, ...] = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)

BINS: tuple[tuple[str, float], ...] = (
    ("< 30 min", 1800.0),
    ("30 min - 1 h", 3600.0),
    ("1 - 4 h", 14_400.0),
    ("4 - 12 h", 43_200.0),
    ("12 - 24 h", 86_400.0),
    ("1 - 3 d", 259_200.0),
    ("3 - 7 d", 604_800.0),
    ("> 7 d", float("inf")),
)
"""Name of each bin of waiting and running time, and the seconds below which it ends."""

DIMENSIONS: tuple[str, ...] = ("cluster", "account", "user", "partition", "state", "qos", "project")
"""What `breakdown` tells of."""

MEASURES = {"wait_h": "wait_s", "run_h": "whole_s"}
"""Hours that a job waited and ran -> its column, in seconds."""

_SUMS = """
    coalesce(sum(tasks) FILTER (first), 0)::BIGINT AS jobs,
    count(*) FILTER (first AND started) AS started,
    count(DISTINCT user_name) AS users,
    coalesce(sum(run_s * cpus), 0) / 3600 AS cpu_hours,
    coalesce(sum(run_s * gpus), 0) / 3600 AS gpu_hours,
    coalesce(sum(run_s * nodes), 0) / 3600 AS node_hours
"""


def series(found: Selected, group: Group = "") -> pd.DataFrame:
    """A row for each period and group: jobs, started, users, cpu_hours, gpu_hours, node_hours, wait_h, run_h.

    The last two are means, in hours. Without a group every period has a row, be it empty. By GPU type the hours of
    a job are split over its types, and it counts as a job of each.
    """
    column = GROUPS.get(group, "''")
    rows = f"""
        SELECT p, {column} AS "group", {_SUMS},
               avg(wait_s) FILTER (first) / 3600 AS wait_h,
               avg(whole_s) FILTER (first AND whole_s > 0) / 3600 AS run_h
        FROM {"(" + TYPED + ")" if group == "gpu_type" else "usage_parts"} GROUP BY ALL
    """
    if group:
        return _dated(found, found.cur.execute(f"{rows} ORDER BY ALL").df())
    every = f"""
        SELECT p, coalesce(jobs, 0) AS jobs, coalesce(started, 0) AS started, coalesce(users, 0) AS users,
               coalesce(cpu_hours, 0) AS cpu_hours, coalesce(gpu_hours, 0) AS gpu_hours,
               coalesce(node_hours, 0) AS node_hours, wait_h, run_h
        FROM usage_periods LEFT JOIN ({rows}) USING (p) ORDER BY p
    """
    return _dated(found, found.cur.execute(every).df())


def trends(found: Selected) -> pd.DataFrame:
    """A row for each period and measure (wait_h, run_h) over jobs that started: jobs, mean, max, p25 ... p99.

    Percentiles are those of the jobs themselves. The row of the whole span has the period -1.
    """
    import pandas as pd

    frames = []
    for measure, column in MEASURES.items():
        sql = f"""
            SELECT coalesce(p, -1)::INTEGER AS p, '{measure}' AS measure, count(*) AS jobs,
                   avg({column}) / 3600 AS mean, max({column}) / 3600 AS max,
                   quantile_cont({column}, {list(QUANTILES)}) AS q
            FROM usage_parts WHERE first AND started {"AND whole_s > 0" if measure == "run_h" else ""}
            GROUP BY GROUPING SETS ((p), ()) HAVING count(*) > 0 ORDER BY 1
        """
        parts = ", ".join(f"q[{i}] / 3600 AS p{100 * share:.0f}" for i, share in enumerate(QUANTILES, 1))
        frames.append(found.cur.execute(f"SELECT * EXCLUDE (q), {parts} FROM ({sql})").df())
    return _dated(found, pd.concat(frames, ignore_index=True))


def bins(found: Selected) -> pd.DataFrame:
    """A row for each period, measure and bin (see `BINS`): jobs that started, and percent of the period's."""
    import pandas as pd

    sql = f"""
        SELECT p, {_bin("wait_s")} AS wait_h, {_bin("whole_s")} AS run_h, count(*) AS jobs
        FROM usage_parts WHERE first AND started GROUP BY ALL
    """
    cells = found.cur.execute(sql).df()
    frames = []
    for measure in MEASURES:
        counts = cells.groupby(["p", measure])["jobs"].sum().reset_index()
        frames.append(counts.rename(columns={measure: "order"}).assign(measure=measure))
    frame = pd.concat(frames, ignore_index=True)
    frame["percent"] = 100.0 * frame["jobs"] / frame.groupby(["p", "measure"])["jobs"].transform("sum")
    frame["bin"] = [BINS[int(order)][0] for order in frame["order"]]
    frame = frame.sort_values(["measure", "p", "order"], ignore_index=True)
    return _dated(found, frame[["p", "measure", "bin", "order", "jobs", "percent"]])


def _bin(column: str) -> str:
    whens = " ".join(f"WHEN {column} < {top} THEN {i}" for i, (_, top) in enumerate(BINS[:-1]))
    return f"(CASE {whens} ELSE {len(BINS) - 1} END)::TINYINT"


def breakdown(found: Selected) -> pd.DataFrame:
    """A row for each dimension (see `DIMENSIONS`) and value, the most CPU hours first.

    Columns: dimension, value, jobs, started, users, cpu_hours, gpu_hours, node_hours.
    """
    sets = ", ".join(f"({GROUPS[name]}, user_name)" for name in DIMENSIONS if name != "user")
    whens = " ".join(f"WHEN grouping({GROUPS[name]}) = 0 THEN '{name}'" for name in DIMENSIONS if name != "user")
    values = ", ".join(GROUPS[name] for name in DIMENSIONS if name != "user")
    sums = _SUMS.replace("count(DISTINCT user_name) AS users,", "")
    total = "sum(jobs)::BIGINT AS jobs, sum(started)::BIGINT AS started"
    hours = "sum(cpu_hours) AS cpu_hours, sum(gpu_hours) AS gpu_hours, sum(node_hours) AS node_hours"
    sql = f"""
        WITH cells AS MATERIALIZED (
            SELECT CASE {whens} END AS dimension, coalesce({values}) AS value, user_name, {sums}
            FROM usage_parts GROUP BY GROUPING SETS ({sets}))
        SELECT dimension, value, {total}, count(*) AS users, {hours} FROM cells GROUP BY ALL
        UNION ALL
        SELECT 'user', user_name, {total}, 1, {hours} FROM cells WHERE dimension = 'cluster' GROUP BY user_name
        ORDER BY dimension, cpu_hours DESC, value
    """
    return found.cur.execute(sql).df()


def gpu_types(found: Selected) -> pd.DataFrame:
    """GPU hours of each type, also where a job had several: type ("" where it is not said), gpu_hours, jobs."""
    sql = r"""
        WITH typed AS (
            SELECT gpu_type, tres, sum(run_s * gpus) / 3600 AS gpu_hours, any_value(gpus) AS gpus,
                   sum(run_s) / 3600 AS hours, coalesce(sum(tasks) FILTER (first), 0)::BIGINT AS jobs
            FROM usage_parts WHERE gpus > 0 GROUP BY gpu_type, tres),
        several AS (
            SELECT unnest(regexp_extract_all(tres, 'gres/gpu:([^=,]+)=[0-9]+', 1)) AS type,
                   unnest(regexp_extract_all(tres, 'gres/gpu:[^=,]+=([0-9]+)', 1))::BIGINT * hours AS gpu_hours,
                   jobs
            FROM typed WHERE regexp_matches(tres, 'gres/gpu:[^=,]+=[0-9]'))
        SELECT type, sum(gpu_hours) AS gpu_hours, sum(jobs)::BIGINT AS jobs FROM (
            FROM several UNION ALL
            SELECT gpu_type, gpu_hours, jobs FROM typed
            WHERE coalesce(NOT regexp_matches(tres, 'gres/gpu:[^=,]+=[0-9]'), true))
        GROUP BY type ORDER BY gpu_hours DESC, type
    """
    return found.cur.execute(sql).df()


def sizes(found: Selected) -> pd.DataFrame:
    """How many jobs had so many cpus, nodes and gpus (without those that had none): measure, value, jobs."""
    sql = """
        SELECT CASE WHEN grouping(cpus) = 0 THEN 'cpus'
                    WHEN grouping(nodes) = 0 THEN 'nodes' ELSE 'gpus' END AS measure,
               coalesce(cpus, nodes, gpus)::BIGINT AS value, sum(tasks)::BIGINT AS jobs
        FROM usage_parts WHERE first GROUP BY GROUPING SETS ((cpus), (nodes), (gpus))
        HAVING value > 0 ORDER BY measure, value
    """
    return found.cur.execute(sql).df()


def activity(found: Selected) -> pd.DataFrame:
    """How many users were active in just so many of the periods: periods, users."""
    sql = """
        SELECT periods, count(*) AS users
        FROM (SELECT count(DISTINCT p) AS periods FROM usage_parts GROUP BY user_name)
        GROUP BY periods ORDER BY periods
    """
    return found.cur.execute(sql).df()


def _dated(found: Selected, frame: pd.DataFrame) -> pd.DataFrame:
    """The number of the period as its name and limits; of the whole span (-1) those of the span."""
    import pandas as pd

    span = found.span
    limits = [
        *((each.label, each.start, each.end, each.is_complete) for each in span.periods),
        ("all", span.start, span.end, all(each.is_complete for each in span.periods)),
    ]
    labels, starts, ends, complete = zip(*limits, strict=True)
    known = pd.DataFrame(
        {
            "period": pd.Series(labels, dtype="str"),
            "period_start": pd.to_datetime(list(starts), utc=True).tz_convert(span.tz),
            "period_end": pd.to_datetime(list(ends), utc=True).tz_convert(span.tz),
            "is_complete": list(complete),
        }
    )
    rows = known.take(frame["p"].to_numpy()).reset_index(drop=True)  # -1 takes the last
    return pd.concat([rows, frame.drop(columns="p")], axis=1)
