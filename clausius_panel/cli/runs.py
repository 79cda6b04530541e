"""The commands about what jobs belong to: runs, run, projects, project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from .. import answers
from ..model import state_family
from ..model.run import RunRow
from ..queries.projects import ProjectSummary, project_jobs, projects
from ..queries.run_detail import RunDetail
from ..queries.runs import RunSummary, runs
from ..store.projects import get_project
from ..store.resubmit import LOST_QUOTES
from . import words
from .context import (
    cluster_argument,
    cluster_option,
    exit_code,
    json_option,
    max_age_option,
    open_runtime,
    say_ages,
)
from .jobs import write_jobs
from .tables import STYLE, Column, say, show

__all__ = ["project_command", "projects_command", "run_command", "runs_command"]

RUNS = (
    Column(title="CLUSTER"),
    Column(title="RUN", flexible=10),
    Column(title="NAME", flexible=18),
    Column(title="PROJECT", rank=2, flexible=8),
    Column(title="USER", rank=4),
    Column(title="JOBS", right=True),
    Column(title="TASKS", flexible=20),
    Column(title="GPUS", right=True, rank=3),
    Column(title="SUBMITTED", right=True, rank=1),
)
JOBS = (
    Column(title="JOB", flexible=12),
    Column(title="NAME", flexible=18),
    Column(title="STATE"),
    Column(title="TASKS", right=True, rank=3),
    Column(title="GPUS", right=True, rank=2),
    Column(title="AFTER", flexible=10, rank=1),
    Column(title="SUBMITTED", right=True, rank=4),
)
PROJECTS = (
    Column(title="PROJECT"),
    Column(title="RUNNING", right=True),
    Column(title="PENDING", right=True),
    Column(title="FAILED", right=True),
    Column(title="GPUS", right=True, rank=1),
    Column(title="RUNS", right=True),
    Column(title="LAST SUBMITTED", right=True),
)


@click.command("runs", short_help="List runs: jobs that belong together.")
@cluster_option()
@click.option("-m", "--mine", is_flag=True, help="Only jobs of your own login on each cluster.")
@click.option("-P", "--project", default="", metavar="NAME", help="Only this project's.")
@click.option("--text", default="", metavar="TEXT", help="Words that must be in a job's name, id, nodes ...")
@click.option("-n", "--limit", type=click.IntRange(0, 1000), default=50, show_default=True, metavar="N")
@max_age_option()
@json_option()
@click.pass_context
def runs_command(
    ctx: click.Context,
    /,
    *,
    clusters: Sequence[str],
    mine: bool,
    project: str,
    text: str,
    limit: int,
    fresh_s: float | None,
    as_json: bool,
) -> int:
    """List runs, those with jobs in the queue first. A run is the jobs that one piece of work was cut into."""
    with open_runtime(ctx) as runtime:
        ages = answers.cluster_ages(runtime.refresh(clusters, max_age_s=fresh_s))
        if project:
            get_project(runtime.store, project)
        page = runs(runtime.store, clusters=clusters, mine=mine, project=project, text=text, limit=limit)
    if as_json:
        click.echo(answers.as_json({"runs": page.runs, "total": page.total, "clusters": ages}))
        return exit_code(ages)
    if page.runs:
        show(RUNS, [_run_cells(each) for each in page.runs])
    elif any(age.as_of for age in ages):
        say("no runs")
    if len(page.runs) < page.total:
        say(f"{len(page.runs):,} of {page.total:,} runs; --limit shows more", style="dim")
    say_ages(ages)
    return exit_code(ages)


@click.command("run", short_help="Show one run and its jobs.")
@cluster_argument()
@click.argument("run_or_job")
@max_age_option()
@json_option()
@click.pass_context
def run_command(ctx: click.Context, *, cluster: str, run_or_job: str, fresh_s: float | None, as_json: bool) -> int:
    """Show one run on CLUSTER, named by its id or that of any of its jobs; parents stand before what waits."""
    with open_runtime(ctx) as runtime:
        found, ages = answers.run(runtime, cluster, run_or_job, fresh_s=fresh_s)
    if as_json:
        click.echo(answers.as_json({"run": found, "clusters": ages}))
        return exit_code(ages)
    _show_run(found)
    say_ages(ages)
    return exit_code(ages)


@click.command("projects", short_help="List projects, as job names tell them.")
@max_age_option()
@json_option()
@click.pass_context
def projects_command(ctx: click.Context, *, fresh_s: float | None, as_json: bool) -> int:
    """List projects, those with jobs in the queue first."""
    with open_runtime(ctx) as runtime:
        ages = answers.cluster_ages(runtime.refresh(max_age_s=fresh_s))
        found = projects(runtime.store)
    if as_json:
        click.echo(answers.as_json({"projects": found, "clusters": ages}))
        return exit_code(ages)
    if found:
        show(PROJECTS, [_project_cells(each) for each in found])
    elif any(age.as_of for age in ages):
        say("no projects")
    say_ages(ages)
    return exit_code(ages)


@click.command("project", short_help="List the jobs of a project.")
@click.argument("name")
@click.option("-C", "--campaign", default="", metavar="NAME", help="Only those of one campaign.")
@click.option("-n", "--limit", type=click.IntRange(1, 20_000), default=200, show_default=True, metavar="N")
@max_age_option()
@json_option()
@click.pass_context
def project_command(
    ctx: click.Context, /, *, name: str, campaign: str, limit: int, fresh_s: float | None, as_json: bool
) -> int:
    """List the jobs of the project NAME: those in the queue first, then the newest."""
    with open_runtime(ctx) as runtime:
        ages = answers.cluster_ages(runtime.refresh(max_age_s=fresh_s))
        page = project_jobs(runtime.store, name, campaign=campaign, limit=limit)
        write_jobs(answers.JobsAnswer(jobs=page.jobs, total=page.total, clusters=ages), as_json=as_json)
    return exit_code(ages)


def _run_cells(each: RunSummary) -> list[str]:
    return [
        each.cluster,
        each.run_id,
        f"{'* ' if each.starred else ''}{each.name}",
        "/".join(filter(None, [each.project, each.campaign])) or "-",
        each.user,
        words.number(each.jobs),
        _counts(each.tasks),
        words.number(sum(each.gpus.values())),
        words.ago(each.first_submit),
    ]


def _show_run(found: RunDetail) -> None:
    one = found.summary
    attempt = f", attempt {one.attempt} of {one.attempts}" if one.attempts > 1 else ""
    say(f"{one.cluster} {one.run_id}: {one.name} ({one.user}{attempt})")
    say(f"{_counts(one.tasks)}; submitted {words.ago(one.first_submit)}")
    if one.notes:
        say(one.notes)
    told = found.metadata
    for title, text in {
        f"command ({LOST_QUOTES})": told.submit_command,
        **told.environment,
        **told.parameters,
    }.items():
        if text:
            say(f"{title}: {text}", style="dim")
    styles = [[STYLE[_family(row)] if at == 2 else "" for at in range(len(JOBS))] for row in found.rows]
    show(JOBS, [_job_cells(row) for row in found.rows], styles=styles)


def _job_cells(row: RunRow) -> list[str]:
    return [
        row.job.job_id,
        row.job.name,
        words.state(row.state),
        words.number(row.job.tasks),
        words.number(row.job.gpus),
        ", ".join(row.parents) or "-",
        words.ago(row.job.submit_time),
    ]


def _family(row: RunRow) -> str:
    return "completed" if row.is_skipped else state_family(row.job.state)


def _project_cells(each: ProjectSummary) -> list[str]:
    return [
        each.project.name,
        *(words.number(each.tasks.get(family, 0)) for family in ("running", "pending", "failed")),
        words.number(each.gpus.get("running", 0)),
        words.number(each.runs),
        words.ago(each.last_submit),
    ]


def _counts(tasks: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {family}" for family, count in sorted(tasks.items()) if count) or "-"
