"""Charts in the colours of the page: HoloViews elements that follow the theme at once, with hover, zoom and units.

Place one `ChartTheme` in the page's layout and give it to every chart. HoloViews is loaded with this module, so
import it where a chart is drawn and nowhere else.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import holoviews as hv
import holoviews.plotting.bokeh
import pandas as pd
import panel as pn
import param
from bokeh.models import CustomJSTickFormatter, HoverTool
from panel.viewable import Viewer

from .theme import COLOURS, SIZES

__all__ = ["SERIES", "ChartTheme", "Lines", "paint", "styled"]

hv.Store.set_current_backend("bokeh")  # not hv.extension: in a notebook that loads scripts from the network

SERIES = (
    "#3b82c4",
    "#c2732a",
    "#3a9a68",
    "#a866c4",
    "#b5892b",
    "#2f9aa0",
    "#c75d7a",
    "#7c83d0",
)
"""Colours of lines and bars, in order; each can be seen on light and on dark ground."""

_NEUTRAL = "#808a96"  # can be read on both grounds, until the page has said which it is
_ABOVE = 1.05  # a line at the limit is still seen as one
_TOOLS = ("xpan", "xbox_zoom", "xwheel_zoom", "reset", "save")
_SPAN_JS = """
    const m = Math.round(tick * 60), h = Math.floor(Math.abs(m) / 60), d = Math.floor(h / 24)
    const pad = n => String(n).padStart(2, "0")
    return d ? `${d}d ${pad(h % 24)}:${pad(Math.abs(m) % 60)}` : `${h}:${pad(Math.abs(m) % 60)}`
