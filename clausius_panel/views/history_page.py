"""The page of history: any job or run of the past, found by words and filters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from ..errors import InvalidInput, StoreError
from ..queries.history import RUN_SORTS, HistoryRunPage
from ..queries.history_rows import SORTS
from ..runtime import Runtime
from ..saved_filters import forget_filter, save_filter, saved_filters
from ..state.history import AGE_DAYS, COLUMNS, FACETS, FIRST, USUAL_COLUMNS, HistoryState
from .client import json_text
from .history_export import FORMATS, MOST_ROWS, history_file
from .history_rows import JOB_COLUMNS, RUN_COLUMNS, column_of, job_row, run_row
from .live_page import LivePage, Message
from .sheet_client import HistoryClient
from .words import plural

__all__ = ["HistoryPage"]

ACTOR = "browser"

COUNT_S = 60.0
"""Counts of the same question are taken anew at most so often: they cost more than a page does."""

TITLES = {
    "clusters": "Cluster",
    "users": "User",
    "accounts": "Account",
    "partitions": "Partition",
    "qos": "QOS",
    "states": "State",
    "projects": "Project",
    "campaigns": "Campaign",
    "gpu_types": "GPU type",
}

_AGE_WORDS = {0: "whenever", 1: "1 day", 365: "1 year"}
_FILTERS = {*FACETS, "days", "grouped", "page_size", "since", "starred", "text", "until"}
_GREATEST_LAST = {
    "state",
    "name",
    "cluster",
    "user",
    "account",
    "partition",
    "qos",
    "project",
    "campaign",
    "exit_code",
}


class HistoryPage(LivePage):
    """Jobs of the past, as the URL asks for them. What selects them is counted after the rows are shown."""

    def __init__(self, runtime: Runtime, query: str, *, in_cell: bool = False) -> None:
        """Reads one page from the store. `in_cell`: sized to a cell, with its own search field."""
        self.state = HistoryState(runtime)
        self._counted: tuple[str, float] = ("", 0.0)
        self._counting = False
        self._saved: list[dict[str, str]] = []
        self.state.start(query)
        if not in_cell:
            self._read_saved()
        props = json_text({"cell": in_cell})
        size = {"sizing_mode": "stretch_width", "height": 640} if in_cell else {}
        super().__init__(self.state, HistoryClient(props=props, **size), in_cell=in_cell)

    def search(self) -> dict[str, Any]:
        """Every word must occur somewhere in a job's names."""
        return {"text": self.state.text, "hint": "Search name, id, run, project, account …"}

    def filters(self) -> dict[str, Any]:
        """What is chosen, and what there is to choose, with counts."""
        state = self.state
        return {
            "facets": [self._facet(name) for name in FACETS],
            "when": self._when(),
            "starred": state.starred,
            "text": state.text,
            "grouped": state.grouped,
            "narrowed": state.is_narrowed,
            "saved": self._saved,
            "read_only": state.read_only,
            "export": self._export_words(),
            "columns": [
                {"id": name, "title": JOB_COLUMNS[name].title, "shown": name in state.columns} for name in COLUMNS
            ],
        }

    def body(self) -> dict[str, Any]:
        """One page of rows."""
        state, page = self.state, self.state.rows
        by_run = isinstance(page, HistoryRunPage)
        shown = list(RUN_COLUMNS) if by_run else [name for name in COLUMNS if name in state.columns]
        kinds = RUN_COLUMNS if by_run else JOB_COLUMNS
        by_time = state.order in (FIRST, ("last_submit", True))
        rows: list[dict[str, Any]] = []
        if isinstance(page, HistoryRunPage):
            rows = [run_row(row) for row in page.rows]
        elif page is not None:
            rows = [job_row(row, shown) for row in page.rows]
        return {
            "columns": [column_of(name, kinds[name]) for name in shown],
            "rows": rows,
            "sortable": [name for name in shown if name in (RUN_SORTS if by_run else SORTS)],
            "sort": state.order[0],
            "descending": state.order[1],
            "older": page is not None and page.cursor is not None,
            "newer": bool(state.cursor),
            "back": "Newer" if by_time else "Back",
            "on": "Older" if by_time else "Next",
            "page_size": state.page_size,
            "range": self._range(len(rows), by_run=by_run),
            "question": state.question(),
            "empty": self._empty(len(rows)),
        }

    async def refresh(self) -> None:
        """Rows first, then how many there are."""
        await super().refresh()
        await self._count()

    async def begun(self) -> None:
        """The page stands."""
        self._counted = ("", 0.0)

    # ---- what is shown

    def _facet(self, name: str) -> dict[str, Any]:
        chosen = list(getattr(self.state, name))
        known = [{"value": one.value, "count": one.jobs} for one in self.state.facets.get(name, [])]
        listed = {one["value"] for one in known}
        rest = [{"value": value} for value in chosen if value not in listed]
        return {
            "id": name,
            "title": TITLES[name],
            "options": [*rest, *known],
            "chosen": chosen,
            "counted": name in self.state.facets,
        }

    def _when(self) -> dict[str, Any]:
        state = self.state
        days = sorted({*AGE_DAYS, state.days})
        dates = " to ".join(filter(None, [state.since, state.until])) if state.since and state.until else ""
        dates = dates or (f"from {state.since}" if state.since else f"until {state.until}" if state.until else "")
        return {
            "days": state.days if not dates else None,
            "since": state.since,
            "until": state.until,
            "options": [{"value": one, "text": _age(one)} for one in days],
            "said": dates or (_age(state.days) if state.days else ""),
        }

    def _range(self, count: int, *, by_run: bool) -> str:
        state, noun = self.state, "run" if by_run else "job"
        if not count:
            return "" if state.rows is None else f"no {noun}"
        total = "" if state.total is None else f" · {state.total:,} job{'' if state.total == 1 else 's'} selected"
        if state.cursor and not state.behind:
            return f"{plural(count, noun)} from the middle{total}"
        first = len(state.behind) * state.page_size + 1
        return f"{noun}s {first:,}\N{EN DASH}{first + count - 1:,}{total}"

    def _export_words(self) -> dict[str, Any]:
        total = self.state.total
        if total is not None and total > MOST_ROWS:
            text = f"{total:,} jobs are too many for one download ({MOST_ROWS:,}). Narrow the filters, or run: "
            return {"title": "Export", "text": f"{text}clausius history --csv", "formats": []}
        formats = [{"value": one, "text": form.title} for one, form in FORMATS.items()]
        title = "Export" if total is None else f"Export {plural(total, 'job')}"
        return {
            "title": title,
            "text": "Every column, those submitted first first; times in UTC.",
            "formats": formats,
        }

    def _empty(self, count: int) -> dict[str, Any] | None:
        state = self.state
        if count:
            return None
        if not state.is_read and not state.error:
            return {"title": "", "action": "loading"}
        if state.error:  # the banner says why
            return {"title": "Nothing was looked for", "text": "", "action": "reset" if state.is_narrowed else ""}
        if state.cursor:
            return {"title": "This page is past the end", "text": "", "action": "first"}
        if state.is_narrowed:
            return {"title": "No job matches these filters", "text": "", "action": "reset"}
        name = state.statuses[0].cluster if state.statuses else "CLUSTER"
        return {
            "title": "No job of the past is known yet",
            "text": "Jobs come here as they are seen on the board. To fetch what ran before, "
            "from Slurm's accounting or from files, in a terminal:",
            "codes": [f"clausius backfill {name} --since 2024-01-01", "clausius import PATH"],
        }

    # ---- counting, beside the rows

    async def _count(self) -> None:
        question, now = self.state.question(), time.monotonic()
        fresh = self._counted[0] == question and now - self._counted[1] < COUNT_S
        if fresh or self._counting or not self.state.is_read:
            return
        self._counting = True
        try:
            values = await asyncio.to_thread(self.state.count)
        except StoreError as error:
            self.state.error = str(error)
            return
        finally:
            self._counting = False
        if question == self.state.question():
            self._counted = (question, now)
            self.state.param.update(**values)

    # ---- what is asked for

    def _filter(self, message: Message) -> None:
        values = {name: value for name, value in dict(message["values"]).items() if name in _FILTERS}
        self.state.choose(values)

    def _sort(self, message: Message) -> None:
        """The first click sorts one way, the second the other, the third as at first."""
        column, state = str(message["column"]), self.state
        first_down = column not in _GREATEST_LAST
        if state.order[0] != column:
            state.choose({"sort": column, "descending": first_down})
        elif state.order[1] == first_down:
            state.choose({"sort": column, "descending": not first_down})
        else:
            state.choose({"sort": FIRST[0], "descending": FIRST[1]})

    def _columns(self, message: Message) -> None:
        chosen = [name for name in COLUMNS if name in list(message["columns"] or USUAL_COLUMNS)]
        self.state.columns = chosen or list(USUAL_COLUMNS)

    def _older(self, _: Message) -> None:
        self.state.older()

    def _newer(self, _: Message) -> None:
        self.state.newer()

    def _first(self, _: Message) -> None:
        self.state.choose({})

    def _reset(self, _: Message) -> None:
        self.state.reset()

    async def _save(self, message: Message) -> None:
        name, store = str(message["name"]), self.state.runtime.store
        query = self.state.to_query()
        await asyncio.to_thread(lambda: save_filter(store, "history", name=name, query=query, actor=ACTOR))
        await self._show_saved(f"saved as “{name.strip()}”")

    async def _forget(self, message: Message) -> None:
        name, store = str(message["name"]), self.state.runtime.store
        await asyncio.to_thread(lambda: forget_filter(store, "history", name=name, actor=ACTOR))
        await self._show_saved(f"“{name}” is deleted")

    async def _show_saved(self, text: str) -> None:
        await asyncio.to_thread(self._read_saved)
        self.client.put("filters", self.filters())
        self.state.say(text)

    def _read_saved(self) -> None:
        try:
            found = saved_filters(self.state.runtime.store, "history")
        except StoreError:  # `start` has said it
            found = []
        self._saved = [{"name": one.name, "query": one.query} for one in found]

    async def _export(self, message: Message) -> None:
        kind = str(message["format"])
        if kind not in FORMATS:
            raise InvalidInput("format", kind, f"use one of {', '.join(FORMATS)}")
        state = self.state
        make = partial(history_file, state.runtime.store, kind, filters=state.filters())
        file, rows = await asyncio.to_thread(make)
        self.say("saved", file)
        state.say(f"{file['name']}: {plural(rows, 'row')}")

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {
        "columns": _columns,
        "export": _export,
        "filter": _filter,
        "first": _first,
        "forget": _forget,
        "newer": _newer,
        "older": _older,
        "reset": _reset,
        "save": _save,
        "sort": _sort,
    }


def _age(days: int) -> str:
    return _AGE_WORDS.get(days, f"{days} days")
