"""`clausius status`: each cluster at a glance."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .. import answers
from . import words
from .context import cluster_option, exit_code, json_option, max_age_option, open_runtime, say_ages
from .tables import STYLE, Column, say, show

__all__ = ["status_command"]

COLUMNS = (
    Column(title="CLUSTER"),
    Column(title="STATUS"),
    Column(title="AGE", right=True),
    Column(title="RUNNING", right=True),
    Column(title="GPUS", right=True),
    Column(title="PENDING", right=True),
    Column(title="FAILED", right=True),
    Column(title="NODES FREE", right=True, rank=1),
    Column(title="GPUS IDLE", right=True, rank=2),
    Column(title="GPU", rank=3, flexible=6),
    Column(title="SLURM", rank=4),
    Column(title="CMD/MIN", right=True, rank=5),
)


@click.command("status")
@cluster_option()
@max_age_option()
@json_option()
@click.pass_context
def status_command(ctx: click.Context, *, clusters: Sequence[str], fresh_s: float | None, as_json: bool) -> int:
    """Show how each cluster is and how much it has to do."""
    with open_runtime(ctx) as runtime:
        reports = answers.status(runtime, clusters=clusters, fresh_s=fresh_s)
    if as_json:
        click.echo(answers.as_json({"clusters": reports}))
        return exit_code(reports)
    if reports:
        say(answers.summary(reports))
        show(COLUMNS, [_cells(report) for report in reports], styles=[_styles(report) for report in reports])
    say_ages(reports)
    for report in reports:
        if report.warning:
            say(f"{report.cluster}: {report.warning}", style="yellow")
    return exit_code(reports)


def _word(report: answers.ClusterReport) -> str:
    if report.up:
        return "partial" if report.warning else "up"
    return report.error_kind or ("unknown" if report.as_of is None else "stale")


def _cells(report: answers.ClusterReport) -> list[str]:
    return [
        report.cluster,
        _word(report),
        words.ago(report.as_of),
        words.number(report.jobs.get("running", 0)),
        words.number(report.gpus.get("running", 0)),
        words.number(report.jobs.get("pending", 0)),
        words.number(report.jobs.get("failed", 0)),
        f"{report.nodes_available}/{report.nodes}" if report.nodes else "-",
        f"{report.gpus_idle}/{report.gpus_total}" if report.gpus_total else "-",
        report.gpu_type or "-",
        report.slurm_version or "-",
        words.number(report.commands_per_min),
    ]


def _styles(report: answers.ClusterReport) -> list[str]:
    styles = ["" if report.up else "dim"] * len(COLUMNS)
    styles[1] = STYLE["failed"] if not report.up else STYLE["pending" if report.warning else "running"]
    return styles
