"""The charts of waiting and running times."""

from __future__ import annotations

import pandas as pd

from ..queries.usage import UsageBoard
from ..queries.usage_charts import BINS
from ..state.usage_found import UsageFound
from . import usage_drawing as draw
from .charts import ChartTheme
from .usage_drawing import Chart
from .usage_frames import DAY_NAMES, NONE, as_file, periods
from .usage_tips import figure_text, tip

__all__ = ["waiting"]


def waiting(found: UsageFound, theme: ChartTheme) -> list[Chart]:
    """How long jobs waited and ran, over time, by what they asked for, and by hour of the week."""
    board = found.board
    charts = [
        _ribbon(board, theme, "wait_h", "How long jobs waited"),
        _ribbon(board, theme, "run_h", "How long jobs ran"),
        _bins(board, theme, "wait_h", "How the waiting times spread"),
        _bins(board, theme, "run_h", "How the running times spread"),
    ]
    waits = found.waits or {}
    for by, title in (
        ("partition", "Median wait by partition"),
        ("qos", "Median wait by QOS"),
        ("gpus", "Median wait by GPUs of a job"),
    ):
        if by in waits:
            charts.append(_waits_by(waits[by], theme, by, title))
    if "hour_of_week" in waits:
        charts.append(_week(waits["hour_of_week"], theme))
    return charts


def _ribbon(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    rows = board.trends[board.trends["measure"] == measure]
    note = "line: median; bands: 25 to 75 and 75 to 95 of 100 jobs"
    if rows.empty:
        return Chart(id=measure, title=title, note="No job started in these days.", element=None)
    frame = rows.merge(periods(board.totals), on="period")
    return Chart(
        id=measure, title=title, note=note, element=draw.ribbon(frame, theme, unit="h"), table=as_file(rows)
    )


def _bins(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    rows = board.bins[board.bins["measure"] == measure].groupby("bin")["jobs"].sum()
    total = float(rows.sum())
    if not total:
        return Chart(id=f"{measure}-bins", title=title, note="No job started in these days.", element=None)
    counts = [float(rows.get(name, 0)) for name, _ in BINS]
    shares = [100 * count / total for count in counts]
    texts = [
        tip(name, [("jobs", figure_text(count)), ("of all", f"{share:.1f} %")])
        for (name, _), count, share in zip(BINS, counts, shares, strict=True)
    ]
    frame = pd.DataFrame({"name": [_short(name) for name, _ in BINS], "value": shares, "tip": texts})
    return Chart(
        id=f"{measure}-bins",
        title=title,
        element=draw.columns(frame, theme, unit="% of jobs"),
        table=as_file(board.bins[board.bins["measure"] == measure]),
    )


def _short(name: str) -> str:
    """A bin as an axis has room for it.

    >>> _short("30 min - 1 h"), _short("> 7 d")
    ('30m\N{EN DASH}1h', '>7d')
    """
    return name.replace(" - ", "\N{EN DASH}").replace(" min", "m").replace(" ", "")


def _waits_by(waits: pd.DataFrame, theme: ChartTheme, by: str, title: str) -> Chart:
    rows = waits.head(10)
    if rows.empty:
        return Chart(id=f"wait-{by}", title=title, note="No job started in these days.", element=None)
    texts = [
        tip(
            str(row["group"]) or NONE,
            [(name, figure_text(float(row[column]), "h")) for name, column in _WAIT_WORDS]
            + [("jobs", figure_text(row["jobs"]))],
        )
        for _, row in rows.iterrows()
    ]
    frame = pd.DataFrame({"name": rows["group"].replace("", NONE), "value": rows["p50"], "tip": texts})
    dimension = {"partition": "partitions", "qos": "qos"}.get(by, "")
    return Chart(
        id=f"wait-{by}",
        title=title,
        note="the ten with the most jobs" if len(waits) > 10 else "",
        element=draw.bars(frame, theme, unit="h"),
        table=as_file(waits),
        dimension=dimension,
    )


_WAIT_WORDS = (("median", "p50"), ("mean", "mean"), ("9 of 10 at most", "p90"), ("longest", "max"))


def _week(hours: pd.DataFrame, theme: ChartTheme) -> Chart:
    texts = [
        tip(
            f"submitted {row['group']}:00",
            [("median wait", figure_text(float(row["p50"]), "h")), ("jobs", figure_text(row["jobs"])),
             ("9 of 10 at most", figure_text(float(row["p90"]), "h"))],
        )
        for _, row in hours.iterrows()
    ]  # fmt: skip
    frame = pd.DataFrame(
        {"x": hours["hour"], "y": hours["weekday"], "value": hours["p50"].astype(float), "tip": texts}
    )
    return Chart(
        id="week",
        title="When to submit: median wait by hour of the week",
        note="the paler, the shorter",
        element=draw.heat(
            frame,
            theme,
            xticks=[(hour, f"{hour:02}") for hour in range(0, 24, 3)],
            yticks=[(i, day) for i, day in enumerate(DAY_NAMES)],
            height=190,
        ),
        table=as_file(hours),
        wide=True,
        height=190,
    )
