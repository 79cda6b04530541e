"""The kinds of charts that the usage page is drawn with, each from a plain frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import holoviews as hv
import pandas as pd
from bokeh.models import BoxSelectTool, CustomJS, CustomJSTickFormatter, DatetimeTickFormatter, HoverTool, TapTool

from .charts import ChartTheme, styled
from .usage_tips import figure_text, tip

__all__ = [
    "OTHERS",
    "STATE_TONES",
    "Chart",
    "bars",
    "columns",
    "heat",
    "lines",
    "render",
    "ribbon",
    "short_names",
    "stacked",
]

OTHERS = "#828c99"
"""What is left over, and what has no name."""

STATE_TONES: dict[str, str] = {
    "COMPLETED": "#828c99",
    "RUNNING": "#2f9a60",
    "PENDING": "#b5892b",
    "CANCELLED": "#a1a9b4",
    "FAILED": "#d5564c",
    "TIMEOUT": "#bf6a35",
    "OUT_OF_MEMORY": "#b9507f",
    "NODE_FAIL": "#a3434b",
}
"""States by colour: each can be seen on light and on dark ground."""

_HOVER = "#808a96"
_ONE = "#3b82c4"
_MOST_TICKS = 5
_SHORT_JS = """
    const most = Math.max(...ticks.map(Math.abs))
    const [by, unit] = most >= 2e9 ? [1e9, "G"] : most >= 2e6 ? [1e6, "M"] : most >= 1e4 ? [1e3, "k"] : [1, ""]
    return tick ? `${(tick / by).toLocaleString("en", {maximumFractionDigits: 3})}${unit}` : "0"
