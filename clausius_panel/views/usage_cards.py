"""Cards of the usage page: a chart with its title, its legend and its files."""

from __future__ import annotations

import html
from typing import Any

import panel as pn

from .page_client import joined
from .usage_drawing import Chart, render

__all__ = ["GRID", "Card", "figure_of"]

GRID = joined("usage_grid.css")
"""Style of the place that holds the cards."""

_CARD = joined("usage_card.css")
_HEAD = joined("usage_head.css")


class Card:
    """One chart with its title, legend and files."""

    def __init__(self) -> None:
        self.chart: Chart | None = None
        self._head = pn.pane.HTML("", stylesheets=[_HEAD], sizing_mode="stretch_width", margin=0)
        self._pane = pn.pane.Bokeh(None, sizing_mode="stretch_width", margin=0)
        self.layout = pn.Column(self._head, self._pane, stylesheets=[_CARD], sizing_mode="stretch_width", margin=0)

    def show(self, chart: Chart, figure: Any) -> None:
        """Replace what is shown."""
        self.chart = chart
        self._head.object = _head(chart)
        self._pane.visible = figure is not None
        self._pane.object = figure
        self.layout.css_classes = ["wide"] if chart.wide else []


def figure_of(chart: Chart) -> Any:
    """The Bokeh figure; None where there is nothing to draw. May run in a thread."""
    return None if chart.element is None else render(chart)


def _head(chart: Chart) -> str:
    """Title, note, files and legend; what comes from clusters is escaped."""
    quote = html.escape
    title = f'<div class="head"><h2 title="{quote(chart.title)}">{quote(chart.title)}</h2>'
    if chart.element is None:
        return f'{title}</div><p class="none">{quote(chart.note)}</p>'
    chart_id = quote(chart.id)
    files = "".join(
        f'<button type="button" data-file="{kind}" data-chart="{chart_id}" title="Keep as {kind}">{kind}</button>'
        for kind in ("PNG", "SVG", "CSV")
    )
    names = "".join(
        _layer(chart_id, quote(name), tone, selects=bool(chart.legend_of)) for name, tone in chart.legend
    )
    legend = f'<ul class="legend" data-dimension="{quote(chart.legend_of)}">{names}</ul>' if names else ""
    return f'{title}<span class="note">{quote(chart.note)}</span><span class="files">{files}</span></div>{legend}'


def _layer(chart_id: str, name: str, tone: str, *, selects: bool) -> str:
    """One name of a legend: its swatch hides it, its name selects it, if it can. The name is escaped already."""
    select = (
        f'<button type="button" data-value="{name}" data-chart="{chart_id}" title="Only {name}">{name}</button>'
    )
    return (
        f'<li><button type="button" class="swatch" aria-pressed="true" aria-label="Show {name}" '
        f'title="Hide or show" data-layer="{name}" data-chart="{chart_id}" '
        f'style="background:{tone};border-color:{tone}"></button>'
        f"{select if selects else f'<span>{name}</span>'}</li>"
    )
