"""The slim bar above every page: the fleet in one line, the page's search, and "go to"."""

from __future__ import annotations

import asyncio
from typing import Any

import panel as pn

from .. import queries
from ..runtime import Runtime
from .client import AppBarClient, json_text
from .cluster_card import fleet_summary
from .jump import find
from .pages import PageView

__all__ = ["AppBar"]


class AppBar:
    """Stands above one page and passes on what is typed there."""

    def __init__(self, runtime: Runtime, page: PageView) -> None:
        """Raises `StoreError` where the page leaves the summary to the bar and it cannot be had."""
        self._runtime, self._page = runtime, page
        self._asked = ""
        # a page without a first picture of its own cannot say that it lives: the bar does
        self.client = AppBarClient(
            props=json_text({"announces": not page.first()}), sizing_mode="stretch_width", height=44, margin=0
        )
        self.client.on_message = self.hear
        page.param.watch(self._draw, ["bar"])
        self._draw()

    def _draw(self, *_: Any) -> None:
        shown = self._page.bar
        if shown is None:
            shown = {"summary": fleet_summary(queries.cluster_status(self._runtime.store))}
        self.client.put("bar", {"text": None, "hint": "", **shown})

    async def hear(self, message: dict[str, Any]) -> None:
        """Look for places to go to, or let the page hear."""
        if message.get("kind") != "jump":
            await self._page.hear(message)
            return
        asked = self._asked = str(message.get("text", ""))
        found = await asyncio.to_thread(find, self._runtime, asked)
        if asked == self._asked:  # an older answer is not what was typed last
            self.client.put("found", {"asked": asked, "found": found})

    def __panel__(self) -> pn.viewable.Viewable:
        return self.client
