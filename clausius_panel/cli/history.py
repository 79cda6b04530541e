"""The commands history and sql: any job of the past. No cluster is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import click

from .context import cluster_option, json_option, open_runtime
from .tables import Column, say, show, state_style
from .words import ago, number
from .words import state as state_word

if TYPE_CHECKING:
    from ..queries.history import HistoryRun
    from ..queries.history_filters import HistoryFilters
    from ..queries.history_rows import HistoryRow

__all__ = ["filter_options", "filters_of", "history_command", "sql_command"]

JOBS = (
    Column(title="CLUSTER"),
    Column(title="JOB", flexible=10),
    Column(title="NAME", flexible=18),
    Column(title="USER", rank=3),
    Column(title="PARTITION", rank=4),
    Column(title="STATE"),
    Column(title="GPUS", right=True, rank=2),
    Column(title="HOURS", right=True, rank=1),
    Column(title="SUBMITTED", right=True),
)
RUNS = (
    Column(title="CLUSTER"),
    Column(title="RUN", flexible=10),
    Column(title="NAME", flexible=18),
    Column(title="USER", rank=2),
    Column(title="PROJECT", rank=3, flexible=8),
    Column(title="JOBS", right=True),
    Column(title="STATES", flexible=20, rank=1),
    Column(title="SUBMITTED", right=True),
)

_TIME = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_FILTERS = (
    ("-u", "--user", "users", "Only this user's jobs; may be repeated."),
    ("-A", "--account", "accounts", "Only this account's; may be repeated."),
    ("-p", "--partition", "partitions", "Only in this partition; may be repeated."),
    ("-P", "--project", "projects", "Only this project's; may be repeated."),
    ("-q", "--qos", "qos", "Only of this quality of service; may be repeated."),
    ("-g", "--gpu-type", "gpu_types", "Only with this type of GPU; may be repeated."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose jobs of the past by names."""
    for short, long, name, words in reversed(_FILTERS):
        command = click.option(short, long, name, metavar="NAME", multiple=True, help=words)(command)
    states = "failed, completed ... or Slurm's states; may be repeated."
    command = click.option("-s", "--state", "states", metavar="STATE", multiple=True, help=states)(command)
    return cluster_option()(command)


def filters_of(**given: Any) -> HistoryFilters:
    """Only what was given."""
    return cast(
        "HistoryFilters", {name: value for name, value in given.items() if value not in ((), "", False, None)}
    )


@click.command("history", short_help="Find any job that ever ran.")
@click.argument("text", nargs=-1)
@filter_options
@click.option(
    "--campaign", "campaigns", metavar="NAME", multiple=True, help="Only this campaign's; may be repeated."
)
@click.option("--starred", is_flag=True, help="Only jobs of runs with a star.")
@click.option("--days", type=click.FloatRange(0, 100_000), metavar="N", help="Submitted in the last N days.")
@click.option(
    "--since", type=_TIME, metavar="TIME", help="Submitted then or later: 2026-01-31 or 2026-01-31T12:00 (UTC)."
)
@click.option("--until", type=_TIME, metavar="TIME", help="Submitted before then (UTC).")
@click.option(
    "--sort", default=None, metavar="COLUMN", help="submit_time (with --runs: last_submit), cpu_hours, name ..."
)
@click.option("--ascending", is_flag=True, help="The smallest, or oldest, first.")
@click.option("--runs", "by_run", is_flag=True, help="A row for each run.")
@click.option("-n", "--limit", type=click.IntRange(1, 20_000), default=50, show_default=True, metavar="N")
@click.option("--cursor", default="", metavar="TEXT", help="Go on where the page before ended.")
@click.option("--csv", "csv_", is_flag=True, help="All jobs that the filters select, as CSV.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Into a file: .csv, .parquet or .arrow.")
@json_option()
@click.pass_context
def history_command(
    ctx: click.Context,
    /,
    *,
    text: Sequence[str],
    sort: str | None,
    ascending: bool,
    by_run: bool,
    limit: int,
    cursor: str,
    csv_: bool,
    output: str | None,
    as_json: bool,
    days: float | None,
    since: datetime | None,
    until: datetime | None,
    **given: Any,
) -> None:
    """Jobs with all the words TEXT in their name, id, run, project, user, account ..., the newest first."""
    from ..queries import history as past

    times = {"since": since and since.replace(tzinfo=UTC), "until": until and until.replace(tzinfo=UTC)}
    age = None if days is None else days * 86_400
    filters = filters_of(text=" ".join(text), max_age_s=age, **times, **given)
    with open_runtime(ctx) as runtime:
        if csv_ or output:
            _export(runtime.store, output, filters)
            return
        total = past.count_history(runtime.store, **filters)
        page: past.HistoryPage | past.HistoryRunPage
        if by_run:
            by = sort or "last_submit"
            page = past.history_runs(
                runtime.store, sort=by, descending=not ascending, limit=limit, cursor=cursor, **filters
            )
        else:
            by = sort or "submit_time"
            page = past.history(
                runtime.store, sort=by, descending=not ascending, limit=limit, cursor=cursor, **filters
            )
    _show_page(page, total, as_json=as_json)


