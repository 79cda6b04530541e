"""The page around the views when they are served: slim bar, theme, first picture, and errors that can be read.

The document that the server sends already holds the first picture: the same scripts draw it before Panel's own
have been loaded, and the live components take its place when they stand.
"""

from __future__ import annotations

import html
import logging
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import panel as pn

from ..errors import ClausiusError
from ..runtime import Runtime
from ..state import BoardState
from . import theme
from .board import Board
from .client import AppBarClient, Client, json_text
from .cluster_card import fleet_summary

__all__ = ["ErrorPage", "error_page", "page"]

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent / "client"


def page(runtime: Runtime) -> pn.Template:
    """The board's page for one session, showing what its URL asks for. An error becomes a page that says it."""
    with ErrorPage() as guarded:
        guarded.page = _board_page(runtime)
    made: pn.Template = guarded.page
    return made


def _board_page(runtime: Runtime) -> pn.Template:
    state = BoardState(runtime)
    state.start(_query())
    board = Board(state, in_cell=False)
    bar = AppBarClient(sizing_mode="stretch_width", height=44, margin=0)

    def draw_bar(*_: Any) -> None:
        bar.put("bar", {"summary": fleet_summary(state.statuses), "text": state.text})

    bar.on_message = board.hear
    state.param.watch(draw_bar, ["statuses", "text"])
    draw_bar()
    return _template(board, bar)


def _query() -> str:
    """The query of the request's URL."""
    args = pn.state.session_args
    given = {key: [value.decode(errors="replace") for value in values] for key, values in args.items()}
    return urlencode(given, doseq=True)


def _template(board: Board, bar: AppBarClient) -> pn.Template:
    template = pn.Template((_HERE / "page.html").read_text(encoding="utf-8"))
    template.add_panel("bar", bar)
    template.add_panel("board", board)
    template.add_variable("title", "Clausius")
    template.add_variable("tokens", theme.tokens(":root"))
    template.add_variable("first", json_text([_first(bar), _first(board.client)]))
    return template


def _first(client: Client) -> dict[str, Any]:
    """What draws a component before it lives."""
    return {"script": client.script(), "style": client.style(), "parts": client.parts()}


def error_page(error: BaseException) -> pn.Template:
    """A page that says what went wrong and what to do; anything but our own errors with its traceback."""
    own = isinstance(error, ClausiusError)
    template = pn.Template((_HERE / "error.html").read_text(encoding="utf-8"))
    template.add_variable("title", "Clausius")
    template.add_variable("tokens", theme.tokens(":root"))
    template.add_variable("message", html.escape(str(error) or type(error).__name__))
    details = "" if own else "".join(traceback.format_exception(error))
    template.add_variable("details", html.escape(details))
    return template


class ErrorPage:
    """Whatever is raised within becomes the page; otherwise the browser waits for one that never comes."""

    def __init__(self) -> None:
        self.page: Any = None

    def __enter__(self) -> ErrorPage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        if not isinstance(error, ClausiusError):
            log.error("the page could not be made", exc_info=error)
        self.page = error_page(error)
        return True
