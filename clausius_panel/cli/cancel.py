"""The commands that end jobs: cancel, cancel-run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from .. import actions, answers, control
from ..guards import checked_job_ids, refuse_when_read_only
from ..queries import cluster_configs
from ..sightings import with_newest
from .context import cluster_argument, json_option, open_runtime
from .tables import say
from .words import printable

__all__ = ["cancel_command", "cancel_run_command"]


@click.command("cancel", short_help="Cancel jobs or parts of arrays.")
@cluster_argument()
@click.argument("job_ids", nargs=-1, required=True, metavar="JOB_ID...")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option()
@click.pass_context
def cancel_command(ctx: click.Context, *, cluster: str, job_ids: Sequence[str], yes: bool, as_json: bool) -> int:
    """Cancel jobs, array tasks (12_3) or parts of arrays (12_[3-5]) on CLUSTER."""
    with open_runtime(ctx) as runtime:
        cluster_configs(runtime.store, clusters=[cluster])
        job_ids = checked_job_ids(job_ids)
        what = f"{len(job_ids)} job{'s' * (len(job_ids) > 1)} on {cluster}: {', '.join(job_ids)}"
        if not (yes or _is_sure(what)):
            return 1
        outcome = actions.cancel_jobs(runtime.store, runtime.client(cluster), job_ids, actor="cli")
    if as_json:
        click.echo(answers.as_json(outcome))
    else:
        _tell(cluster, outcome.cancelled, outcome.failed, outcome.undo)
    return int(bool(outcome.failed))


@click.command("cancel-run", short_help="Cancel all jobs of a run.")
@cluster_argument()
@click.argument("run_or_job")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option()
@click.pass_context
def cancel_run_command(ctx: click.Context, *, cluster: str, run_or_job: str, yes: bool, as_json: bool) -> int:
    """Cancel what a run on CLUSTER, named by its id or that of any of its jobs, has in the queue.

    Arrays are cancelled as a whole.
    """
    with open_runtime(ctx) as runtime:
        refuse_when_read_only(runtime.store, "cancel run")
        cluster_configs(runtime.store, clusters=[cluster])
        run_id, job_ids = with_newest(
            runtime, cluster, lambda: control.queued_of_run(runtime.store, cluster, run_or_job)
        )
        what = f"run {run_id} on {cluster}, {len(job_ids)} job{'s' * (len(job_ids) > 1)}: {', '.join(job_ids)}"
        if not (yes or _is_sure(what)):
            return 1
        outcome = control.cancel_run(runtime.store, runtime.client(cluster), run_id, actor="cli")
    if as_json:
        click.echo(answers.as_json(outcome))
    else:
        _tell(cluster, outcome.done, outcome.failed, outcome.undo)
    return int(bool(outcome.failed))


def _is_sure(what: str) -> bool:
    is_sure = click.confirm(f"Cancel {printable(what)}?", err=True)
    if not is_sure:
        click.echo("nothing was cancelled", err=True)
    return is_sure


def _tell(cluster: str, cancelled: Sequence[str], failed: Mapping[str, str], undo: str) -> None:
    if cancelled:
        say(f"cancelled on {cluster}: {', '.join(cancelled)}")
        say(undo, style="dim")
    for job_id, message in failed.items():
        click.echo(f"clausius: {cluster} {job_id}: not cancelled: {printable(message)}", err=True)
