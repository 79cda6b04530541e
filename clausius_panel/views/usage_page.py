"""The page of usage: who used what and when, how long it took to start, and how well it was used."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast, get_args

import panel as pn

from ..errors import InvalidInput
from ..queries.reports import report
from ..reports import MEDIA_TYPES, ReportFormat
from ..reports import render as render_report
from ..runtime import Runtime
from ..state.usage import FACETS, UsageState
from ..state.usage_found import UsageFound
from .cell_column import CellColumn
from .charts import ChartTheme
from .client import json_text
from .live_page import LivePage, Message
from .usage_cards import GRID, Card, figure_of
from .usage_charts import charts_of
from .usage_client import UsageClient
from .usage_drawing import Chart
from .usage_tables import tables
from .usage_words import filter_words, tiles

__all__ = ["UsagePage"]

_SETTABLE = {
    *FACETS,
    "all_values",
    "bars",
    "basis",
    "bins",
    "complete_only",
    "days",
    "group",
    "period",
    "segments",
    "since",
    "tab",
    "times",
    "tz",
    "until",
}


class UsagePage(LivePage):
    """Figures, charts and tables about the days and jobs that the URL asks for; computed in a thread.

    In a notebook's cell they are there at once, and stand on a ground of their own.
    """

    def __init__(self, runtime: Runtime, query: str, *, in_cell: bool = False) -> None:
        """Reads nothing yet: the page shows what it waits for. In a cell it reads all at once."""
        self.state = UsageState(runtime)
        self.state.from_query(query)
        self._scope = f"{secrets.token_hex(4)}-" if in_cell else ""  # by which charts of two cells are told apart
        self._theme = ChartTheme()
        self._grid = pn.Column(stylesheets=[GRID], sizing_mode="stretch_width", margin=0)
        self._cards: dict[str, Card] = {}
        self._drawn = ""  # the question that the charts answer
        self._busy = True
        self._took_s = 0.0
        props = json_text({"cell": in_cell, "scope": self._scope})
        super().__init__(self.state, UsageClient(props=props), in_cell=in_cell)
        if in_cell:
            self._compute_at_once()

    def __panel__(self) -> pn.viewable.Viewable:
        client = super().__panel__() if self._in_cell else self.client
        if self._in_cell:
            return CellColumn(client, self._grid, self._theme, dark=self._theme.param.dark)
        return pn.Column(client, self._grid, self._theme, sizing_mode="stretch_width", margin=0)

    def filters(self) -> dict[str, Any]:
        """What is chosen, and what there is to choose."""
        return filter_words(self.state)

    def body(self) -> dict[str, Any]:
        """The figures, and how they came about."""
        state, found = self.state, self.state.found
        empty = found is not None and _is_empty(found)
        return {
            "tab": state.tab,
            "busy": self._busy,
            "tiles": tiles(found) if found is not None else [],
            "as_of": found.as_of.timestamp() if found is not None else None,
            "took": _took(found, self._took_s) if found is not None and not self._busy else "",
            "empty": _empty(narrowed=state.is_narrowed) if empty else _failed(state, busy=self._busy),
            "waits": self._busy and state.tab != "efficiency" and not self._cards,
            "tables": tables(found, state.tab) if found is not None and not empty else [],
        }

    async def begun(self) -> None:
        """The page stands."""

    def _compute_at_once(self) -> None:
        self.look.show(self.state.read())
        if (found := self.state.found) is not None:
            charts = self._charts(found)
            self._place(charts)
            for chart in charts:
                self._cards[chart.id].show(chart, figure_of(chart))
            self._drawn = self.state.question()
        self._show_busy(busy=False)

    def _charts(self, found: UsageFound) -> list[Chart]:
        if _is_empty(found):  # charts without a job would stand under words that say so
            return []
        charts = charts_of(self.state.tab, found, self._theme, choices=self.state.choices())
        return [replace(chart, id=f"{self._scope}{chart.id}") for chart in charts]

    def _place(self, charts: list[Chart]) -> None:
        """A card for each chart, those that were there before as they are."""
        cards = {chart.id: self._cards.get(chart.id) or Card() for chart in charts}
        self._grid.css_classes = ["pairs"] if self.state.tab == "waiting" or _makes_pairs(charts) else []
        if list(cards) != list(self._cards):
            self._grid.objects = [card.layout for card in cards.values()]
        self._cards = cards

    # ---- computing

    async def _show_news(self) -> None:
        """Compute and draw in threads; what is shown stays until the new charts are there."""
        began, question = time.monotonic(), self.state.question()
        if self._drawn == question and self.state.found is not None:
            if self._busy:  # with another question, that was taken back
                self._show_busy(busy=False)
            return
        self._show_busy(busy=True)
        try:
            self.look.show(await asyncio.to_thread(self.state.read))
            found = self.state.found
            if found is None or question != self.state.question():
                return
            charts = await asyncio.to_thread(self._charts, found)
            if question == self.state.question() and await self._draw_charts(charts, question):
                self._drawn = question
        finally:
            self._took_s = time.monotonic() - began
            self._show_busy(busy=question != self.state.question())  # then it goes on with what is asked for now

    def _show_busy(self, *, busy: bool) -> None:
        self._busy = busy
        self._grid.styles = {"opacity": "0.5" if busy else "1"}
        if not busy and self.state.found is None:
            self._grid.objects, self._cards = [], {}
        self.client.put("body", self.body())

    async def _draw_charts(self, charts: list[Chart], question: str) -> bool:
        """Put one figure after the other into the cards; False where something else is asked for meanwhile."""
        self._place(charts)
        self._grid.styles = {"opacity": "1"}
        for chart in charts:
            self._cards[chart.id].show(chart, await asyncio.to_thread(figure_of, chart))
            if question != self.state.question():
                return False
        return True

    # ---- hearing

    def _filter(self, message: Message) -> None:
        values = {name: value for name, value in dict(message["values"]).items() if name in _SETTABLE}
        self.state.param.update(**values)

    def _pick(self, message: Message) -> None:
        """A bar or a name in a legend was clicked: only that, or everything again."""
        name, value = str(message["dimension"]), str(message["value"])
        if name not in FACETS:
            raise InvalidInput("filter", name, f"use one of {', '.join(FACETS)}")
        if value.startswith(("Others (", "others (", "(none)", "not said")):
            self.state.say("this stands for several names, or for none: choose in the filters above")
            return
        if name == "accounts" and self.state.segments:
            self.state.say("this stands for several accounts: show whole names to choose one")
            return
        chosen = list(getattr(self.state, name))
        self.state.param.update(**{name: [] if chosen == [value] else [value]})

    def _brush(self, message: Message) -> None:
        """A stretch of time was drawn: milliseconds since 1970, as the clock of the zone shows them."""
        start, end = (_date(float(message[key])) for key in ("x0", "x1"))
        self.state.param.update(since=start.isoformat(), until=end.isoformat())

    def _reset(self, _: Message) -> None:
        self.state.reset()

    def _anew(self, _: Message) -> None:
        self.state.read_anew()
        self._drawn = ""

    def _csv(self, message: Message) -> None:
        card = self._cards.get(str(message["chart"]))
        if card is None or card.chart is None:
            raise InvalidInput("chart", message["chart"], "it is not shown any more")
        name = f"usage-{card.chart.id.removeprefix(self._scope)}.csv"
        self.say(
            "saved", {"name": name, "type": "text/csv;charset=utf-8", "text": card.chart.table.to_csv(index=False)}
        )

    async def _report(self, message: Message) -> None:
        """Make a report of the chosen clusters; users bear pseudonyms unless names are asked for."""
        year, number = (int(part) for part in str(message["period"]).split("-"))
        state, form = self.state, str(message["format"])
        if form not in get_args(ReportFormat):
            raise InvalidInput("format", form, f"use one of {', '.join(get_args(ReportFormat))}")

        def make() -> tuple[str, bytes]:
            made = report(
                state.runtime.store,
                cast("Any", str(message["report"])),
                year=year,
                number=number,
                tz=state.tz,
                anonymous=not message["names"],
                **state.filters(),
            )
            return made.title, render_report(made, cast("ReportFormat", form))

        title, content = await asyncio.to_thread(make)
        name = f"{re.sub('[^0-9A-Za-z]+', '-', title).strip('-').lower()}.{form}"
        data = base64.b64encode(content).decode()
        self.say("saved", {"name": name, "type": MEDIA_TYPES[cast("ReportFormat", form)], "base64": data})
        state.say(f"{name} is ready")

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {
        "brush": _brush,
        "csv": _csv,
        "filter": _filter,
        "pick": _pick,
        "refresh": _anew,
        "report": _report,
        "reset": _reset,
    }


def _makes_pairs(charts: list[Chart]) -> bool:
    """Whether three in a row would leave one chart alone, where two leave none."""
    narrow = sum(not chart.wide for chart in charts)
    return narrow % 2 == 0 and narrow % 3 != 0


def _is_empty(found: UsageFound) -> bool:
    """Whether no job started or ran in these days."""
    return not found.board.summary.jobs and not found.board.summary.node_hours


def _took(found: UsageFound, seconds: float) -> str:
    return f"computed in {max(seconds, found.took_s):.1f} s from {found.board.summary.jobs:,} jobs"


def _empty(*, narrowed: bool) -> dict[str, Any]:
    if narrowed:
        return {"title": "No job of these days matches the filters", "text": "", "action": "reset"}
    return {
        "title": "No job ran in these days",
        "text": "Choose other days, or fetch what ran before, from Slurm's accounting or files, in a terminal:",
        "codes": ["clausius backfill CLUSTER --since 2024-01-01", "clausius import PATH"],
    }


def _failed(state: UsageState, *, busy: bool) -> dict[str, Any] | None:
    """What stands where the charts would, where the question itself is wrong."""
    if busy or state.found is not None or not state.error:
        return None
    text = "The link asks for days or a time zone that there are not, or for names that no job has."
    return {"title": "This cannot be counted", "text": text, "action": "reset", "button": "Count the usual days"}


def _date(milliseconds: float) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
