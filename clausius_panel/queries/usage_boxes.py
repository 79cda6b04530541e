"""How waiting and running times spread, by what jobs asked for: box plots in figures, over the jobs themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ..store import Store
from .usage_charts import MEASURES
from .usage_days import DayFilters, started_in
from .waiting import SIZES, size_sql

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BOX_GROUPS", "BOX_QUANTILES", "time_boxes"]

BOX_GROUPS: tuple[str, ...] = ("partition", "qos", "gpus")
"""What the boxes are told apart by; gpus is the size of a job."""

BOX_QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Whisker, box, median, box, whisker."""


def time_boxes(store: Store, **asked: Unpack[DayFilters]) -> pd.DataFrame:
    """Hours that jobs waited and ran which started from `start` to `end` (by default the last 42 days).

    A row for each measure (wait_h, run_h), by (see `BOX_GROUPS`) and group, those with the most jobs first, sizes
    in their order: jobs, mean, min, max, p5, p25, p50, p75, p95. Percentiles are those of the jobs themselves.
    Raises `InvalidInput`.
    """
    import pandas as pd

    with started_in(store, asked) as found:
        frames = [found.cur.execute(_sql(measure, column)).df() for measure, column in MEASURES.items()]
    frame = pd.concat(frames, ignore_index=True)
    order = frame["group"].map({size: i for i, size in enumerate(SIZES)}).where(frame["by"] == "gpus", 0)
    frame = frame.assign(order=order).sort_values(
        ["measure", "by", "order", "jobs", "group"], ascending=[False, True, True, False, True], ignore_index=True
    )
    return frame.drop(columns="order")


def _sql(measure: str, column: str) -> str:
    quantiles = ", ".join(f"q[{i}] / 3600 AS p{100 * share:.0f}" for i, share in enumerate(BOX_QUANTILES, 1))
    return f"""
        WITH told AS (
            SELECT partition, qos, {size_sql("gpus")} AS size, {column} AS s FROM usage_parts
            WHERE first AND started AND {column} IS NOT NULL {"AND whole_s > 0" if measure == "run_h" else ""})
        SELECT '{measure}' AS measure, * EXCLUDE (q), {quantiles} FROM (
            SELECT CASE WHEN grouping(partition) = 0 THEN 'partition'
                        WHEN grouping(qos) = 0 THEN 'qos' ELSE 'gpus' END AS "by",
                   coalesce(partition, qos, size) AS "group", count(*) AS jobs, avg(s) / 3600 AS mean,
                   min(s) / 3600 AS min, max(s) / 3600 AS max, quantile_cont(s, {list(BOX_QUANTILES)}) AS q
            FROM told GROUP BY GROUPING SETS ((partition), (qos), (size)))
    """
