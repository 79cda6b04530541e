"""The command usage: who used what, how well, and how long jobs waited. No cluster is asked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from .context import json_option, open_runtime
from .history import filter_options, filters_of
from .tables import Column, say, show

if TYPE_CHECKING:
    import pandas as pd

    from ..queries.usage import UsageBoard
    from ..queries.usage_changes import UsageBefore

__all__ = ["usage_command"]

GROUPS = ("cluster", "account", "user", "partition", "state", "qos", "project", "gpu_type")
_WAITS = ("partition", "qos", "cluster", "account", "user", "gpus", "nodes", "hour_of_week")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("usage", short_help="Show who used what, and how well.")
@filter_options
@click.option("--start", type=_DAY, metavar="DAY", help="First day, such as 2026-01-31. [default: 42 days back]")
@click.option("--end", type=_DAY, metavar="DAY", help="Last day; it belongs to it. [default: today]")
@click.option(
    "--period", type=click.Choice(["auto", "day", "week", "month", "year"]), default="auto", show_default=True
)
@click.option(
    "--tz", default="UTC", show_default=True, metavar="ZONE", help="Time zone of days, such as Europe/Berlin."
)
@click.option("--by", "group", type=click.Choice(GROUPS), help="Tell apart by this.")
@click.option("--basis", type=click.Choice(["spread", "start", "end"]), default="spread", show_default=True)
@click.option("--complete", is_flag=True, help="Only periods that are over.")
@click.option("--segments", type=click.IntRange(0, 100), default=0, metavar="N", help='Cut accounts after N "-".')
@click.option("--efficiency", is_flag=True, help="Instead: how much was used of what jobs held (--by, else user).")
@click.option("--advice", is_flag=True, help="Instead: what jobs could ask for less, or more.")
@click.option("--waits", type=click.Choice(_WAITS), help="Instead: hours waited, by this.")
@click.option(
    "--boxes", is_flag=True, help="Instead: how hours waited and run spread, by partition, QOS and GPUs."
)
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="N")
@click.option("--csv", "csv_", is_flag=True, help="CSV, whole.")
@json_option()
@click.pass_context
def usage_command(
    ctx: click.Context,
    /,
    *,
    start: datetime | None,
    end: datetime | None,
    period: Any,
    tz: str,
    group: Any,
    basis: Any,
    complete: bool,
    segments: int,
    efficiency: bool,
    advice: bool,
    waits: Any,
    boxes: bool,
    limit: int,
    csv_: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """CPU and GPU hours, jobs, users and waiting times by period; hours are spread over the time that jobs ran."""
    filters = filters_of(**given)
    days: dict[str, Any] = {"start": start and start.date(), "end": end and end.date(), "tz": tz}
    instead = {"efficiency": efficiency, "advice": advice, "waits": waits, "boxes": boxes}
    if sum(map(bool, instead.values())) > 1:
        raise click.UsageError("choose one of --efficiency, --advice, --waits and --boxes")
    with open_runtime(ctx) as runtime:
        if any(instead.values()):
            frame = _other(runtime.store, group, {**days, **filters}, **instead, limit=limit)
            none = _NO_ADVICE if advice else _NO_JOBS
            _tell(frame, {}, limit=limit, csv_=csv_, as_json=as_json, none=none)
            return
        from ..queries.usage import usage_board

        board = usage_board(
            runtime.store,
            period=period,
            basis=basis,
            group=group or "",
            account_segments=segments,
            complete_periods_only=complete,
            compare=True,
            **days,
            **filters,
        )
    if not (csv_ or as_json):
        _say_summary(board)
    columns = [
        "period",
        *(["group"] if group else []),
        "jobs",
        "users",
        "cpu_hours",
        "gpu_hours",
        "wait_h",
        "run_h",
    ]
    _tell(board.series[columns], _head(board), limit=limit, csv_=csv_, as_json=as_json)


def _other(store: Any, group: Any, asked: dict[str, Any], **instead: Any) -> pd.DataFrame:
    """The frame of the question that was asked instead of usage."""
    from dataclasses import asdict

    import pandas as pd

    from ..queries import efficiency as use
    from ..queries.usage_boxes import time_boxes
    from ..queries.waiting import wait_times

    if instead["waits"]:
        return wait_times(store, by=instead["waits"], **asked)
    if instead["boxes"]:
        return time_boxes(store, **asked)
    if instead["advice"]:
        rows = use.right_sizing(store, limit=min(instead["limit"], 1000), **asked)
        return pd.DataFrame([asdict(row) for row in rows], columns=list(use.Advice.__slots__))
    return use.efficiency(store, group=group or "user", **asked)


def _head(board: UsageBoard) -> dict[str, Any]:
    return {
        "start": board.span.start,
        "end": board.span.end,
        "days": board.span.words,
        "period": board.span.period,
        "as_of": board.as_of,
        "summary": board.summary,
        "before": board.before,
    }


def _say_summary(board: UsageBoard) -> None:
    told = board.summary
    say(
        f"{board.span.words} ({board.span.tz}): "
        f"{told.jobs:,} jobs of {told.users:,} user{'' if told.users == 1 else 's'}, "
        f"{told.cpu_hours:,.0f} CPU hours, {told.gpu_hours:,.0f} GPU hours"
    )
    if board.before is not None:
        say(_compared(board.before), style="dim")


_COMPARED = {"jobs": "jobs", "cpu_hours": "CPU hours", "gpu_hours": "GPU hours", "wait_h_median": "median wait"}


def _compared(before: UsageBefore) -> str:
    """By how much the figures differ from those of the time before, or why that is not known."""
    from ..queries.usage_changes import change_words

    days = f"{before.start} to {before.end}"
    if before.summary is None:
        return f"not compared with {days}: {before.why}"
    words = [f"{_COMPARED[one.figure]} {change_words(one)}" for one in before.changes if one.figure in _COMPARED]
    return f"compared with {days}: {', '.join(words)}"


_NO_JOBS = "no jobs"
_NO_ADVICE = "no advice: too few alike ended in these days, or what they used is not known, or was what they held"


def _tell(
    frame: pd.DataFrame, head: dict[str, Any], *, limit: int, csv_: bool, as_json: bool, none: str = _NO_JOBS
) -> None:
    """A frame in the form that was asked for; `none` is said of one without rows."""
    from .. import answers
    from ..queries.frames import plain_rows
    from ..queries.history_export import guarded

    if as_json:
        click.echo(answers.as_json({**head, "rows": plain_rows(frame)}))
    elif csv_:
        click.echo(frame.map(guarded).to_csv(index=False), nl=False)
    elif frame.empty:
        say(none)
    else:
        columns = [
            Column(title=str(name).upper(), right=frame[name].dtype.kind in "if", flexible=12)
            for name in frame.columns
        ]
        show(columns, [[_cell(value) for value in row.values()] for row in plain_rows(frame.head(limit))])
        if len(frame) > limit:
            say(f"{limit:,} of {len(frame):,} rows; --limit shows more", style="dim")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return "-" if value is None else f"{value:,}" if type(value) is int else str(value)
