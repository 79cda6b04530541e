"""The charts of waiting and running times."""

from __future__ import annotations

import pandas as pd

from ..queries.usage import UsageBoard
from ..queries.usage_boxes import BOX_GROUPS
from ..queries.usage_charts import BINS
from ..state.usage_found import UsageChoices, UsageFound
from . import usage_drawing as draw
from .charts import ChartTheme
from .usage_boxes import boxes
from .usage_drawing import Chart
from .usage_frames import DAY_NAMES, FILTER_OF, NONE, NOUN, as_file, colours_of, periods
from .usage_tips import figure_text, tip

__all__ = ["waiting"]


_BIN_COLOURS = ("#8fc1ea", "#5d9fdb", "#3b78c4", "#5a5fc0", "#8a57b3", "#b9507f", "#d5564c", "#a3343b")
"""From the shortest to the longest: each can be seen on light and on dark ground."""


def waiting(found: UsageFound, theme: ChartTheme, *, choices: UsageChoices | None = None) -> list[Chart]:
    """How long jobs waited and ran, over time, by what they asked for, and by hour of the week."""
    board, chosen = found.board, choices or UsageChoices()
    over_time = _means if chosen.times == "group" and board.group else _ribbon
    spread = _bins_over_time if chosen.bins == "period" else _bins
    charts = [
        over_time(board, theme, "wait_h", "How long jobs waited"),
        over_time(board, theme, "run_h", "How long jobs ran"),
        spread(board, theme, "wait_h", "How the waiting times spread"),
        spread(board, theme, "run_h", "How the running times spread"),
    ]
    if found.boxes is not None:
        pairs = [(by, measure) for by in BOX_GROUPS for measure in ("wait_h", "run_h")]
        charts += [_boxes(found.boxes, theme, measure, by) for by, measure in pairs]
    if found.week is not None:
        charts.append(_week(found.week, theme))
    return [chart for chart in charts if chart.element is not None or chart.note]


