"""`clausius serve` and `clausius demo`: the page, REST and MCP from one process."""

from __future__ import annotations

import click

from .access import ask
from .context import open_runtime, token_option

__all__ = ["demo_command", "serve_command"]


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.command("serve", short_help="Serve the live board, REST and MCP.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=int, metavar="N", help="Of the page. [default: 7272]")
@click.option("--api-port", type=int, metavar="N", help="Of REST and MCP. [default: 7273]")
@token_option()
@click.option("--browser/--no-browser", default=True, help="Open the page. [default: browser]")
@click.option(
    "--login", "logins", multiple=True, metavar="CLUSTER", help="Log in here first, by hand. Repeatable."
)
@click.option("--record", is_flag=True, help="Keep asking all clusters while nobody looks, for the history.")
@click.pass_context
def serve_command(
    ctx: click.Context,
    /,
    *,
    host: str,
    port: int | None,
    api_port: int | None,
    token: str | None,
    browser: bool,
    logins: tuple[str, ...],
    record: bool,
) -> int:
    """Serve the live board, REST under /api and MCP at /mcp. Ends on Ctrl-C.

    A cluster that wants a password or a second factor can be watched only by the process in which it was typed:
    name it with --login.
    """
    from ..service import serve

    with open_runtime(ctx, port=port, api_port=api_port) as runtime:
        for cluster in logins:
            runtime.login(cluster, ask)
        return serve(runtime, host=host, token=token, browser=browser, record=record, announce=_say)


@click.command("demo", short_help="The same with three simulated clusters.")
@click.option("--port", type=int, metavar="N", help="Of the page. [default: 7272]")
@click.option("--api-port", type=int, metavar="N", help="Of REST and MCP. [default: 7273]")
@click.option("--browser/--no-browser", default=True, help="Open the page. [default: browser]")
@click.option("--speed", type=click.FloatRange(0.1, 3600), default=1.0, show_default=True, help="Time-lapse.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same jobs.")
@click.option("--jobs", type=click.IntRange(0, 50_000), metavar="N", help="About so many jobs in the queues.")
@click.pass_context
def demo_command(
    ctx: click.Context,
    /,
    *,
    port: int | None,
    api_port: int | None,
    browser: bool,
    speed: float,
    seed: int,
    jobs: int | None,
) -> int:
    """Serve three simulated clusters. Nothing of your own is read or written."""
    from ..fleet import demo
    from ..service import serve

    with demo(seed=seed, speed=speed, jobs=jobs, port=port, api_port=api_port) as fleet:
        return serve(fleet.runtime, browser=browser, announce=_say)
