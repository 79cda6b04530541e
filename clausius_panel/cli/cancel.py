"""`clausius cancel`: end jobs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .. import actions, answers
from ..guards import checked_job_ids
from ..queries import cluster_configs
from .context import cluster_argument, json_option, open_runtime
from .tables import say

__all__ = ["cancel_command"]


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
        if not yes and not click.confirm(f"Cancel {what}?", err=True):
            click.echo("nothing was cancelled", err=True)
            return 1
        outcome = actions.cancel_jobs(runtime.store, runtime.client(cluster), job_ids, actor="cli")
    if as_json:
        click.echo(answers.as_json(outcome))
    else:
        if outcome.cancelled:
            say(f"cancelled on {cluster}: {', '.join(outcome.cancelled)}")
            say(outcome.undo, style="dim")
        for job_id, message in outcome.failed.items():
            click.echo(f"clausius: {cluster} {job_id}: not cancelled: {message}", err=True)
    return int(bool(outcome.failed))
