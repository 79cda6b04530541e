"""`clausius stats`: what a job uses of what it was given."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from .. import answers
from ..model import is_final
from ..model.durations import format_duration
from ..model.usage_verdict import gib, percent
from . import words
from .context import cluster_argument, json_option, open_runtime
from .tables import Column, say, show

if TYPE_CHECKING:
    from ..job_stats import JobStats
    from ..model.job_usage import GpuUse
    from ..runtime import Runtime

__all__ = ["stats_command"]

USES = (
    Column(title="RESOURCE"),
    Column(title="GIVEN", right=True),
    Column(title="USED", right=True),
    Column(title="SHARE", right=True),
    Column(title="NOTE", flexible=20, rank=1),
)
GPUS = (
    Column(title="NODE"),
    Column(title="GPU", right=True),
    Column(title="TYPE", flexible=10, rank=2),
    Column(title="USED", right=True),
    Column(title="MEMORY", right=True),
    Column(title="POWER", right=True, rank=3),
    Column(title="TEMP", right=True, rank=4),
)
STYLE = {"warning": "yellow", "note": "", "good": "green"}
MARK = {"warning": "!", "note": "-", "good": "+"}

EPILOG = """
Slurm tells what a running job uses only to its owner; of an ended job accounting tells. GPUs are told one by one
only by --by-step: it starts a step inside the running job that runs nvidia-smi once on each of its nodes. That is
said and asked before (--yes does not ask), and refused in read-only mode. --watch ends with the job, or with
Ctrl-C. A job that was requeued has several attempts, the newest of which is shown unless --attempt names one.
Exit code 1 where nothing was ever measured.
"""


@click.command("stats", short_help="Show what a job uses: CPU, memory, GPUs.", epilog=EPILOG)
@cluster_argument()
@click.argument("job")
@click.option(
    "--attempt",
    type=click.IntRange(min=1),
    metavar="N",
    help="Attempt N of a job that was requeued, from 1.  [default: the newest]",
)
@click.option("--by-step", is_flag=True, help="Measure each GPU by a step inside the job.")
@click.option("-y", "--yes", is_flag=True, help="Start that step without asking.")
@click.option("-w", "--watch", is_flag=True, help="One line each stats_interval_s seconds.")
@json_option()
@click.pass_context
def stats_command(
    ctx: click.Context,
    /,
    *,
    cluster: str,
    job: str,
    attempt: int | None,
    by_step: bool,
    yes: bool,
    watch: bool,
    as_json: bool,
) -> int:
    """Show what JOB on CLUSTER uses of what it was given, and what stands out."""
    from ..job_stats import ask

    if watch and (by_step or as_json or attempt):
        raise click.UsageError("--watch cannot be given together with --attempt, --by-step or --json")
    if by_step and attempt:
        raise click.UsageError("--by-step measures the newest attempt: leave --attempt out")
    with open_runtime(ctx) as runtime:
        if watch:
            return _watch(runtime, cluster, job)
        if by_step:
            _confirm(runtime, cluster, job, yes=yes)
        stats = ask(runtime, cluster, job, attempt=attempt, by_step=by_step, actor="cli")
    if as_json:
        click.echo(answers.as_json(stats))
    else:
        _show(stats)
    return int(stats.as_of is None)


def _confirm(runtime: Runtime, cluster: str, job: str, *, yes: bool) -> None:
    """Say that a step is started, and ask. What cannot be done is refused before."""
    from ..guards import refuse_when_read_only
    from ..job_stats import step_warning

    refuse_when_read_only(runtime.store, "start a step in the job")
    found = answers.job(runtime, cluster, job)
    click.echo(step_warning(found.job), err=True)
    if not yes:
        click.confirm("Start it?", abort=True, err=True)


def _watch(runtime: Runtime, cluster: str, job: str) -> int:
    from ..job_stats import ask
    from ..store import settings

    told: datetime | None = None
    while True:
        stats = ask(runtime, cluster, job)
        if stats.as_of is None or stats.as_of != told:
            told = stats.as_of
            say(_line(stats))
        if is_final(stats.state):
            return 0
        time.sleep(settings(runtime.store).stats_interval_s)


def _line(stats: JobStats) -> str:
    at = f"{stats.as_of.astimezone():%H:%M:%S}" if stats.as_of else "--:--:--"
    parts = [
        f"{words.state(stats.state)} {format_duration(stats.elapsed_s)}",
        f"CPU {_share(stats.cpu_now_percent if stats.cpu_now_percent is not None else stats.cpu_percent)}",
        f"memory {gib(stats.rss_mib) if stats.rss_mib else '-'}",
    ]
    if stats.gpus:
        parts.append(f"GPU {_share(stats.gpu_percent)}")
    return f"{at}  {'  '.join([*parts, *stats.problems])}"


def _show(stats: JobStats) -> None:
    age = f", measured {words.ago(stats.as_of)}" if stats.as_of else ""
    limit = f" of {format_duration(stats.time_limit_s)}" if stats.time_limit_s else ""
    attempt = f", attempt {stats.attempt} of {stats.attempts}" if stats.attempts > 1 else ""
    say(f"{stats.cluster} {stats.job_id}: {stats.name} ({stats.user}{attempt})")
    say(f"{words.state(stats.state)}, {format_duration(stats.elapsed_s)}{limit}{age}")
    for verdict in stats.verdicts:
        say(f"{MARK[verdict.level]} {verdict.text}", style=STYLE[verdict.level])
    show(USES, _uses(stats))
    if stats.devices:
        say(f"each GPU, {words.ago(stats.devices_as_of)}", style="dim")
        show(GPUS, [_gpu(gpu) for gpu in stats.devices])
    for problem in filter(None, [*stats.problems, stats.unmeasured]):
        click.echo(f"clausius: {words.printable(problem)}", err=True)
    if stats.source:
        say(f"told by {stats.source}", style="dim")


def _uses(stats: JobStats) -> list[list[str]]:
    used = "-" if stats.cpus_used is None else f"{stats.cpus_used:.1f}"
    now = f"{_share(stats.cpu_now_percent)} since the look before" if stats.cpu_now_percent is not None else ""
    at_the_moment = f"{gib(stats.rss_mib)} at the moment" if stats.rss_mib else ""
    rows = [
        ["CPU", f"{stats.cpus}", used, _share(stats.cpu_percent), now],
        ["memory", _size(stats.memory_mib), _size(stats.max_rss_mib), _share(stats.memory_percent), at_the_moment],
    ]
    if stats.gpus:
        seen = f"measured {words.ago(stats.gpu_as_of)}" if stats.gpu_as_of else "not measured"
        kind = f" {stats.gpu_type.upper()}" if stats.gpu_type else ""
        rows.append(["GPU", f"{stats.gpus}{kind}", "", _share(stats.gpu_percent), seen])
        given, taken = stats.gpu_memory_total_mib, stats.gpu_memory_mib
        share = 100 * taken / given if given and taken is not None else None
        if taken is not None:
            rows.append(["GPU memory", _size(given), _size(taken), _share(share), ""])
    return rows


def _gpu(gpu: GpuUse) -> list[str]:
    return [
        gpu.node,
        gpu.uuid[:12] if gpu.index is None else str(gpu.index),
        gpu.name,
        _share(gpu.percent),
        f"{_size(gpu.memory_mib)} of {_size(gpu.memory_total_mib)}",
        "-" if gpu.power_w is None else f"{gpu.power_w:.0f} W",
        "-" if gpu.temperature_c is None else f"{gpu.temperature_c:.0f} °C",
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else percent(share)


def _size(mib: int | None) -> str:
    return "-" if mib is None else gib(mib)
