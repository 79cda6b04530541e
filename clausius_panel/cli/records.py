"""The commands for our own records: what the board shows, marks on runs, and what is kept of the past."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import click

from .. import answers, records
from ..queries import cluster_configs
from ..sightings import with_newest
from .context import Decorator, cluster_argument, cluster_option, json_option, open_runtime
from .tables import say

__all__ = [
    "cleanup_command",
    "clear_command",
    "dismiss_command",
    "note_command",
    "pin_command",
    "star_command",
    "unpin_command",
    "unstar_command",
]

ACTOR = "cli"


def job_ids_argument() -> Decorator:
    """The argument JOB_ID..."""
    return click.argument("job_ids", nargs=-1, required=True, metavar="JOB_ID...")


@click.command("clear", short_help="Hide ended jobs from the board.")
@click.argument("what", type=click.Choice(["failed", "completed"]))
@cluster_option()
@click.option("-P", "--project", default="", metavar="NAME", help="Only this project's.")
@json_option()
@click.pass_context
def clear_command(
    ctx: click.Context, *, what: records.Clearing, clusters: Sequence[str], project: str, as_json: bool
) -> int:
    """Hide jobs that failed (or were cancelled), or that completed, from the board. Nothing is deleted.

    `clausius dismiss --undo` shows single jobs again.
    """
    with open_runtime(ctx) as runtime:
        hidden = records.clear(runtime.store, what, clusters=clusters, project=project, actor=ACTOR).count
    _told({"hidden": hidden}, f"{_jobs(hidden)} cleared; history keeps them", as_json=as_json)
    return 0


@click.command("cleanup", short_help="Forget records of jobs that ended long ago.")
@click.option("--days", type=int, required=True, metavar="N", help="What ended more than N days ago goes.")
@cluster_option()
@click.option("-y", "--yes", is_flag=True, help="Do it; without this it is only said what would go.")
@json_option()
@click.pass_context
def cleanup_command(ctx: click.Context, *, days: int, clusters: Sequence[str], yes: bool, as_json: bool) -> int:
    """Forget records of jobs that ended long ago, or say how many that would be. No file is ever touched.

    Pinned jobs stay, and those of runs with a star or notes.
    """
    with open_runtime(ctx) as runtime:
        outcome = records.cleanup_history(
            runtime.store, days=days, clusters=clusters, dry_run=not yes, actor=ACTOR
        )
    before = f"{outcome.before.astimezone():%Y-%m-%d %H:%M}"
    if outcome.dry_run:
        words = f"{_jobs(outcome.jobs)} that ended before {before} would be forgotten; --yes does it"
    else:
        words = f"{_jobs(outcome.jobs)} that ended before {before} forgotten"
    _told(outcome, words, as_json=as_json)
    return 0


@click.command("star", short_help="Mark a run.")
@cluster_argument()
@click.argument("run_or_job")
@click.pass_context
def star_command(ctx: click.Context, *, cluster: str, run_or_job: str) -> int:
    """Mark a run on CLUSTER, named by its id or that of any of its jobs."""
    return _star(ctx, cluster, run_or_job, starred=True)


@click.command("unstar", short_help="Take the mark from a run.")
@cluster_argument()
@click.argument("run_or_job")
@click.pass_context
def unstar_command(ctx: click.Context, *, cluster: str, run_or_job: str) -> int:
    """Take the mark from a run on CLUSTER, named by its id or that of any of its jobs."""
    return _star(ctx, cluster, run_or_job, starred=False)


def _star(ctx: click.Context, cluster: str, run_or_job: str, *, starred: bool) -> int:
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        found = with_newest(
            runtime, cluster, lambda: records.star(runtime.store, cluster, run_or_job, starred=starred)
        )
    say(f"run {found} on {cluster} has {'a' if starred else 'no'} star")
    return 0


@click.command("note", short_help="Write about a run.")
@cluster_argument()
@click.argument("run_or_job")
@click.argument("text")
@click.pass_context
def note_command(ctx: click.Context, *, cluster: str, run_or_job: str, text: str) -> int:
    """Replace the notes of a run on CLUSTER by TEXT; "-" reads it from standard input, "" removes them."""
    written = sys.stdin.read() if text == "-" else text
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        found = with_newest(
            runtime, cluster, lambda: records.set_notes(runtime.store, cluster, run_or_job, written)
        )
    say(f"notes of run {found} on {cluster} {'written' if written else 'removed'}")
    return 0


@click.command("pin", short_help="Keep jobs on the board until they are dismissed.")
@cluster_argument()
@job_ids_argument()
@click.pass_context
def pin_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str]) -> int:
    """Keep jobs on CLUSTER on the board, however long ago they ended."""
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        count = with_newest(runtime, cluster, lambda: records.pin(runtime.store, cluster, job_ids))
        return _kept(count, "pinned", cluster)


@click.command("unpin", short_help="Do not keep jobs on the board any more.")
@cluster_argument()
@job_ids_argument()
@click.pass_context
def unpin_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str]) -> int:
    """Let jobs on CLUSTER leave the board as others do."""
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        count = with_newest(runtime, cluster, lambda: records.pin(runtime.store, cluster, job_ids, pinned=False))
        return _kept(count, "unpinned", cluster)


@click.command("dismiss", short_help="Hide jobs from the board until their state changes.")
@cluster_argument()
@job_ids_argument()
@click.option("--undo", is_flag=True, help="Show them again, those hidden by `clear` too.")
@click.pass_context
def dismiss_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], undo: bool) -> int:
    """Hide jobs on CLUSTER from the board until their state changes."""
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        count = with_newest(
            runtime, cluster, partial(records.dismiss, runtime.store, cluster, job_ids, dismissed=not undo)
        )
        return _kept(count, "shown again" if undo else "dismissed", cluster)


def _kept(count: int, done: str, cluster: str) -> int:
    say(f"{_jobs(count)} on {cluster} {done}")
    return 0


def _told(outcome: object, text: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(answers.as_json(outcome))
    else:
        say(text)


def _jobs(count: int) -> str:
    return f"{count:,} job{'' if count == 1 else 's'}"
