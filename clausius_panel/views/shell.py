"""The frame around every page that is served: bar, sidebar, theme, first picture, and errors that can be read.

The document that the server sends already holds the first picture: the same scripts draw it before Panel's own
have been loaded, and the live components take its place when they stand. Every page is a document of its own,
chosen by `page` in the URL's query, so that links, back and forward are the browser's own.
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

from ..errors import ClausiusError, InvalidInput
from ..model.printable import printable
from ..runtime import Runtime
from . import theme
from .app_bar import AppBar
from .client import Client, json_text
from .links import page_link
from .pages import HOME, PAGES, PageKind, PageView

__all__ = ["ErrorPage", "Framed", "error_page", "page"]

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent / "client"


class Framed(pn.Template):
    """A template whose document bears the page's own title, whatever the server calls all of them."""

    def __init__(self, text: str, *, title: str) -> None:
        super().__init__(text)
        self._title = title

    def server_doc(self, doc: Any = None, title: str | None = None, location: Any = True) -> Any:
        """As Panel has it, under our title."""
        return super().server_doc(doc, self._title, location)


def page(runtime: Runtime) -> pn.Template:
    """The page that the request's URL asks for, for one session. An error becomes a page that says it."""
    with ErrorPage() as guarded:
        guarded.page = _page(runtime)
    made: pn.Template = guarded.page
    return made


def _page(runtime: Runtime) -> pn.Template:
    name = _name()
    if (kind := PAGES.get(name)) is None:
        raise InvalidInput("page", name, f"there are {', '.join(PAGES)}")
    view = kind.make(runtime, _query())
    bar = AppBar(runtime, view)
    return _template(name, kind, view, bar)


def _name() -> str:
    """The page's name; a number is a page of the board's table."""
    given = pn.state.session_args.get("page", [b""])[-1].decode(errors="replace")
    return HOME if not given or given.isdigit() else given


def _query() -> str:
    """The query of the request's URL."""
    args = pn.state.session_args
    given = {key: [value.decode(errors="replace") for value in values] for key, values in args.items()}
    return urlencode(given, doseq=True)


def _template(name: str, kind: PageKind, view: PageView, bar: AppBar) -> pn.Template:
    template = Framed(_text("page.html"), title=f"{printable(view.heading or kind.title)} · Clausius")
    template.add_panel("bar", bar.client)
    template.add_panel("board", view)
    template.add_variable("tokens", theme.tokens(":root"))
    template.add_variable("sidebar_style", _text("sidebar.css"))
    template.add_variable("sidebar_script", _text("sidebar.js"))
    template.add_variable("links", _links(kind.parent or name))
    clients = [bar.client, *view.first()]
    _hold(clients)
    first = [{**_first(one), "area": "main" if at else "bar"} for at, one in enumerate(clients)]
    template.add_variable("first", json_text(first))
    template.add_variable("waits", len(first) == 1)
    return template


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _links(current: str = "") -> list[dict[str, Any]]:
    """The pages of the sidebar."""
    return [
        {"href": page_link(name), "title": kind.title, "icon": kind.icon, "key": kind.key, "on": name == current}
        for name, kind in PAGES.items()
        if kind.in_sidebar
    ]


def _hold(clients: list[Client]) -> None:
    """Send nothing before the document is connected.

    Until then Panel puts changes off, and may apply an old one after a newer one that went straight out.
    """

    def release() -> None:
        for client in clients:
            client.release()

    for client in clients:
        client.hold()
    pn.state.onload(release)


def _first(client: Client) -> dict[str, Any]:
    """What draws a component before it lives."""
    return {"script": client.script(), "style": client.style(), "parts": client.parts()}


def error_page(error: BaseException) -> pn.Template:
    """A page that says what went wrong and what to do; anything but our own errors with its traceback."""
    own = isinstance(error, ClausiusError)
    template = pn.Template(_text("error.html"))
    template.add_variable("title", "Clausius")
    template.add_variable("tokens", theme.tokens(":root"))
    template.add_variable("links", _links())
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
