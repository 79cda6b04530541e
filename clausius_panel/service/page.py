"""The page's server: Panel's own Tornado, behind our token."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import panel as pn
from tornado.websocket import WebSocketClosedError

from ..runtime import Runtime
from ..views import shell
from .address import PAGE_PORT, cannot_listen, free_port, own_names
from .auth import TokenAuth, cookie_secret, without_token

__all__ = ["page_server"]

_BOUNDS = {"max_body_size": 64 * 1024, "body_timeout": 30.0, "idle_connection_timeout": 120.0}
"""Of requests, which anybody of this machine may send: the page itself talks over its WebSocket."""

pn.extension()  # once for the process: in a session it would add to all later ones


@contextlib.contextmanager
def page_server(runtime: Runtime, *, host: str, token: str) -> Iterator[Any]:
    """A started server with `.port` and `.io_loop`, which the caller runs; it ends with the context.

    Raises `InvalidInput` where the address cannot be had.
    """
    logging.getLogger("tornado.access").setLevel(logging.ERROR)  # its lines have URLs, and those the token
    for name in ("tornado.access", "tornado.general", "tornado.application"):
        logging.getLogger(name).addFilter(without_token)
    logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)  # it warns of every window that is closed
    logging.getLogger("asyncio").addFilter(_is_news)
    # Bokeh's check of origins wants the port's number, so a free one must be found first
    port = runtime.config.port or free_port(host, PAGE_PORT)
    where = str(runtime.config.data_dir / "token")
    try:
        server = pn.io.server.get_server(
            {"/": lambda: shell.page(runtime)},
            port=port,
            address=host,
            title="Clausius",
            websocket_origin=[f"{name}:{port}" for name in own_names(host)],
            auth_provider=TokenAuth(token, cookie=f"clausius-{port}", where=where),
            cookie_secret=cookie_secret(token),
            http_server_kwargs=_BOUNDS,
            start=False,
        )
    except OSError as error:
        raise cannot_listen(host, port, PAGE_PORT, error) from error
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the event loop is worth the terminal: that somebody closed a window is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))
