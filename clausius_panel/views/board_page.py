"""The live board as a page of the shell."""

from __future__ import annotations

from typing import Any

import panel as pn

from ..runtime import Runtime
from ..state import BoardState
from .board import Board
from .client import Client
from .cluster_card import fleet_summary
from .job_run_switch import job_run_switch
from .pages import PageView

__all__ = ["BoardPage"]


class BoardPage(PageView):
    """A `Board` that shows what the URL asks for; its search stands in the app bar."""

    def __init__(self, runtime: Runtime, query: str, **params: Any) -> None:
        """Reads the store once."""
        super().__init__(**params)
        self._state = BoardState(runtime)
        self._state.start(query)
        self._board = Board(self._state, in_cell=False)
        shared = ["clusters", "users", "mine", "text", "ended_within_h", "cleared"]
        self._state.param.watch(self._draw_bar, ["statuses", *shared])
        self._draw_bar()

    def first(self) -> list[Client]:
        """The board itself."""
        return [self._board.client]

    async def hear(self, message: dict[str, Any]) -> None:
        """Search, as if it were typed on the board."""
        await self._board.hear(message)

    def _draw_bar(self, *_: Any) -> None:
        self.bar = {
            "summary": fleet_summary(self._state.statuses),
            "text": self._state.text,
            "hint": "Search name, id, user, account, node …",
            "switch": job_run_switch("board", self._state.to_query()),
        }

    def __panel__(self) -> pn.viewable.Viewable:
        return self._board.__panel__()