def _means(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    """The mean of each group that has a colour of its own: what is left over has no mean that would say much."""
    title = f"{title}, by {NOUN[board.group]}"
    table = board.series[["period", "period_start", "period_end", "is_complete", "group", "started", measure]]
    rows = table.dropna(subset=measure)
    named = rows["group"].astype(str).replace("", NONE)
    every = colours_of(board)
    colours = {name: tone for name, tone in every.items() if name in set(named)}
    if not colours:
        return Chart(id=measure, title=title, note="No job started in these days.", element=None)
    frame = pd.DataFrame({"period": rows["period"], "name": named, "value": rows[measure].astype(float)})
    frame = frame[frame["name"].isin(list(colours))].merge(periods(board.totals), on="period")
    frame = frame.sort_values(["start", "value"], ascending=[True, False], kind="stable")
    return Chart(
        id=measure,
        title=title,
        note="mean" + (" of those with the most hours" if len(every) > len(colours) else ""),
        element=draw.lines(frame, theme, unit="h", colours=colours, total=False),
        table=as_file(table),
        legend=list(colours.items()),
        legend_of=FILTER_OF[board.group],
    )


def _ribbon(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    rows = board.trends[board.trends["measure"] == measure]
    note = "line: median; bands: 25 to 75 and 75 to 95 of 100 jobs"
    if rows.empty:
        return Chart(id=measure, title=title, note="No job started in these days.", element=None)
    frame = rows.merge(periods(board.totals), on="period")
    return Chart(
        id=measure, title=title, note=note, element=draw.ribbon(frame, theme, unit="h"), table=as_file(rows)
    )


def _bins(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    rows = board.bins[board.bins["measure"] == measure].groupby("bin")["jobs"].sum()
    total = float(rows.sum())
    if not total:
        return Chart(id=f"{measure}-bins", title=title, note="No job started in these days.", element=None)
    counts = [float(rows.get(name, 0)) for name, _ in BINS]
    shares = [100 * count / total for count in counts]
    texts = [
        tip(name, [("jobs", figure_text(count)), ("of all", f"{share:.1f} %")])
        for (name, _), count, share in zip(BINS, counts, shares, strict=True)
    ]
    frame = pd.DataFrame({"name": [_short(name) for name, _ in BINS], "value": shares, "tip": texts})
    return Chart(
        id=f"{measure}-bins",
        title=title,
        element=draw.columns(frame, theme, unit="% of jobs"),
        table=as_file(board.bins[board.bins["measure"] == measure]),
    )


def _bins_over_time(board: UsageBoard, theme: ChartTheme, measure: str, title: str) -> Chart:
    """Of 100 jobs of each period, how many took how long."""
    rows = board.bins[board.bins["measure"] == measure]
    title = f"{title}, by {board.span.period}"
    if rows.empty:
        return Chart(id=f"{measure}-bins", title=title, note="No job started in these days.", element=None)
    every = {name: tone for (name, _), tone in zip(BINS, _BIN_COLOURS, strict=True)}
    colours = {name: tone for name, tone in every.items() if name in set(rows["bin"])}
    shares = rows.set_index(["period", "bin"])["percent"]
    cells = pd.MultiIndex.from_product([board.totals["period"], list(colours)], names=["period", "name"])
    frame = shares.rename_axis(["period", "name"]).reindex(cells, fill_value=0.0).rename("value").reset_index()
    frame = frame.merge(periods(board.totals), on="period").sort_values("start", kind="stable")
    return Chart(
        id=f"{measure}-bins",
        title=title,
        element=draw.stacked(frame, theme, unit="% of jobs", colours=colours),
        table=as_file(rows),
        legend=list(colours.items()),
    )


def _short(name: str) -> str:
    """A bin as an axis has room for it.

    >>> _short("30 min - 1 h"), _short("> 7 d")
    ('30m\N{EN DASH}1h', '>7d')
    """
    return name.replace(" - ", "\N{EN DASH}").replace(" min", "m").replace(" ", "")


_MOST_BOXES = 10


def _boxes(frame: pd.DataFrame, theme: ChartTheme, measure: str, by: str) -> Chart:
    rows = frame[(frame["measure"] == measure) & (frame["by"] == by)]
    verb = {"wait_h": "waited", "run_h": "ran"}[measure]
    title = f"How long jobs {verb}, by {_BY[by]}"
    if len(rows) < 2:  # the same as all jobs: one box would say nothing
        return Chart(id=f"{measure}-{by}", title=title, element=None)
    shown = rows.head(_MOST_BOXES)
    names = [_box_name(by, str(group)) for group in shown["group"]]
    return Chart(
        id=f"{measure}-{by}",
        title=title,
        note="the ten with the most jobs" if len(rows) > len(shown) else "",
        element=boxes(shown.assign(name=names), theme),
        table=as_file(rows),
        dimension={"partition": "partitions", "qos": "qos"}.get(by, ""),
    )


_BY = {"partition": "partition", "qos": "QOS", "gpus": "GPUs of a job"}


def _box_name(by: str, group: str) -> str:
    if by != "gpus":
        return group or NONE
    return {"0": "no GPU", "1": "1 GPU"}.get(group, f"{group} GPUs")


def _week(hours: pd.DataFrame, theme: ChartTheme) -> Chart:
    texts = [
        tip(
            f"submitted {row['group']}:00",
            [("median wait", figure_text(float(row["p50"]), "h")), ("jobs", figure_text(row["jobs"])),
             ("9 of 10 at most", figure_text(float(row["p90"]), "h"))],
        )
        for _, row in hours.iterrows()
    ]  # fmt: skip
    frame = pd.DataFrame(
        {"x": hours["hour"], "y": hours["weekday"], "value": hours["p50"].astype(float), "tip": texts}
    )
    return Chart(
        id="week",
        title="When to submit: median wait by hour of the week",
        note="the stronger the colour, the longer",
        element=draw.heat(
            frame,
            theme,
            xticks=[(hour, f"{hour:02}") for hour in range(0, 24, 3)],
            yticks=[(i, day) for i, day in enumerate(DAY_NAMES)],
            height=190,
        ),
        table=as_file(hours),
        wide=True,
        height=190,
    )
