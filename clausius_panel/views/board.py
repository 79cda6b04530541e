"""The live board: what a session looks at, drawn; for a notebook cell or inside the shell's page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import panel as pn
from panel.viewable import Viewer

from ..runtime import Runtime
from ..state import DEFAULT_COLUMNS, BoardState
from ..state.filters import read_key
from .board_acts import BoardActs, read_keys
from .client import BoardClient, json_text
from .cluster_card import card
from .filter_bar import filter_bar
from .job_detail import job_detail
from .job_table import key_text, table
from .log_view import LogPane
from .shared import Shared
from .table_patch import TableSender

__all__ = ["Board"]

log = logging.getLogger(__name__)

TICK_MS = 1000


class Board(Viewer):
    """Cards, filters, table and drawer over one `BoardState`.

    Give it a `Runtime` in a notebook cell; `shell.page` gives it a state. It polls as long as somebody looks.
    """

    def __init__(self, source: Runtime | BoardState, *, in_cell: bool = True, **params: Any) -> None:
        """Reads the store once, at once. `in_cell`: sized to a cell, with its own search field."""
        super().__init__(**params)
        if isinstance(source, BoardState):
            self.state = source
        else:
            self.state = BoardState(source, actor="notebook")
            self.state.start()
        self._reading = Shared()
        self._said, self._in_cell = 0, in_cell
        self._fleet: dict[str, Any] = {}
        self._ticking: Any = None
        self.client = BoardClient(
            props=json_text({"cell": in_cell, "search": in_cell}),
            sizing_mode="stretch_width" if in_cell else "stretch_both",
            height=640 if in_cell else None,
            margin=0,
        )
        self.client.on_message = self.hear
        self.log = LogPane(self.state, self.client.put)
        self.acts = BoardActs(self.state, self._say, self.refresh)
        self._table = TableSender(self.client.put)
        self._draw()
        drawn = [name for name in self.state.param if name not in ("name", "notice", "outcome")]
        self.state.param.watch(self._draw, drawn)
        self.state.param.watch(self._say_notice, ["notice"])
        self.state.param.watch(self._say_outcome, ["outcome"])

    def __panel__(self) -> pn.viewable.Viewable:
        if self._in_cell:
            self.client.hold()
        if self._ticking is None:
            # a coroutine function is what Panel wants here, whatever its annotation says
            self._ticking = pn.state.add_periodic_callback(self._tick, period=TICK_MS)  # type: ignore[arg-type]
        return self.client

    def stop(self) -> None:
        """End the ticking; the board stays as it is. A page's board ends with its session by itself."""
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    # ---- showing

    async def refresh(self) -> None:
        """Read in a thread, show here; see `Shared`."""
        await self._reading(self._show_news)

    async def _show_news(self) -> None:
        self.state.show(await asyncio.to_thread(self.state.read))

    async def _tick(self) -> None:
        await asyncio.to_thread(self.state.poll)
        self.log.open()
        await self.refresh()

    def _draw(self, *_: Any) -> None:
        """Every part; those that say the same as before do not travel."""
        state, show = self.state, self.client.put
        asking = set(state.asking)
        cards = [
            card(status, asking=status.cluster in asking, interval_s=state.interval_s) for status in state.statuses
        ]
        fleet = {"cards": cards, "error": state.error}
        if fleet != self._fleet:
            self._fleet = fleet
            show("fleet", {**fleet, "now": time.time()})
        show("bar", filter_bar(state))
        self._table.send(table(state))
        show("selection", [key_text(key) for key in state.selected])
        show("drawer", job_detail(state))
        show("query", state.to_query())

    def _say(self, part: str, what: dict[str, Any]) -> None:
        """The same thing said twice is two messages."""
        self._said += 1
        self.client.put(part, {**what, "n": self._said})

    def _say_notice(self, *_: Any) -> None:
        if (notice := self.state.notice) is not None:
            self._say("notice", {"text": notice.text, "kind": notice.kind})

    def _say_outcome(self, *_: Any) -> None:
        if self.state.outcome is not None:
            self.acts.tell_outcome(self.state.outcome)

    # ---- hearing

    async def hear(self, message: dict[str, Any]) -> None:
        """Do what the page asks for, and show it at once. What makes no sense is dropped."""
        act = _ACTS.get(str(message.get("kind")))
        if act is None:
            return
        try:
            act(self, message)
        except ValueError as error:  # param's word for a value of the wrong kind
            log.info("message %s: %s", message.get("kind"), error)
            return
        self.log.open()
        await self.refresh()

    def _filter(self, message: dict[str, Any]) -> None:
        values = {name: value for name, value in dict(message["values"]).items() if name in _FILTERS}
        self.state.param.update(**values, page=1)

    def _sort(self, message: dict[str, Any]) -> None:
        """The first click sorts one way, the second the other, the third as at first."""
        column, state = message["column"], self.state
        first_down = column in _GREATEST_FIRST
        if state.sort != column:
            state.param.update(sort=column, descending=first_down, page=1)
        elif state.descending == first_down:
            state.param.update(descending=not first_down, page=1)
        else:
            state.param.update(sort="state", descending=False, page=1)

    def _columns(self, message: dict[str, Any]) -> None:
        self.state.columns = list(message["columns"] or DEFAULT_COLUMNS)

    def _page(self, message: dict[str, Any]) -> None:
        self.state.page = message["page"]

    def _page_size(self, message: dict[str, Any]) -> None:
        self.state.param.update(page_size=message["size"], page=1)

    def _select(self, message: dict[str, Any]) -> None:
        keys = read_keys(message["keys"])
        if keys is None:
            self.state.selected = []
        elif message["on"]:
            self.state.selected = list(dict.fromkeys([*self.state.selected, *keys]))
        else:
            self.state.selected = [key for key in self.state.selected if key not in keys]

    def _open(self, message: dict[str, Any]) -> None:
        key = read_key(str(message["key"])) if message["key"] else None
        if message["key"] and key is None:
            raise ValueError(f"no job's name: {message['key']!r}")
        attempt = int(key[2]) if key and len(key) > 2 else None
        self.state.param.update(
            opened=(key[0], key[1]) if key else None, attempt=attempt, tab=self.state.tab if key else ""
        )

    def _tab(self, message: dict[str, Any]) -> None:
        self.state.tab = message["tab"]

    def _log(self, message: dict[str, Any]) -> None:
        self.log.hear(message)

    def _refresh_now(self, _: dict[str, Any]) -> None:
        self.state.refresh_now()

    def _auto(self, message: dict[str, Any]) -> None:
        self.state.auto_refresh = message["on"]

    def _query(self, message: dict[str, Any]) -> None:
        self.state.ask(str(message["query"]))

    def _reset(self, _: dict[str, Any]) -> None:
        self.state.reset()

    def _begin(self, _: dict[str, Any]) -> None:
        """The page stands. In a notebook whatever was sent before this moment has been lost."""
        self.state.looked()
        if self._in_cell:
            self.client.release()
            self.client.repeat(*_KEPT)
        self._table.renew(always=self._in_cell)
        if not self._said:
            self._say_notice()  # of the address that was asked for, before there was a page to say it

    def _table_again(self, _: dict[str, Any]) -> None:
        """The page has missed a patch of the table."""
        self._table.renew(always=True)

    def _look(self, _: dict[str, Any]) -> None:
        self.client.release()
        self.state.looked()


