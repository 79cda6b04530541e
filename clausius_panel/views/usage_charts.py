"""The charts of each tab of the usage page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from ..queries.usage import UsageBoard
from ..state.usage_found import UsageChoices, UsageFound
from . import usage_drawing as draw
from .charts import SERIES, ChartTheme
from .usage_bars import nodes, who
from .usage_drawing import OTHERS, Chart
from .usage_frames import DAY_NAMES, FILTER_OF, NONE, NOUN, as_file, colours_of, periods
from .usage_tips import figure_text, tip
from .usage_waits import waiting

__all__ = ["charts_of"]

_MOST_NARROW_WEEKS = 27
_WEEKS_OF_A_NAME = 2
"""So many columns of the calendar have room for the name of a month."""


def charts_of(
    tab: str, found: UsageFound, theme: ChartTheme, *, choices: UsageChoices | None = None
) -> list[Chart]:
    """The charts of one tab, in order."""
    make: dict[str, Callable[[UsageFound, ChartTheme], list[Chart]]] = {
        "overview": _overview,
        "waiting": partial(waiting, choices=choices),
        "who": partial(who, choices=choices),
        "nodes": nodes,
    }
    return make[tab](found, theme) if tab in make else []


def _overview(found: UsageFound, theme: ChartTheme) -> list[Chart]:
    board, colours = found.board, colours_of(found.board)
    by = f" by {NOUN[board.group]}" if board.group else ""
    note = "each in the period in which it started"
    if board.group == "gpu_type":
        note = "one with several types counts for each"
    charts = [
        _over_time(board, theme, "gpu_hours", f"GPU hours{by}", "GPU h", colours),
        _over_time(board, theme, "cpu_hours", f"CPU hours{by}", "CPU h", colours),
        _over_time(board, theme, "jobs", f"Jobs{by}", "jobs", colours, note=note),
        _users(board, theme, colours),
    ]
    if board.summary.gpu_hours == 0:
        charts = [*charts[1:], charts[0]]
    if found.calendar is not None and len(found.calendar) > 6:
        charts.append(_calendar(found.calendar, theme, gpus=board.summary.gpu_hours > 0))
    return charts


def _over_time(
    board: UsageBoard,
    theme: ChartTheme,
    column: str,
    title: str,
    unit: str,
    colours: Mapping[str, str],
    *,
    note: str = "",
) -> Chart:
    table = board.series if board.group else board.totals
    if not float(table[column].sum()):
        return Chart(id=column, title=title, note=f"No {unit} in these days.", element=None)
    frame = _named_frame(board, table, column, colours)
    present = set(frame.loc[frame["value"] > 0, "name"])
    shown = {name: tone for name, tone in colours.items() if name in present}
    return Chart(
        id=column,
        title=title,
        note=note,
        element=draw.stacked(frame, theme, unit=unit, colours=shown),
        table=as_file(table),
        legend=list(shown.items()) if board.group else (),
        legend_of=FILTER_OF.get(board.group, ""),
    )


def _named_frame(board: UsageBoard, table: pd.DataFrame, column: str, colours: Mapping[str, str]) -> pd.DataFrame:
    """start, end, middle, label, name and value of each period and name; small ones are one."""
    others = next((name for name in colours if name.startswith("others (")), "")
    frame = pd.DataFrame({"period": table["period"], "name": "all jobs", "value": table[column].astype(float)})
    if board.group:
        frame["name"] = table["group"].astype(str).replace("", NONE)
    frame["name"] = frame["name"].where(frame["name"].isin(list(colours)), others)
    sums = frame.groupby(["period", "name"])["value"].sum()
    every = pd.MultiIndex.from_product([board.totals["period"], list(colours)], names=["period", "name"])
    whole = sums.reindex(every, fill_value=0.0).reset_index()
    return whole.merge(periods(board.totals), on="period").sort_values("start", kind="stable")


_EVERYBODY = "all users"


def _users(board: UsageBoard, theme: ChartTheme, colours: Mapping[str, str]) -> Chart:
    """All who had jobs, and those of each group that has a colour of its own: one can be of several."""
    columns = ["period", "period_start", "period_end", "users"]
    if board.group in ("", "user"):
        table, tones = board.totals[columns].assign(group=_EVERYBODY), {_EVERYBODY: SERIES[0]}
    else:
        named = board.series[[*columns, "group"]]
        named = named.assign(group=named["group"].astype(str).replace("", NONE))
        table = pd.concat([board.totals[columns].assign(group=_EVERYBODY), named], ignore_index=True)
        tones = {
            _EVERYBODY: OTHERS,
            **{name: tone for name, tone in colours.items() if name in set(named["group"])},
        }
    every = pd.MultiIndex.from_product([board.totals["period"], list(tones)], names=["period", "name"])
    counts = table.set_index(["period", "group"])["users"].astype(float).rename_axis(["period", "name"])
    frame = counts.reindex(every, fill_value=0.0).rename("value").reset_index()
    frame = frame.merge(periods(board.totals), on="period").sort_values("start", kind="stable")
    apart = len(tones) > 1
    return Chart(
        id="users",
        title=f"Users who had jobs, by {NOUN[board.group]}" if apart else "How many users had jobs",
        note="dashed: all" if apart else "",
        element=draw.lines(
            frame, theme, unit="users", colours=tones, total=False, dashed=_EVERYBODY if apart else ""
        ),
        table=as_file(table if apart else table[columns]),
        legend=[one for one in tones.items() if one[0] != _EVERYBODY] if apart else (),
        legend_of=FILTER_OF[board.group] if apart else "",
    )


def _calendar(days: pd.DataFrame, theme: ChartTheme, *, gpus: bool) -> Chart:
    column, unit = ("gpu_hours", "GPU h") if gpus else ("cpu_hours", "CPU h")
    start = days["period_start"].dt.tz_localize(None)
    monday = start.min() - pd.Timedelta(days=int(start.min().weekday()))
    x = ((start - monday).dt.days // 7).astype(int)
    texts = [
        tip(
            f"{DAY_NAMES[day.weekday()]} {label}",
            [("GPU hours", figure_text(gpu)), ("CPU hours", figure_text(cpu)), ("jobs", figure_text(jobs))],
        )
        for day, label, gpu, cpu, jobs in zip(
            start, days["period"], days["gpu_hours"], days["cpu_hours"], days["jobs"], strict=True
        )
    ]
    frame = pd.DataFrame({"x": x, "y": start.dt.day_of_week, "value": days[column].astype(float), "tip": texts})
    return Chart(
        id="calendar",
        title=f"Which days were busy ({unit} a day)",
        element=draw.heat(
            frame,
            theme,
            xticks=_month_ticks(start, x),
            yticks=[(i, day) for i, day in enumerate(DAY_NAMES)],
            height=170,
        ),
        table=as_file(days[["period", "jobs", "users", "cpu_hours", "gpu_hours"]]),
        wide=int(x.max()) > _MOST_NARROW_WEEKS,
        height=170,
    )


def _month_ticks(days: pd.Series[pd.Timestamp], weeks: pd.Series[int]) -> list[tuple[float, str]]:
    """Each month above the first week with a day of it; the first, of few days, gives way to the next."""
    first: dict[str, int] = {}
    for day, week in zip(days, weeks, strict=True):
        first.setdefault(f"{day:%Y-%m}", int(week))
    places = list(first.values())
    names = [f"{pd.Timestamp(month):%b}" for month in first]
    return [
        (float(week), name)
        for week, name, following in zip(places, names, [*places[1:], None], strict=True)
        if following is None or following - week >= _WEEKS_OF_A_NAME
    ]
