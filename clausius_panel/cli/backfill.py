"""`clausius backfill`: years of a cluster's accounting, window by window."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from .. import answers
from ..errors import InvalidInput
from ..model.durations import format_duration
from .backup_first import back_up_first, no_backup_option
from .context import cluster_argument, json_option, open_runtime
from .tables import say

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..backfill import BackfillStep

__all__ = ["backfill_command", "read_day"]

EPILOG = """
Times without a zone are your own. The newest jobs come first. It may be interrupted at any moment and begun again:
what was fetched is not asked for again, and no job comes twice. Everybody's jobs are shown only where the site
lets you see them.
"""


@click.command("backfill", short_help="Fetch the history of a cluster from its accounting.", epilog=EPILOG)
@cluster_argument()
@click.option("--since", required=True, metavar="DATE", help="From this day on, e.g. 2024-01-01.")
@click.option("--until", metavar="DATE", help="Up to this day or time. [default: now]")
@click.option("-a", "--all-users", is_flag=True, help="Everybody's jobs, not only yours.")
@click.option(
    "--pause",
    "pause_s",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two questions, at least; never less than the last one took.",
)
@no_backup_option()
@json_option()
@click.pass_context
def backfill_command(
    ctx: click.Context,
    cluster: str,
    since: str,
    until: str | None,
    all_users: bool,
    pause_s: float,
    no_backup: bool,
    as_json: bool,
) -> int:
    """Fetch the jobs of CLUSTER that ended since a day, with what they used, in small windows with pauses."""
    from .. import backfill

    span = read_day("--since", since), read_day("--until", until) if until else None
    steps: list[BackfillStep] = []
    with contextlib.ExitStack() as stack:
        runtime = stack.enter_context(open_runtime(ctx))
        back_up_first(runtime, no_backup=no_backup)
        show = stack.enter_context(_shown(cluster, as_json=as_json))
        for step in backfill.run(
            runtime, cluster, since=span[0], until=span[1], all_users=all_users, pause_s=pause_s
        ):
            steps.append(step)
            if as_json:
                click.echo(answers.as_json(step).replace("\n", " "))
            else:
                _tell(step, show)
    if not as_json:
        jobs, new = sum(step.jobs for step in steps), sum(step.new for step in steps)
        say(f"{cluster}: {jobs:,} jobs in {len(steps)} windows, {new:,} of them new" if steps else _NOTHING)
    return 0


_NOTHING = "nothing to do: all of this was fetched before"


def read_day(option: str, text: str) -> datetime:
    """An aware time from a day or an ISO time; without a zone it is this machine's. Raises `InvalidInput`."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(option, text, "use a day such as 2024-01-01, or 2024-01-01T12:00") from error


@contextlib.contextmanager
def _shown(cluster: str, *, as_json: bool) -> Iterator[Progress | None]:
    """A bar where a person looks on; lines elsewhere."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
        console=Console(stderr=True),
    ) as progress:
        progress.add_task(cluster, total=1.0, told="")
        yield progress


def _tell(step: BackfillStep, progress: Progress | None) -> None:
    left = f", about {format_duration(step.eta_s)} left" if step.eta_s else ""
    if progress is not None:
        told = f"back to {step.start.astimezone():%Y-%m-%d}{left}"
        progress.update(progress.task_ids[0], completed=step.share, told=told)
    else:
        line = (
            f"{step.start:%Y-%m-%d %H:%M} to {step.end:%Y-%m-%d %H:%M} UTC: {step.jobs:,} jobs, {step.new:,} new"
        )
        click.echo(f"{line} ({step.share:.0%}{left})", err=True)
    if step.trouble:
        (progress.console.print if progress else click.echo)(f"asked again, in a smaller window: {step.trouble}")
