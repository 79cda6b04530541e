"""The MCP server of the tests, made once: its tools' schemas take longer than most tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from mcp.server.mcpserver import MCPServer

from clausius_panel.mcp_server import create_server
from clausius_panel.runtime import Runtime

__all__ = ["server_of"]

_asked: list[Runtime] = []


class _Whichever:
    """What is asked of it is asked of what it stands for at that moment."""

    def __init__(self, now: Callable[[], Any]) -> None:
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now(), name)


class _WhicheverRuntime(_Whichever):
    """The runtime that was asked for last; some tools keep its store."""

    def __init__(self) -> None:
        super().__init__(lambda: _asked[0])
        self.store = _Whichever(lambda: _asked[0].store)


@cache
def _server() -> MCPServer:
    return create_server(cast("Runtime", _WhicheverRuntime()))


def server_of(runtime: Runtime) -> MCPServer:
    """A server of this runtime; all others that were asked for are of this runtime from now on."""
    _asked[:] = [runtime]
    return _server()
