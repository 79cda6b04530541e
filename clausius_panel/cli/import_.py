"""`clausius import`: the history that another program kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from .. import answers
from ..errors import InvalidInput
from .backup_first import back_up_first, no_backup_option
from .context import json_option, open_runtime
from .tables import say

if TYPE_CHECKING:
    from ..imports import BadRow, ImportStep, Survey

__all__ = ["import_command"]

EPILOG = """
PATH is a Parquet file of a usage history or the directory of its hosts, the history.db of a job board (SQLite), or
what `sacct -P` printed, with any fields in any order. The cluster need not be configured. Importing the same again
changes nothing. A row that cannot be read is left out and told with its number.
"""


@click.command("import", short_help="Read the history that another program kept.", epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "-c", "--cluster", metavar="NAME", default="", help="The cluster of all rows, where PATH does not say."
)
@click.option(
    "--time-zone", metavar="ZONE", default="UTC", show_default=True, help="Of times that bear none: Europe/Berlin."
)
@click.option("-y", "--yes", is_flag=True, help="Write it; else it is only said what would be written.")
@no_backup_option()
@json_option()
@click.pass_context
def import_command(
    ctx: click.Context, path: Path, cluster: str, time_zone: str, yes: bool, no_backup: bool, as_json: bool
) -> int:
    """Say what is understood of the history at PATH, and with --yes write it to the store."""
    from ..imports import examine, load, open_source

    source = open_source(path, cluster=cluster, zone=_zone(time_zone))
    if not yes:
        survey = examine(path, source)
        if as_json:
            click.echo(answers.as_json(survey))
        else:
            _tell(survey, time_zone)
        return int(not survey.jobs)
    with open_runtime(ctx) as runtime:
        back_up_first(runtime, no_backup=no_backup)
        steps = _watched(load(runtime.store, source), quiet=as_json)
    return _told(steps, as_json=as_json)


def _zone(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("--time-zone", name, "use a name such as Europe/Berlin") from error


def _tell(survey: Survey, zone: str) -> None:
    say(f"{survey.path}: {survey.format}")
    say(f"  {survey.rows:,} rows, of them {survey.jobs:,} jobs that have ended, of {survey.users:,} users")
    if survey.first_submit and survey.last_submit:
        say(f"  submitted {survey.first_submit:%Y-%m-%d %H:%M} to {survey.last_submit:%Y-%m-%d %H:%M} UTC")
        say(f"  times without a zone were read as {zone}", style="dim")
    say(f"  clusters: {', '.join(f'{name} ({count:,})' for name, count in survey.clusters.items()) or 'none'}")
    say(f"  columns understood: {', '.join(survey.used)}")
    if survey.ignored:
        say(f"  columns ignored: {', '.join(survey.ignored)}")
    if survey.unfinished:
        say(f"  {survey.unfinished:,} jobs had not ended: left out")
    if survey.marked_runs:
        say(f"  {survey.marked_runs:,} runs with a star or notes")
    _tell_bad(survey.bad, survey.bad_rows)
    if survey.jobs:
        say("nothing was written; write it with --yes", style="dim")


def _tell_bad(bad: Sequence[BadRow], count: int) -> None:
    for row in bad:
        say(f"  {row.place}: left out: {row.reason}", style="yellow")
    if count > len(bad):
        say(f"  and {count - len(bad):,} more rows that cannot be read", style="yellow")


def _watched(steps: Iterable[ImportStep], *, quiet: bool) -> list[ImportStep]:
    """All steps; a person sees how far it is."""
    done: list[ImportStep] = []
    shows = not quiet and sys.stderr.isatty()
    for step in steps:
        done.append(step)
        if shows:
            click.echo(f"\r{sum(one.rows for one in done):,} rows", err=True, nl=False)
    if shows:
        click.echo("", err=True)
    return done


def _told(steps: Sequence[ImportStep], *, as_json: bool) -> int:
    from ..imports import ImportStep

    bad = [row for step in steps for row in step.bad]
    total = ImportStep(
        rows=sum(step.rows for step in steps),
        new=sum(step.new for step in steps),
        changed=sum(step.changed for step in steps),
        same=sum(step.same for step in steps),
        unfinished=sum(step.unfinished for step in steps),
        bad=tuple(bad),
    )
    if as_json:
        click.echo(answers.as_json(total))
        return 0
    say(f"{total.rows:,} rows: {total.new:,} new jobs, {total.changed:,} changed, {total.same:,} known already")
    if total.unfinished:
        say(f"{total.unfinished:,} jobs had not ended: left out")
    _tell_bad(bad[:20], len(bad))
    return 0
