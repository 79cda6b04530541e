"""The scripts and styles that run in the page, and the component that carries them there.

A client script is a plain ES module without imports, so that it needs no network in a notebook or a browser. It
is joined from the files of `views/client`; what it shows arrives as JSON, what is done in it leaves as messages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import panel as pn
import param

from . import theme
from .shown import shown

__all__ = ["BOARD_PARTS", "AppBarClient", "BoardClient", "Client", "json_text"]

_FILES = Path(__file__).parent / "client"

BOARD_PARTS = (
    "fleet",
    "bar",
    "table",
    "patch",
    "selection",
    "drawer",
    "log",
    "menu",
    "dialog",
    "notice",
    "query",
)
"""What a board shows, part by part; only parts that changed travel."""


def _read(*names: str) -> str:
    return "\n".join((_FILES / name).read_text(encoding="utf-8") for name in names)


def json_text(value: Any) -> str:
    r"""JSON that is safe inside a script element too; text that is not valid Unicode becomes escapes.

    >>> print(json_text({"name": "</script>"}))
    {"name": "\u003c/script>"}
    """
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")


class Client(pn.custom.JSComponent):
    """Carries one client script; `on_message` is called with each message that comes back."""

    PARTS: ClassVar[tuple[str, ...]] = BOARD_PARTS
    """What it shows, part by part."""

    is_live = param.Boolean(
        default=True, constant=True, doc="False only in the picture drawn before the page is connected."
    )

    heard = param.String(default="0", doc="JSON: number of the last message that was heard and answered.")

    props = param.String(default="{}", constant=True, doc="JSON: what stays the same for the life of the page.")

    on_message: Callable[[dict[str, Any]], Coroutine[Any, Any, None]] | None = None

    @classmethod
    def script(cls) -> str:
        """The ES module; it exports `render({model})`."""
        return str(cls._esm)

    @classmethod
    def style(cls) -> str:
        """Its style sheet."""
        return "\n".join(map(str, cls._stylesheets))

    def parts(self) -> dict[str, Any]:
        """What it shows at this moment, as the script's `model` has it."""
        own = [name for name in self.param if name in ("props", *self.PARTS)]
        return {name: getattr(self, name) for name in own}

    _held: dict[str, str] | None = None

    def put(self, name: str, value: Any) -> None:
        """Show one part, its texts made fit to be seen; nothing travels if it says the same as before."""
        text = json_text(shown(value))
        if self._held is not None and self._models:
            self._held[name] = text
        elif getattr(self, name).rstrip() != text:
            self.param.update(**{name: text})

    def hold(self) -> None:
        """Send nothing until `release`, for a page that is only coming to stand.

        In a notebook Panel sends a message in three parts. A page that begins to listen between them takes each
        part that follows for another, and shows nothing new ever after.
        """
        self._held = {}

    def release(self) -> None:
        """The page stands: send what was held back."""
        held, self._held = self._held or {}, None
        self.param.update(**{name: text for name, text in held.items() if getattr(self, name).rstrip() != text})

    def repeat(self, *names: str) -> None:
        """Send parts again though they have not changed: a blank at the end makes them differ."""
        self.param.update(
            **{name: text[:-1] if (text := getattr(self, name)).endswith(" ") else f"{text} " for name in names}
        )

    def _handle_msg(self, data: Any) -> None:
        if self.on_message is not None and isinstance(data, dict):
            pn.state.execute(partial(self._hear, self.on_message, data))

    async def _hear(self, on_message: Callable[[dict[str, Any]], Coroutine[Any, Any, None]], data: Any) -> None:
        """Until its message counts as heard, the page goes by what was done there, whatever is sent to it."""
        try:
            await on_message(data)
        finally:
            if isinstance(number := data.get("n"), int):
                self.put("heard", number)


class BoardClient(Client):
    """The board in the page."""

    bar = param.String(default="null", doc="JSON: the filter bar.")

    dialog = param.String(default="null", doc="JSON: the question or report to show.")

    drawer = param.String(default="null", doc="JSON: the opened job.")

    fleet = param.String(default="null", doc="JSON: the cards.")

    log = param.String(default="null", doc="JSON: the log of the opened job.")

    menu = param.String(default="null", doc="JSON: the menu that was asked for.")

    notice = param.String(default="null", doc="JSON: the line to say.")

    patch = param.String(default="null", doc="JSON: what changed of the table.")

    query = param.String(default='""', doc="JSON: the filters as a URL's query.")

    selection = param.String(default="[]", doc="JSON: keys of the selected jobs.")

    table = param.String(default="null", doc="JSON: one page of jobs.")

    _esm = _read(
        "dom.js",
        "overlay.js",
        "cards.js",
        "filter_bar.js",
        "table.js",
        "log_rich.js",
        "log_tree.js",
        "log_viewer.js",
        "log.js",
        "drawer.js",
        "board.js",
    )

    _stylesheets = [theme.tokens() + _read("base.css", "board.css", "log.css")]


class AppBarClient(Client):
    """The slim bar above every page."""

    PARTS = ("bar", "found")

    bar = param.String(default="null", doc="JSON: the fleet in one line, and the text that is searched for.")

    found = param.String(default="null", doc="JSON: places to go to.")

    _esm = _read("dom.js", "jump.js", "app_bar.js")

    _stylesheets = [theme.tokens() + _read("base.css", "app_bar.css", "jump.css")]
