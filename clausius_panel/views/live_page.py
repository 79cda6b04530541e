"""A page that is kept up to date: it reads when the store has changed, and has clusters asked while it is seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import panel as pn

from ..errors import ClausiusError
from ..state.look import Look
from .client import Client
from .cluster_card import fleet_summary
from .far import far
from .page_client import PageClient
from .pages import PageView
from .shared import Shared

__all__ = ["LivePage"]

log = logging.getLogger(__name__)

TICK_MS = 1000

Message = dict[str, Any]


class LivePage(PageView):
    """One client over one `Look`. Subclasses say what is shown, and what each message does."""

    ACTS: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    """Kind of message: what is done, by a function or coroutine function of the page and the message."""

    def __init__(self, state: Look, client: PageClient, *, in_cell: bool = False, **params: Any) -> None:
        """Shows `state` as it is, so call its `start` before. `in_cell`: shown in a notebook, not in the shell."""
        super().__init__(**params)
        self._in_cell = in_cell
        self.look = state
        self.client = client
        self._reading = Shared()
        self._said = 0
        self._ticking: Any = None
        client.on_message = self.hear
        self._draw()
        state.param.watch(self._draw, [name for name in state.param if name not in ("name", "notice")])
        state.param.watch(self._say_notice, ["notice"])
        self._say_notice()  # of what the URL asks for

    def __panel__(self) -> pn.viewable.Viewable:
        if self._in_cell:
            self.client.hold()
        if self._ticking is None:
            # a coroutine function is what Panel wants here, whatever its annotation says
            self._ticking = pn.state.add_periodic_callback(self._tick, period=TICK_MS)  # type: ignore[arg-type]
        return self.client

    def stop(self) -> None:
        """End the ticking; what is shown stays. A page in the shell ends with its session by itself."""
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def first(self) -> list[Client]:
        """The page's client."""
        return [self.client]

    # ---- what subclasses say

    def filters(self) -> Any:
        """What is above the content and can be chosen; None for nothing."""

    def body(self) -> Any:
        """What the page is about."""

    def search(self) -> dict[str, Any]:
        """Text and hint of the app bar's search field; nothing hides it."""
        return {}

    async def begun(self) -> None:
        """The page stands in the browser."""

    # ---- showing

    async def refresh(self) -> None:
        """Read in a thread, show here; see `Shared`."""
        await self._reading(self._show_news)

    async def _show_news(self) -> None:
        self.look.show(await asyncio.to_thread(self.look.read))

    async def _tick(self) -> None:
        if not self._in_cell:  # a cell shows what the store has: what else a notebook runs must not change by it
            await asyncio.to_thread(self.look.poll)
        await self.refresh()

    def _draw(self, *_: Any) -> None:
        """Every part; those that say the same as before do not travel."""
        look, put = self.look, self.client.put
        ages = {
            one.cluster: {
                "as_of": one.freshness.as_of.timestamp() if one.freshness.as_of else None,
                "error": one.freshness.error,
            }
            for one in look.statuses
        }
        fleet = {"error": look.error, "asking": look.asking, "ages": ages, "interval": look.interval_s}
        put("fleet", {**fleet, "read_only": look.read_only, "is_read": look.is_read})
        put("filters", self.filters())
        put("body", self.body())
        put("query", look.to_query())
        self.bar = {"summary": fleet_summary(look.statuses), "text": None, "hint": "", **self.search()}

    def say(self, part: str, what: Message) -> None:
        """Send what is said once; the same thing said twice is two messages."""
        self._said += 1
        self.client.put(part, {**what, "n": self._said})

    def _say_notice(self, *_: Any) -> None:
        if (notice := self.look.notice) is not None:
            self.say("notice", {"text": notice.text, "kind": notice.kind})

    # ---- hearing

    async def hear(self, message: Message) -> None:
        """Do what the page asks for, and show it at once. What makes no sense is dropped."""
        kind = str(message.get("kind"))
        try:
            if kind == "begin":
                self._begin()
                await self.begun()
            elif (act := self.ACTS.get(kind) or _ACTS.get(kind)) is not None:
                done = act(self, message)
                if asyncio.iscoroutine(done):
                    await done
        except ClausiusError as error:
            self.look.say(str(error), is_error=True)
        except (ValueError, KeyError, TypeError) as error:  # a message that is not of ours
            log.info("message %s: %s", kind, error)
            return
        await self.refresh()

    async def change(self, act: Callable[[], Any]) -> Any:
        """Do something to the store in a thread, and show what it says then. Raises what it raises."""
        done = await far(act)
        self.look.read_anew()
        await self.refresh()
        return done

    def _begin(self) -> None:
        """In a notebook whatever was sent before this moment has been lost."""
        self.look.looked()
        if self._in_cell:
            self.client.release()
            self.client.repeat("fleet", "filters", "body")

    def _look(self, _: Message) -> None:
        self.client.release()
        self.look.looked()

    def _refresh_now(self, _: Message) -> None:
        self.look.refresh_now()

    def _query(self, message: Message) -> None:
        self.look.from_query(str(message["query"]))


_ACTS: dict[str, Callable[..., Any]] = {
    "look": LivePage._look,
    "query": LivePage._query,
    "refresh": LivePage._refresh_now,
}
"""What every page can ask for."""
