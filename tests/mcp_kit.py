"""The MCP server of a runtime, made once: its tools' schemas take longer than most tests."""

from __future__ import annotations

from functools import lru_cache

from mcp.server.mcpserver import MCPServer

from clausius_panel.mcp_server import create_server
from clausius_panel.runtime import Runtime

__all__ = ["server_of"]


@lru_cache(maxsize=1)
def server_of(runtime: Runtime) -> MCPServer:
    """The server of this runtime; of the one that was asked for last it is kept."""
    return create_server(runtime)