def _show_page(page: Any, total: int, *, as_json: bool) -> None:
    from .. import answers
    from ..queries.history import HistoryRunPage

    if as_json:
        click.echo(answers.as_json({"rows": page.rows, "total": total, "cursor": page.cursor}))
    elif not page.rows:
        say("no jobs")
    elif isinstance(page, HistoryRunPage):
        show(RUNS, [_run_cells(each) for each in page.rows])
    else:
        styles = [[state_style(row.state) if at == 5 else "" for at in range(len(JOBS))] for row in page.rows]
        show(JOBS, [_job_cells(row) for row in page.rows], styles=styles)
    if page.cursor and not as_json:
        say(f"{total:,} jobs in all; --limit shows more, or go on with --cursor {page.cursor}", style="dim")


@click.command("sql", short_help="Ask the history in SQL.")
@click.argument("query", required=False)
@click.option("-n", "--rows", type=click.IntRange(1, 100_000), default=100, show_default=True, metavar="N")
@click.option("--csv", "csv_", is_flag=True, help="CSV.")
@json_option()
@click.pass_context
def sql_command(ctx: click.Context, *, query: str | None, rows: int, csv_: bool, as_json: bool) -> None:
    """The answer to QUERY, one SELECT in DuckDB's SQL; read-only. Without it: the views and columns there are."""
    from .. import answers
    from ..queries.frames import plain_rows
    from ..queries.history_sql import history_schema, history_sql

    if query is not None and not query.strip():
        raise click.UsageError("QUERY is empty; leave it out for the views and columns there are", ctx)
    with open_runtime(ctx) as runtime:
        if query is None:
            found = history_schema(runtime.store)
            columns = tuple(Column(title=name) for name in ("VIEW", "COLUMN", "TYPE", "MEANING"))
            show(columns, [[each.view, each.column, each.type, each.meaning] for each in found])
            return
        frame = history_sql(runtime.store, query, rows=rows)
    if as_json:
        click.echo(answers.as_json({"rows": plain_rows(frame), "more": frame.attrs["more"]}))
    elif csv_:
        from ..queries.history_export import guarded

        click.echo(frame.map(guarded).to_csv(index=False), nl=False)
    else:
        cells = [["-" if cell is None else str(cell) for cell in row.values()] for row in plain_rows(frame)]
        show([Column(title=str(name), flexible=8) for name in frame.columns], cells)
        if frame.attrs["more"]:
            say(f"there are more than {rows:,} rows; --rows shows more", style="dim")


def _export(store: Any, output: str | None, filters: HistoryFilters) -> None:
    from pathlib import Path

    from ..queries.history_export import export_history, export_history_file

    if output is None:
        export_history(store, sys.stdout.buffer, format="csv", **filters)
        return
    try:
        count = export_history_file(store, Path(output), **filters)
    except OSError as error:
        raise click.FileError(output, error.strerror) from error
    say(f"{count:,} jobs written to {output}")


def _job_cells(row: HistoryRow) -> list[str]:
    return [
        row.cluster,
        row.job_id,
        row.name,
        row.user,
        row.partition,
        state_word(row.state),
        number(row.gpus),
        number(round(row.elapsed_s / 3600, 1)),
        ago(row.submit_time),
    ]


def _run_cells(row: HistoryRun) -> list[str]:
    return [
        row.cluster,
        row.run_id,
        f"{'* ' if row.starred else ''}{row.name}",
        row.user,
        "/".join(filter(None, [row.project, row.campaign])) or "-",
        number(row.jobs),
        ", ".join(f"{jobs:,} {state_word(state)}" for state, jobs in row.states.items()),
        ago(row.last_submit),
    ]
