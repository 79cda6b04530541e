"""`clausius mcp`: the tools for agents."""

from __future__ import annotations

import click
from click.core import ParameterSource

from .context import open_runtime, token_option

__all__ = ["mcp_command"]


@click.command("mcp", short_help="Serve MCP to an agent.")
@click.option("--http", is_flag=True, help="Over HTTP at /mcp (with REST at /api), instead of stdin and stdout.")
@click.option("--port", type=int, metavar="N", help="With --http. [default: 7273]")
@token_option("With --http. ")
@click.pass_context
def mcp_command(ctx: click.Context, *, http: bool, port: int | None, token: str | None) -> int:
    """Serve the Model Context Protocol: to one program over stdin and stdout, or over HTTP with a bearer token."""
    is_typed = ctx.get_parameter_source("token") is ParameterSource.COMMANDLINE
    if not http and (port is not None or is_typed):
        raise click.UsageError("--port and --token need --http", ctx)
    with open_runtime(ctx, api_port=port) as runtime:
        if http:
            from ..service import serve_api

            return serve_api(runtime, token=token, announce=lambda text: click.echo(text, err=True))
        from ..mcp_server import create_server

        create_server(runtime).run("stdio")
    return 0
