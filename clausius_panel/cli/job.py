"""`clausius job`: all that is known of one job."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

import click

from .. import answers
from ..local_processes import are_processes
from ..model import Job
from ..model.durations import format_duration
from ..queries import cluster_configs
from . import words
from .context import cluster_argument, exit_code, json_option, max_age_option, open_runtime, say_ages
from .tables import Column, say, show

__all__ = ["job_command"]


@click.command("job")
@cluster_argument()
@click.argument("job_id")
@max_age_option()
@json_option()
@click.pass_context
def job_command(ctx: click.Context, *, cluster: str, job_id: str, fresh_s: float | None, as_json: bool) -> int:
    """Show one job and what happened to it."""
    with open_runtime(ctx) as runtime:
        answer = answers.job(runtime, cluster, job_id, fresh_s=fresh_s)
        known = [each for each in cluster_configs(runtime.store) if each.name == cluster]
        is_process = any(are_processes(runtime.store, each) for each in known)
    if as_json:
        click.echo(answers.as_json(answer))
        return exit_code(answer.clusters)
    rows = [[name, text] for name, text in _facts(answer.job) if text]
    show([Column(title="FIELD"), Column(title="VALUE")], rows)
    say("")
    show(
        [Column(title="SEEN"), Column(title="STATE"), Column(title="REASON"), Column(title="TOLD BY")],
        [
            [_time(event.at), event.state, event.reason or "-", _teller(event.evidence, is_process=is_process)]
            for event in answer.events
        ],
    )
    say_ages(answer.clusters)
    return exit_code(answer.clusters)


def _teller(evidence: str, *, is_process: bool) -> str:
    return "ps" if is_process and evidence == "squeue" else evidence or "-"


def _facts(job: Job) -> list[tuple[str, str]]:
    return [(field.name, _text(field.name, getattr(job, field.name), job)) for field in fields(Job)]


def _text(name: str, value: object, job: Job) -> str:
    """A field's value for people; "" where there is none."""
    if name == "gpus":
        return words.gpus(job) if job.gpus else ""
    if isinstance(value, datetime):
        return f"{_time(value)} ({words.ago(value)})"
    if name.endswith("_s") and isinstance(value, int):
        return format_duration(value) if value else ""
    return "" if value in (None, "") else str(value)


def _time(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %Z}"
