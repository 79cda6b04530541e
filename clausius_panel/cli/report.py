"""The command report: a month, quarter or year that is over, as a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import InvalidInput
from .context import cluster_option, open_runtime
from .tables import say, show

__all__ = ["report_command"]


@click.command("report", short_help="Write the report on a month, quarter or year.")
@click.argument("kind", type=click.Choice(["monthly", "quarterly", "annual"]))
@click.argument("year", type=int)
@click.argument("number", type=int, default=1)
@cluster_option()
@click.option(
    "--tz", default="UTC", show_default=True, metavar="ZONE", help="Time zone of days, such as Europe/Berlin."
)
@click.option("--names", is_flag=True, help="Real names of users; without it they bear pseudonyms.")
@click.option("--json", "format_", flag_value="json", help="JSON on standard output.")
@click.option("--csv", "format_", flag_value="csv", help="CSV on standard output.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Into a file: .json, .csv, .html or .pdf.")
@click.pass_context
def report_command(
    ctx: click.Context,
    /,
    *,
    kind: Any,
    year: int,
    number: int,
    clusters: Sequence[str],
    tz: str,
    names: bool,
    format_: str | None,
    output: str | None,
) -> None:
    """Report on NUMBER, the month (1 to 12) or quarter (1 to 4) of YEAR, compared with as many days before it."""
    from ..queries.reports import report
    from ..reports import MEDIA_TYPES, render
    from ..reports.tables import subtitle, tables

    suffix = Path(output).suffix[1:] if output else format_
    if suffix is not None and suffix not in MEDIA_TYPES:
        raise InvalidInput(
            "output", output, f"use a name that ends in {', '.join(f'.{each}' for each in MEDIA_TYPES)}"
        )
    with open_runtime(ctx) as runtime:
        found = report(
            runtime.store, kind, year=year, number=number, tz=tz, anonymous=not names, clusters=clusters
        )
    if suffix is not None:
        made = render(found, suffix)
        if output:
            Path(output).write_bytes(made)
            say(f"{found.title} written to {output}")
        else:
            sys.stdout.write(made.decode())
        return
    from .tables import Column

    say(f"{found.title}: {subtitle(found)}")
    for table in tables(found):
        say("")
        say(table.title, style="bold")
        columns = [
            Column(title=name.upper(), right=at > 0, flexible=0 if at else 12)
            for at, name in enumerate(table.columns)
        ]
        show(columns, table.rows)