"""


class ChartTheme(pn.custom.JSComponent):
    """Knows whether the page is dark, and repaints the charts when it changes. Shows nothing itself."""

    dark = param.Boolean(default=False, doc="Whether the page is dark; the page says so.")

    known = param.Boolean(default=False, doc="Whether the page has said it yet.")

    _esm = """
    export function render({model}) {
      const probe = document.createElement("i")
      probe.style.cssText = "display:none;color:light-dark(rgb(1,1,1),rgb(2,2,2))"
      const tell = () => {
        const lab = document.body.dataset.jpThemeLight
        model.dark = lab ? lab === "false" : getComputedStyle(probe).color.includes("2")
        model.known = true
      }
      const themes = new MutationObserver(tell)
      document.addEventListener("clausius-theme", tell)
      themes.observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]})
      // tooltips are children of the document's body, whatever they belong to: in a notebook to others as well
      const tips = document.createElement("style")
      tips.textContent = `.bk-Tooltip { --background-color: var(--raised); --color: var(--text);
        --divider-color: var(--line); font: 12px/1.5 var(--sans); border-radius: 4px; opacity: 1 }`
      if (!document.body.dataset.jpThemeLight) document.head.append(tips)
      model.on("after_render", tell)
      model.on("remove", () => {
        document.removeEventListener("clausius-theme", tell)
        themes.disconnect()
        tips.remove()
      })
      return probe
    }
    """

    def __init__(self, **params: Any) -> None:
        """Takes no place in the layout."""
        super().__init__(**{"width": 0, "height": 0, "margin": 0, **params})
        self._figures: weakref.WeakSet[Any] = weakref.WeakSet()
        self.param.watch(self._repaint, ["dark", "known"])

    def hook(self, plot: Any, element: Any) -> None:
        """For `opts(hooks=[theme.hook])`: paints the figure now, and whenever the theme changes."""
        self._figures.add(plot.state)
        paint(plot.state, dark=self.dark if self.known else None)

    def _repaint(self, *_: Any) -> None:
        """What the page says may come without the lock of the document, which alone lets figures be changed."""
        pn.state.execute(self._paint_all, schedule=True)

    def _paint_all(self) -> None:
        for figure in list(self._figures):
            paint(figure, dark=self.dark if self.known else None)


def paint(figure: Any, *, dark: bool | None) -> None:
    """Give a Bokeh figure the colours of the page; None where the page has not said which it is."""

    def colour(name: str) -> str:
        return _NEUTRAL if dark is None else COLOURS[name][int(dark)]

    figure.update(background_fill_color=None, border_fill_color=None, outline_line_color=None)
    figure.output_backend = "canvas"  # a page with many charts has more of them than browsers have WebGL contexts
    figure.title.update(
        text_color=colour("text"), text_font=SIZES["sans"], text_font_size="12.5px", text_font_style="bold"
    )
    for axis in figure.axis:
        axis.update(
            axis_label_text_color=colour("muted"),
            axis_label_text_font=SIZES["sans"],
            axis_label_text_font_size="11.5px",
            axis_label_text_font_style="normal",
            major_label_text_color=colour("muted"),
            major_label_text_font=SIZES["sans"],
            major_label_text_font_size="11.5px",
            axis_line_color=colour("line"),
            major_tick_line_color=colour("line"),
            minor_tick_line_color=None,
        )
    for grid in figure.grid:
        grid.update(grid_line_color=colour("line"), grid_line_alpha=0.45)
    for legend in figure.legend:
        legend.update(
            label_text_color=colour("text"),
            label_text_font=SIZES["sans"],
            label_text_font_size="11.5px",
            background_fill_color=None if dark is None else colour("surface"),
            background_fill_alpha=0.75,
            border_line_color=None,
            padding=4,
            spacing=0,
        )
    figure.toolbar.update(logo=None, autohide=True)


def styled(element: Any, theme: ChartTheme, *, kind: str = "", height: int = 220, **options: Any) -> Any:
    """A HoloViews element with what all our charts have in common; `options` are HoloViews' own and win.

    `kind` is the name of the element's type where it cannot be told, as of a DynamicMap.
    """
    usual = {
        "responsive": True,
        "height": height,
        "show_grid": True,
        "tools": ["hover"],
        "default_tools": list(_TOOLS),
        "active_tools": ["xbox_zoom"],
        "hooks": [theme.hook],
        "fontscale": 1,
    }
    return element.opts(getattr(hv.opts, kind or type(element).__name__)(**{**usual, **options}))


class Lines(Viewer):
    """Lines over time, one chart: what is shown can be replaced while somebody looks, and the zoom stays."""

    def __init__(
        self,
        theme: ChartTheme,
        *,
        title: str,
        unit: str,
        top: float | None = None,
        height: int = 200,
        empty: str = "nothing was measured",
        **params: Any,
    ) -> None:
        """`top` is where the scale ends, None: by the values. `empty` stands where there is no line."""
        super().__init__(**params)
        self._theme, self._title, self._unit, self._top, self._height = theme, title, unit, top, height
        self._value = f"value of {title}"  # charts whose dimensions bear the same name share their scale
        self._names: tuple[str, ...] = ()
        self._drawn_top = top
        self._until_h: float | None = None
        self._pipe: Any = None
        self._pane = pn.pane.HoloViews(None, sizing_mode="stretch_width", height=height, margin=0, visible=False)
        self._empty = pn.pane.HTML(
            "",
            stylesheets=[f".chart-empty {{ color: {_NEUTRAL}; font: 12.5px/1.5 {SIZES['sans']}; margin: 8px 0 }}"],
            sizing_mode="stretch_width",
            margin=0,
        )

        self.empty = empty

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._pane, self._empty, sizing_mode="stretch_width", margin=0)

    @property
    def empty(self) -> str:
        """What stands where there is no line."""
        return self._words

    @empty.setter
    def empty(self, words: str) -> None:
        self._words = words
        self._empty.object = f"<p class='chart-empty'><b>{self._title}</b><br>{words}</p>"

    def draw(
        self,
        lines: Mapping[str, Sequence[tuple[datetime, float]]],
        *,
        since: datetime,
        gap_s: float = 0,
        given: float = 0,
        until_h: float | None = None,
    ) -> None:
        """Show lines by name: points in the order of time, drawn by the hours since `since`.

        A line is broken between points that are farther apart than `gap_s` seconds (0: never). The scale goes to
        what was `given` and a little beyond (0: not known), as long as no value does; the time axis goes to
        `until_h` (None: to the last point).
        """
        frames = {name: _frame(points, since, gap_s).assign(name=name) for name, points in lines.items() if points}
        self._pane.visible, self._empty.visible = bool(frames), not frames
        if not frames:
            return
        most = max(value for points in lines.values() for _, value in points)
        top = given * _ABOVE if given and most <= given else self._top
        if (tuple(frames), top, until_h) == (self._names, self._drawn_top, self._until_h):
            self._pipe.send(frames)
            return
        self._names, self._drawn_top, self._until_h = tuple(frames), top, until_h
        self._pipe = hv.streams.Pipe(data=frames)
        self._pane.object = self._styled(hv.DynamicMap(self._draw, streams=[self._pipe]))

    def _draw(self, data: Mapping[str, pd.DataFrame]) -> Any:
        hover = HoverTool(
            tooltips=[
                ("", "@name"),
                (self._title, f"@{{{self._value}}}{{0.0}} {self._unit}"),
                ("after", "@after"),
                ("at", "@at{%F %T} UTC"),
            ],
            formatters={"@at": "datetime"},
            mode="mouse",
        )
        parts = []
        for i, (name, points) in enumerate(data.items()):
            colour = SERIES[i % len(SERIES)]
            frame = points.rename(columns={"value": self._value})
            curve = hv.Curve(frame, "hours", self._value, label=name).opts(color=colour, line_width=1.6)
            dots = hv.Points(frame.dropna(), ["hours", self._value], ["name", "at", "after"])
            parts += [curve, dots.opts(color=colour, size=4, tools=[hover])]
        return hv.Overlay(parts)

    def _styled(self, chart: Any) -> Any:
        options = {
            "title": self._title,
            "xlabel": "time since start (h:min)",
            "ylabel": self._unit,
            "xformatter": CustomJSTickFormatter(code=_SPAN_JS),  # one each: a model belongs to one document
            "show_legend": len(self._names) > 1,
            "legend_position": "right",
            "xlim": (0, self._until_h),  # around a single point Bokeh would show an hour before the start
            "ylim": (0, self._drawn_top),
            "tools": [],
            "padding": (0.02, 0.12),
            "backend_opts": {"plot.min_border_left": 64},  # charts below each other share their time axis
        }
        return styled(chart, self._theme, kind="Overlay", height=self._height, **options)


def _frame(points: Sequence[tuple[datetime, float]], since: datetime, gap_s: float) -> pd.DataFrame:
    rows: list[tuple[float, float, datetime | None, str]] = []
    before: datetime | None = None
    for at, value in points:
        hours = (at - since).total_seconds() / 3600
        if gap_s and before is not None and (at - before).total_seconds() > gap_s:
            rows.append((hours, math.nan, None, ""))
        rows.append((hours, value, at.astimezone(UTC).replace(tzinfo=None), _after(hours)))
        before = at
    frame = pd.DataFrame(rows, columns=["hours", "value", "at", "after"])
    frame["at"] = pd.to_datetime(frame["at"])
    return frame


def _after(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60}:{minutes % 60:02} h"
