"""The commands for jobs that stay: hold, release, requeue, top, change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .. import answers, control
from ..guards import checked_job_ids
from ..queries import cluster_configs
from .context import Decorator, cluster_argument, json_option, open_runtime
from .tables import say
from .words import printable

if TYPE_CHECKING:
    from ..control import ControlOutcome
    from ..slurm.control import Verb

__all__ = ["change_command", "hold_command", "release_command", "requeue_command", "top_command"]

ACTOR = "cli"


def job_ids_argument() -> Decorator:
    """The argument JOB_ID..."""
    return click.argument("job_ids", nargs=-1, required=True, metavar="JOB_ID...")


@click.command("hold", short_help="Keep waiting jobs from starting.")
@cluster_argument()
@job_ids_argument()
@json_option()
@click.pass_context
def hold_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], as_json: bool) -> int:
    """Keep waiting jobs, array tasks (12_3) or parts of arrays (12_[3-5]) on CLUSTER from starting."""
    with open_runtime(ctx) as runtime:
        outcome = control.hold(runtime.store, runtime.client(cluster), job_ids, actor=ACTOR)
    return _told(outcome, "held", as_json=as_json)


@click.command("release", short_help="Let held jobs start again.")
@cluster_argument()
@job_ids_argument()
@json_option()
@click.pass_context
def release_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], as_json: bool) -> int:
    """Let held jobs, array tasks (12_3) or parts of arrays (12_[3-5]) on CLUSTER start again."""
    with open_runtime(ctx) as runtime:
        outcome = control.release(runtime.store, runtime.client(cluster), job_ids, actor=ACTOR)
    return _told(outcome, "released", as_json=as_json)


@click.command("requeue", short_help="End running jobs and queue them again.")
@cluster_argument()
@job_ids_argument()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option()
@click.pass_context
def requeue_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], yes: bool, as_json: bool) -> int:
    """End running jobs on CLUSTER and queue them again. What they have not saved is lost."""
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        job_ids = checked_job_ids(job_ids)
        what = f"{len(job_ids)} job{'s' * (len(job_ids) > 1)} on {cluster}: {', '.join(job_ids)}"
        if not yes and not click.confirm(f"Requeue {what}?", err=True):
            click.echo("nothing was requeued", err=True)
            return 1
        outcome = control.requeue(runtime.store, runtime.client(cluster), job_ids, actor=ACTOR)
    return _told(outcome, "requeued", as_json=as_json)


@click.command("top", short_help="Put waiting jobs before your others.")
@cluster_argument()
@job_ids_argument()
@json_option()
@click.pass_context
def top_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], as_json: bool) -> int:
    """Put waiting jobs on CLUSTER before their owner's others, where the cluster allows it."""
    with open_runtime(ctx) as runtime:
        outcome = control.to_top(runtime.store, runtime.client(cluster), job_ids, actor=ACTOR)
    return _told(outcome, "put first", as_json=as_json)


@click.command("change", short_help="Change time limit, partition or nice of jobs.")
@cluster_argument()
@job_ids_argument()
@click.option("-t", "--time-limit", metavar="TIME", help="Minutes, H:M:S, D-H ... Only operators may raise it.")
@click.option("-p", "--partition", metavar="NAME", help="Another partition, for jobs that wait.")
@click.option("--nice", type=int, metavar="N", help="More lets other jobs go first; only operators go below 0.")
@json_option()
@click.pass_context
def change_command(
    ctx: click.Context,
    /,
    *,
    cluster: str,
    job_ids: Sequence[str],
    time_limit: str | None,
    partition: str | None,
    nice: int | None,
    as_json: bool,
) -> int:
    """Change jobs, array tasks (12_3) or parts of arrays (12_[3-5]) on CLUSTER, one thing at a time."""
    given: dict[Verb, str | int | None] = {"time_limit": time_limit, "partition": partition, "nice": nice}
    wanted = [(verb, str(value)) for verb, value in given.items() if value is not None]
    if len(wanted) != 1:
        raise click.UsageError("give one of --time-limit, --partition and --nice")
    [(verb, value)] = wanted
    with open_runtime(ctx) as runtime:
        outcome = control.change(runtime.store, runtime.client(cluster), job_ids, verb, value=value, actor=ACTOR)
    return _told(outcome, "changed", as_json=as_json)


def _told(outcome: ControlOutcome, done: str, *, as_json: bool) -> int:
    if as_json:
        click.echo(answers.as_json(outcome))
        return int(bool(outcome.failed))
    if outcome.done:
        say(f"{done} on {outcome.cluster}: {', '.join(outcome.done)}")
        if outcome.undo:
            say(f"to take it back: {outcome.undo}", style="dim")
    for job_id, message in outcome.failed.items():
        line = printable(f"{outcome.cluster} {job_id}: not {done}: {message}")
        click.echo(f"clausius: {line}", err=True)
    return int(bool(outcome.failed))