_KEPT = ("fleet", "bar", "selection", "drawer", "log")
_FILTERS = {"clusters", "states", "users", "mine", "partitions", "accounts", "text", "ended_within_h", "cleared"}
_GREATEST_FIRST = {"nodes", "cpus", "memory", "gpus", "submitted", "started", "ended", "time", "priority"}
_FORWARDED: dict[str, Callable[[BoardActs, dict[str, Any]], None]] = {
    "ask": BoardActs.ask,
    "board-menu": BoardActs.open_board_menu,
    "clear": BoardActs.clear,
    "do": BoardActs.do,
    "keep": BoardActs.keep,
    "menu": BoardActs.open_menu,
    "restore": BoardActs.restore,
}


def _forward(verb: Callable[[BoardActs, dict[str, Any]], None], board: Board, message: dict[str, Any]) -> None:
    verb(board.acts, message)


_ACTS: dict[str, Callable[[Board, dict[str, Any]], None]] = {
    "again": Board._table_again,
    "auto": Board._auto,
    "begin": Board._begin,
    "columns": Board._columns,
    "filter": Board._filter,
    "log": Board._log,
    "look": Board._look,
    "open": Board._open,
    "page": Board._page,
    "page-size": Board._page_size,
    "query": Board._query,
    "refresh": Board._refresh_now,
    "reset": Board._reset,
    "select": Board._select,
    "sort": Board._sort,
    "tab": Board._tab,
    **{kind: partial(_forward, verb) for kind, verb in _FORWARDED.items()},
}
"""What the page can ask for."""