"""  # all ticks of an axis in one unit: 500k, 1,000k would be read as two
_LOCK = threading.Lock()  # HoloViews keeps its options in one place for all threads

MOST_LETTERS = 24
"""Of a name on an axis; the whole of it stands in the tooltip."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """One chart: what it asks, what it is drawn from, and what can be chosen in it."""

    id: str
    title: str  # the question, or the finding
    note: str = ""
    element: Any  # of HoloViews; None shows `note` in its place
    table: pd.DataFrame = field(default_factory=pd.DataFrame)  # what is kept as CSV
    legend: Sequence[tuple[str, str]] = ()  # name, colour
    dimension: str = ""  # what a click on its bars filters by
    legend_of: str = ""  # what a click on its legend filters by
    wide: bool = False
    height: int = 220


def render(chart: Chart) -> Any:
    """The Bokeh figure. May run in a thread."""
    with _LOCK:
        figure = hv.render(chart.element)
    figure.name = chart.id
    figure.toolbar_location = None  # what a toolbar does, the page does: zoom, reset, files
    figure.min_border = 4
    figure.js_on_event("doubletap", CustomJS(code="cb_obj.origin.reset.emit()"))
    if chart.dimension:
        figure.add_tools(TapTool(callback=_said("pick", chart.dimension, chart=chart.id)))
    return figure


def _said(kind: str, dimension: str, *, chart: str) -> CustomJS:
    """Tell the page which bar was clicked."""
    return CustomJS(
        args={"kind": kind, "dimension": dimension, "chart": chart},
        code="""
        const source = cb_data.source, at = source.selected.indices[0]
        if (at === undefined || !source.data.full) return
        const value = source.data.full[at]
        source.selected.indices = []
        document.dispatchEvent(new CustomEvent("clausius-chart", {detail: {kind, dimension, value, chart}}))
        """,
    )


def _brushed(plot: Any, element: Any) -> None:
    """Hook: a stretch that is drawn with the mouse becomes the days of the whole page."""
    for axis in plot.state.xaxis:
        axis.formatter = DatetimeTickFormatter(
            hours="%H:%M", days="%d %b", months="%b", years="%Y", context=_years()
        )
    brush = BoxSelectTool(dimensions="width")
    plot.state.add_tools(brush)
    plot.state.toolbar.active_drag = brush
    plot.state.js_on_event(
        "selectiongeometry",
        CustomJS(
            code="""
            const {x0, x1} = cb_obj.geometry, detail = {kind: "brush", x0, x1, chart: cb_obj.origin.name}
            if (cb_obj.final && x0 !== undefined && x1 > x0)
              document.dispatchEvent(new CustomEvent("clausius-chart", {detail}))
            """
        ),
    )


def _years() -> DatetimeTickFormatter:
    """The year, below the first label only."""
    return DatetimeTickFormatter(hours="%d %b %Y", days="%Y", months="%Y", years="")


def stacked(
    frame: pd.DataFrame, theme: ChartTheme, *, unit: str, colours: Mapping[str, str], height: int = 220
) -> Any:
    """Areas on top of each other; `frame` has start, end, name, value, label of each period and name."""
    table = frame.pivot_table(index="middle", columns="name", values="value", aggfunc="sum", fill_value=0)
    names = [name for name in colours if name in table.columns]
    layers, below = [], pd.Series(0.0, index=table.index)
    for name in names:
        above = below + table[name]
        area = hv.Area((table.index, below, above), "time", ["below", "above"], label=str(name))
        layers.append(area.opts(color=colours[name], line_width=0, alpha=0.85, hooks=[_named(name)]))
        below = above
    hover = _columns(frame, top=float(below.max() or 1), unit=unit)
    return _over_time([*layers, hover], theme, unit=unit, height=height, top=float(below.max() or 1))


def lines(
    frame: pd.DataFrame,
    theme: ChartTheme,
    *,
    unit: str,
    colours: Mapping[str, str],
    height: int = 220,
    total: bool = True,
    dashed: str = "",
) -> Any:
    """One line for each name, that of `dashed` broken; the frame as of `stacked`.

    `total`: the values of a period can be added up.
    """
    top = float(frame["value"].max() or 1) if len(frame) else 1.0
    layers = [
        hv.Curve(part.dropna(subset="value"), "middle", "value", label=str(name)).opts(
            color=colours[name],
            line_width=1.8,
            line_dash="dashed" if name == dashed else "solid",
            hooks=[_named(name)],
        )
        for name in colours
        if len(part := frame[frame["name"] == name])
    ]
    return _over_time(
        [*layers, _columns(frame, top=top, unit=unit, total=total)], theme, unit=unit, height=height, top=top
    )


def ribbon(frame: pd.DataFrame, theme: ChartTheme, *, unit: str, height: int = 220) -> Any:
    """Percentiles over time: p25 to p75 and p75 to p95 as bands, the median as a line."""
    x = frame["middle"]
    outer = hv.Area((x, frame["p75"], frame["p95"]), "time", ["low", "high"]).opts(
        color=_ONE, alpha=0.16, line_width=0
    )
    inner = hv.Area((x, frame["p25"], frame["p75"]), "time", ["low", "high"]).opts(
        color=_ONE, alpha=0.35, line_width=0
    )
    middle = hv.Curve((x, frame["p50"]), "time", "median").opts(color=_ONE, line_width=2)
    top = float(frame["p95"].max() or 1)
    parts = ("p25", "p50", "p75", "p90", "p95", "p99", "max")
    long = frame.melt(id_vars=["start", "end", "middle", "label"], value_vars=list(parts), var_name="name")
    long["name"] = long["name"].replace({"p50": "median"})
    hover = _columns(long, top=top, unit=unit, total=False)
    return _over_time([outer, inner, middle, hover], theme, unit=unit, height=height, top=top)


def bars(frame: pd.DataFrame, theme: ChartTheme, *, unit: str, colour: Callable[[str], str] | str = _ONE) -> Any:
    """Lying bars, the first on top; `frame` has name, value and tip (HTML)."""
    frame = frame.iloc[::-1]
    short = short_names([str(name) for name in frame["name"]])
    paint = [colour(name) if callable(colour) else colour for name in frame["name"]]
    data = pd.DataFrame(
        {
            "name": short,
            "value": frame["value"],
            "full": frame["name"].astype(str),
            "tip": frame["tip"],
            "paint": paint,
        }
    )
    chart = hv.Bars(data, "name", ["value", "full", "tip", "paint"])
    return styled(
        chart,
        theme,
        height=max(160, 40 + 21 * len(data)),
        invert_axes=True,
        color="paint",
        line_width=0,
        bar_width=0.72,
        fill_alpha=0.9,
        tools=[HoverTool(tooltips="@tip{safe}")],
        xlabel="",
        ylabel=unit,
        default_tools=[],
        active_tools=[],
        ylim=(0, float(data["value"].max() or 1) * 1.04),
        hooks=[theme.hook, _quiet],
    )


def columns(frame: pd.DataFrame, theme: ChartTheme, *, unit: str, height: int = 220) -> Any:
    """Standing bars in the order of the frame: name, value, tip."""
    data = frame.assign(name=frame["name"].astype(str))[["name", "value", "tip"]]
    return styled(
        hv.Bars(data, "name", ["value", "tip"]),
        theme,
        height=height,
        color=_ONE,
        line_width=0,
        bar_width=0.8,
        tools=[HoverTool(tooltips="@tip{safe}")],
        xlabel="",
        ylabel=unit,
        default_tools=[],
        active_tools=[],
        hooks=[theme.hook, _quiet],
        ylim=(0, float(data["value"].max() or 1) * 1.04),
    )


def heat(
    frame: pd.DataFrame,
    theme: ChartTheme,
    *,
    xticks: Sequence[tuple[float, str]],
    yticks: Sequence[tuple[float, str]],
    height: int,
) -> Any:
    """Cells at whole numbers x and y (0 on top), the darker the greater `value`; `tip` is HTML."""
    top = float(frame["value"].max() or 1) if len(frame) else 1.0
    data = frame.assign(x0=frame["x"] - 0.46, x1=frame["x"] + 0.46, y0=frame["y"] - 0.44, y1=frame["y"] + 0.44)
    data["shade"] = [0.06 + 0.94 * (value / top) ** 0.6 if value == value else 0.0 for value in data["value"]]
    cells = hv.Rectangles(data[["x0", "y0", "x1", "y1", "shade", "tip"]], vdims=["shade", "tip"])
    return styled(
        cells,
        theme,
        height=height,
        color=_ONE,
        fill_alpha="shade",
        line_width=0,
        show_grid=False,
        invert_yaxis=True,
        tools=[HoverTool(tooltips="@tip{safe}")],
        default_tools=[],
        active_tools=[],
        xlabel="",
        ylabel="",
        xticks=list(xticks),
        yticks=list(yticks),
        hooks=[theme.hook, _bare],
    )


_MOST_LINES = 9


def _columns(frame: pd.DataFrame, *, top: float, unit: str, total: bool = True) -> Any:
    """One clear column for each period, with everything about it in the tooltip."""
    rows = []
    for (start, end, label), part in frame.groupby(["start", "end", "label"], sort=False):
        part = part.dropna(subset="value")
        if total:
            part = part[part["value"] > 0].sort_values("value", ascending=False)
        said = [
            (str(name), figure_text(value, unit)) for name, value in zip(part["name"], part["value"], strict=True)
        ]
        if total and len(said) > 1:
            said = [("all", figure_text(float(part["value"].sum()), unit)), *said]
        rows.append((start, 0.0, end, top * 1.04, tip(str(label), said[:_MOST_LINES] or [("", "none")])))
    data = pd.DataFrame(rows, columns=["x0", "y0", "x1", "y1", "tip"])
    return hv.Rectangles(data, vdims=["tip"]).opts(
        color=_HOVER,
        fill_alpha=0,
        line_width=0,
        hover_fill_alpha=0.1,
        tools=[HoverTool(tooltips="@tip{safe}", point_policy="follow_mouse")],
    )


def _over_time(layers: Sequence[Any], theme: ChartTheme, *, unit: str, height: int, top: float) -> Any:
    return styled(
        hv.Overlay(list(layers)),
        theme,
        kind="Overlay",
        height=height,
        tools=[],
        default_tools=[],
        active_tools=[],
        show_legend=False,
        xlabel="",
        ylabel=unit,
        ylim=(0, top * 1.04),
        hooks=[theme.hook, _quiet, _brushed],
    )


def _named(name: str) -> Callable[[Any, Any], None]:
    """Hook: the page hides and shows a layer by its name."""

    def hook(plot: Any, element: Any) -> None:
        plot.handles["glyph_renderer"].name = str(name)

    return hook


def _quiet(plot: Any, element: Any) -> None:
    """Hook: no grid across, few numbers and short ones: 500k, 2M."""
    figure = plot.state
    for grid in figure.xgrid if not getattr(plot, "invert_axes", False) else figure.ygrid:
        grid.grid_line_color = None
    for axis in figure.axis:
        axis.minor_tick_line_color = None
        if hasattr(axis.formatter, "use_scientific"):
            axis.formatter = CustomJSTickFormatter(code=_SHORT_JS)  # one each: a model belongs to one document
            axis.ticker.desired_num_ticks = _MOST_TICKS


def _bare(plot: Any, element: Any) -> None:
    """Hook: no lines but the cells themselves."""
    for grid in plot.state.grid:
        grid.grid_line_color = None
    for axis in plot.state.axis:
        axis.axis_line_alpha = 0
        axis.major_tick_line_alpha = 0
        axis.minor_tick_line_color = None


def short_names(names: Sequence[str]) -> list[str]:
    """Names as an axis has room for them, cut in the middle, no two the same."""
    cut = [name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 10]}…{name[-9:]}" for name in names]
    seen: dict[str, int] = {}
    for i, name in enumerate(cut):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            cut[i] = f"{name} ({seen[name]})"
    return cut
