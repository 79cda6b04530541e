"""Box plots of times: a row for each name, on a scale that shows seconds and days at once."""

from __future__ import annotations

import math
from typing import Any

import holoviews as hv
import pandas as pd
from bokeh.models import HoverTool

from .charts import ChartTheme, styled
from .usage_drawing import short_names
from .usage_tips import hours_text, tip

__all__ = ["boxes"]

_LEAST_S = 10.0
"""What took less stands at the edge of the scale: it took no time."""

_TICKS: tuple[tuple[float, str], ...] = (
    (10, "10 s"),
    (60, "1 min"),
    (600, "10 min"),
    (3_600, "1 h"),
    (21_600, "6 h"),
    (86_400, "1 d"),
    (604_800, "7 d"),
    (2_592_000, "30 d"),
)
_PARTS = (
    ("5 of 100 at most", "p5"),
    ("a quarter at most", "p25"),
    ("median", "p50"),
    ("three quarters at most", "p75"),
    ("95 of 100 at most", "p95"),
    ("longest", "max"),
    ("mean", "mean"),
)
_ONE = "#3b82c4"
_HOVER = "#808a96"
_ROW = 26
_AXIS = 34


def boxes(frame: pd.DataFrame, theme: ChartTheme) -> Any:
    """`frame` has name, jobs, mean, max, p5, p25, p50, p75 and p95 in hours; the first stands on top.

    The box is the middle half of the jobs, the line in it the median, the whiskers reach from p5 to p95.
    """
    data = pd.DataFrame({name: [_place(hours) for hours in frame[name]] for name in _PLACES})
    data["y"] = range(len(frame))
    left = min(float(data["p5"].min()), math.log10(60))
    right = max(float(data["p95"].max()), math.log10(600)) + 0.08
    chart = hv.Overlay([*_marks(data), _rows(frame, left, right)])
    names = short_names([str(name) for name in frame["name"]])
    ticks = [(math.log10(s), text) for s, text in _TICKS if left - 0.05 <= math.log10(s) <= right]
    return styled(
        chart,
        theme,
        kind="Overlay",
        height=_AXIS + _ROW * max(2, len(frame)),
        invert_yaxis=True,
        xticks=ticks,
        yticks=list(enumerate(names)),
        xlim=(left - 0.05, right),
        ylim=(-0.6, len(frame) - 0.4),
        xlabel="",
        ylabel="",
        tools=[],
        default_tools=[],
        active_tools=[],
        show_legend=False,
        hooks=[theme.hook, _calm],
    )


_PLACES = ("p5", "p25", "p50", "p75", "p95")


def _place(hours: float) -> float:
    return math.log10(max(_LEAST_S, float(hours) * 3600))


def _marks(data: pd.DataFrame) -> list[Any]:
    """Whiskers with their ends, boxes, medians."""
    y = data["y"]
    line = {"x0": data["p5"], "y0": y, "x1": data["p95"], "y1": y}
    ends = [{"x0": data[at], "y0": y - 0.16, "x1": data[at], "y1": y + 0.16} for at in ("p5", "p95")]
    middle = {"x0": data["p50"], "y0": y - 0.3, "x1": data["p50"], "y1": y + 0.3}
    box = pd.DataFrame({"x0": data["p25"], "y0": y - 0.3, "x1": data["p75"], "y1": y + 0.3})
    return [
        *(hv.Segments(pd.DataFrame(part)).opts(color=_ONE, line_width=1.4) for part in (line, *ends)),
        hv.Rectangles(box).opts(color=_ONE, fill_alpha=0.35, line_color=_ONE, line_width=1),
        hv.Segments(pd.DataFrame(middle)).opts(color=_ONE, line_width=3),
    ]


def _rows(frame: pd.DataFrame, left: float, right: float) -> Any:
    """One clear row for each name, with everything about it in the tooltip; a click can choose it."""
    texts = [
        tip(str(row["name"]), [*((said, hours_text(float(row[key]))) for said, key in _PARTS),
                               ("jobs", f"{int(row['jobs']):,}")])
        for _, row in frame.iterrows()
    ]  # fmt: skip
    rows = [
        (left - 0.05, i - 0.48, right, i + 0.48, str(name), text)
        for i, (name, text) in enumerate(zip(frame["name"], texts, strict=True))
    ]
    data = pd.DataFrame(rows, columns=["x0", "y0", "x1", "y1", "full", "tip"])
    return hv.Rectangles(data, vdims=["full", "tip"]).opts(
        color=_HOVER,
        fill_alpha=0,
        line_width=0,
        hover_fill_alpha=0.1,
        nonselection_fill_alpha=0,
        selection_fill_alpha=0,
        tools=[HoverTool(tooltips="@tip{safe}", point_policy="follow_mouse")],
    )


def _calm(plot: Any, element: Any) -> None:
    """Hook: lines along the times only."""
    for grid in plot.state.ygrid:
        grid.grid_line_color = None
    for axis in plot.state.axis:
        axis.minor_tick_line_color = None
    for axis in plot.state.yaxis:
        axis.axis_line_alpha = 0
        axis.major_tick_line_alpha = 0
