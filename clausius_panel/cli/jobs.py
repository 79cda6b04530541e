"""`clausius jobs`: the jobs of all clusters in one list."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from .. import answers
from ..errors import InvalidInput
from ..model import Job, is_final
from ..model.durations import format_duration
from ..model.reason import explain_reason
from . import words
from .context import cluster_option, exit_code, json_option, max_age_option, open_runtime, say_ages
from .tables import Column, is_terminal, say, show, state_style

if TYPE_CHECKING:
    from ..runtime import Runtime

__all__ = ["jobs_command", "write_jobs"]

DAY_H = 24.0
WATCH_S = 5.0
"""How often `--watch` looks at the store; clusters are asked no more often for it."""

ALL_LIMIT = 20_000

COLUMNS = (
    Column(title="CLUSTER"),
    Column(title="JOB", flexible=12),
    Column(title="NAME", flexible=18),
    Column(title="STATE"),
    Column(title="REASON / NODES", flexible=20, rank=1),
    Column(title="USER", rank=3),
    Column(title="ACCOUNT", rank=6),
    Column(title="PARTITION", rank=4),
    Column(title="NODES", right=True, rank=8),
    Column(title="GPUS", right=True, rank=2),
    Column(title="SUBMITTED", right=True, rank=7),
    Column(title="ELAPSED", right=True, rank=1),
    Column(title="LIMIT", right=True, rank=5),
)


EPILOG = """
--json gives {"jobs": [...], "total": N, "clusters": [...]}: of each job all its fields, and of each cluster
as_of, age_s, source (live, store or none), error, error_kind and error_since. Times are ISO 8601 in UTC,
durations seconds. With --watch it is one such object a line. Exit code 1 if a cluster that was asked for has
never answered.
"""


@click.command("jobs", short_help="List the jobs of all clusters.", epilog=EPILOG)
@click.argument("text", nargs=-1)
@cluster_option()
@click.option("-m", "--mine", is_flag=True, help="Only jobs of your own login on each cluster.")
@click.option("-u", "--user", "users", multiple=True, metavar="NAME", help="Only this user's; may be repeated.")
@click.option(
    "-s",
    "--state",
    "states",
    multiple=True,
    metavar="STATE",
    help="running, pending, failed, completed, cancelled, held, or a state of Slurm's; may be repeated.",
)
@click.option("-p", "--partition", "partitions", multiple=True, metavar="NAME", help="May be repeated.")
@click.option("-A", "--account", "accounts", multiple=True, metavar="NAME", help="May be repeated.")
@click.option(
    "--ended",
    "ended_h",
    type=click.FloatRange(min=0),
    default=DAY_H,
    show_default=True,
    metavar="HOURS",
    help="Jobs that ended this long ago are still listed.",
)
@click.option("--sort", default="state", show_default=True, metavar="FIELD", help="A field of a job, e.g. gpus.")
@click.option("-r", "--reverse", is_flag=True, help="Largest or latest first.")
@click.option("-n", "--limit", type=click.IntRange(0, ALL_LIMIT), default=200, show_default=True, metavar="N")
@click.option("--all", "everything", is_flag=True, help="The whole history, and no limit.")
@max_age_option()
@json_option()
@click.option("-w", "--watch", is_flag=True, help="Go on and show the jobs anew until Ctrl-C.")
@click.pass_context
def jobs_command(
    ctx: click.Context,
    /,
    *,
    text: Sequence[str],
    ended_h: float,
    reverse: bool,
    limit: int,
    everything: bool,
    as_json: bool,
    watch: bool,
    **filters: Any,
) -> int:
    """List jobs, running ones first. Every word of TEXT must be in a job's name, id, nodes, reason or comment."""
    if everything and ctx.get_parameter_source("ended_h") is click.core.ParameterSource.COMMANDLINE:
        raise InvalidInput("--ended", ended_h, "leave it out where --all is given")
    question = {
        **filters,
        "text": " ".join(text),
        "descending": reverse,
        "limit": ALL_LIMIT if everything else limit,
        "max_age_s": None if everything else ended_h * 3600,
    }
    with open_runtime(ctx) as runtime:
        if watch:
            _watch(runtime, question, as_json=as_json)
        answer = answers.jobs(runtime, **question)
        write_jobs(answer, as_json=as_json)
    return exit_code(answer.clusters)


def _watch(runtime: Runtime, question: dict[str, Any], *, as_json: bool) -> None:
    """Show again and again until Ctrl-C; as JSON one line each time."""
    never = threading.Event()
    while True:
        answer = answers.jobs(runtime, **question)
        if is_terminal() and not as_json:
            click.clear()
        write_jobs(answer, as_json=as_json, indent=None)
        sys.stdout.flush()
        never.wait(WATCH_S)


def write_jobs(answer: answers.JobsAnswer, *, as_json: bool, indent: int | None = 2) -> None:
    """The table of the command, or its JSON; without words where no cluster has ever answered."""
    if as_json:
        click.echo(answers.as_json(answer, indent=indent))
        return
    if answer.jobs:
        now = datetime.now().astimezone()
        show(COLUMNS, [_cells(job, now) for job in answer.jobs], styles=[_styles(job) for job in answer.jobs])
    elif any(age.as_of for age in answer.clusters):  # else nobody knows whether there are any
        say("no jobs")
    if len(answer.jobs) < answer.total:
        say(f"{len(answer.jobs):,} of {answer.total:,} jobs; a higher --limit shows more", style="dim")
    say_ages(answer.clusters)


def _cells(job: Job, now: datetime) -> list[str]:
    return [
        job.cluster,
        job.job_id,
        job.name,
        words.state(job.state),
        _why(job) or job.node_list or "-",
        job.user,
        job.account,
        job.partition,
        words.number(job.nodes),
        words.gpus(job),
        words.ago(job.submit_time, now),
        format_duration(job.elapsed_s) if job.elapsed_s else "-",
        format_duration(job.time_limit_s) or "-",
    ]


def _why(job: Job) -> str:
    """Why it waits or failed, in words."""
    return explain_reason(job.reason, dependency=job.dependency, array_task_id=job.array_task_id)


def _styles(job: Job) -> list[str]:
    """The state in its colour; jobs that have ended dimmed."""
    styles = ["dim" if is_final(job.state) else ""] * len(COLUMNS)
    styles[3] = state_style(job.state)
    return styles
