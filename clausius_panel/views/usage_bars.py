"""The charts of who used what, of what size jobs were, and of nodes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..queries.usage import UsageBoard, UsageSummary, top
from ..state.usage_found import Bars, UsageChoices, UsageFound
from . import usage_drawing as draw
from .charts import SERIES, ChartTheme
from .usage_drawing import OTHERS, Chart
from .usage_frames import FILTER_OF, NONE, as_file, colours_of, tone
from .usage_tips import figure_text, tip

__all__ = ["MEASURES", "measure_of", "nodes", "who"]


MEASURES = {"gpu_hours": "GPU h", "cpu_hours": "CPU h", "jobs": "jobs"}
"""What bars of who used most can measure -> its unit."""

_CLASSES: tuple[tuple[str, float], ...] = (
    ("1", 2),
    ("2\N{EN DASH}9", 10),
    ("10\N{EN DASH}99", 100),
    ("100\N{EN DASH}999", 1_000),
    ("1,000\N{EN DASH}9,999", 10_000),
    ("10,000 or more", float("inf")),
)
"""Numbers of jobs, and below which number each ends."""


def measure_of(bars: Bars, summary: UsageSummary) -> str:
    """What bars measure: what was chosen, or GPU hours where there are any, else CPU hours."""
    return bars if bars != "auto" else "gpu_hours" if summary.gpu_hours else "cpu_hours"


def who(found: UsageFound, theme: ChartTheme, *, choices: UsageChoices | None = None) -> list[Chart]:
    """Who used most of what was chosen, and of what kind and size jobs were."""
    board = found.board
    by = measure_of((choices or UsageChoices()).bars, board.summary)
    charts = [
        _breakdown(board, theme, name, by, f"{title} by {MEASURES[by]}")
        for name, title in (("account", "Accounts"), ("user", "Users"), ("partition", "Partitions"),
                            ("project", "Projects"), ("qos", "QOS"), ("cluster", "Clusters"))
    ]  # fmt: skip
    charts.append(_breakdown(board, theme, "state", "jobs", "How jobs ended"))
    charts.append(_gpu_types(board, theme, "jobs" if by == "jobs" else "gpu_hours"))
    charts += [_sizes(board, theme, name) for name in ("gpus", "cpus", "nodes")]
    charts += [_jobs_of_users(board, theme), _activity(board, theme)]
    return [chart for chart in charts if chart.element is not None]


def _breakdown(board: UsageBoard, theme: ChartTheme, dimension: str, by: str, title: str) -> Chart:
    every = board.breakdown[board.breakdown["dimension"] == dimension].sort_values(
        [by, "value"], ascending=[False, True]
    )
    rows = top(every[every[by] > 0], dimension, count=10, by=by)
    if len(every) < 2 or rows.empty:  # all the same: a bar would say nothing
        return Chart(id=f"by-{dimension}", title=title, element=None)
    whole = float(every[by].sum())
    texts = [
        tip(
            str(row["value"]) or NONE,
            [("GPU hours", figure_text(row["gpu_hours"])), ("CPU hours", figure_text(row["cpu_hours"])),
             ("jobs", figure_text(row["jobs"])), ("users", figure_text(row["users"])),
             ("of all", f"{100 * row[by] / whole:.1f} %")],
        )
        for _, row in rows.iterrows()
    ]  # fmt: skip
    frame = pd.DataFrame({"name": rows["value"].replace("", NONE), "value": rows[by].astype(float), "tip": texts})
    without = int((every[by] <= 0).sum())
    return Chart(
        id=f"by-{dimension}",
        title=title,
        note=f"{without:,} without {MEASURES[by]}" if without else "",
        element=draw.bars(frame, theme, unit=MEASURES[by], colour=_painter(board, dimension)),
        table=as_file(every),
        dimension=FILTER_OF[dimension],
    )


def _painter(board: UsageBoard, dimension: str) -> Callable[[str], str]:
    """The colour of a bar: that of its state, or the one it has in the series; else all have one."""
    same = colours_of(board) if dimension == board.group else {}

    def paint(name: str) -> str:
        if dimension == "state":
            return tone("state", name, 0)
        return same.get(name, OTHERS) if same else OTHERS if name.startswith("Others (") else SERIES[0]

    return paint


def _gpu_types(board: UsageBoard, theme: ChartTheme, by: str) -> Chart:
    every = board.gpu_types.sort_values([by, "type"], ascending=[False, True])
    rows = every[every[by] > 0].head(10)
    if rows.empty:
        return Chart(id="by-gpu", title="", element=None)
    texts = [
        tip(
            str(row["type"]) or "not said",
            [("GPU hours", figure_text(row["gpu_hours"])), ("jobs", figure_text(row["jobs"]))],
        )
        for _, row in rows.iterrows()
    ]
    values = rows[by].astype(float)
    frame = pd.DataFrame({"name": rows["type"].replace("", "not said"), "value": values, "tip": texts})
    return Chart(
        id="by-gpu",
        title=f"Types of GPUs by {MEASURES[by]}",
        element=draw.bars(frame, theme, unit=MEASURES[by]),
        table=as_file(every),
        dimension="gpu_types",
    )


def _sizes(board: UsageBoard, theme: ChartTheme, measure: str) -> Chart:
    rows = board.sizes[board.sizes["measure"] == measure].head(16)
    noun = {"gpus": "GPUs", "cpus": "CPUs", "nodes": "nodes"}[measure]
    if rows.empty:
        return Chart(id=f"size-{measure}", title="", element=None)
    texts = [tip(f"{row['value']} {noun}", [("jobs", figure_text(row["jobs"]))]) for _, row in rows.iterrows()]
    frame = pd.DataFrame(
        {"name": rows["value"].astype(int).astype(str), "value": rows["jobs"].astype(float), "tip": texts}
    )
    return Chart(
        id=f"size-{measure}",
        title=f"{noun[0].upper()}{noun[1:]} of a job",
        note="the smallest 16 sizes" if len(rows) == 16 else "",
        element=draw.columns(frame, theme, unit="jobs"),
        table=as_file(board.sizes[board.sizes["measure"] == measure]),
    )


def _jobs_of_users(board: UsageBoard, theme: ChartTheme) -> Chart:
    """How many users had so many jobs."""
    title = "How many jobs users had"
    jobs = board.breakdown.loc[board.breakdown["dimension"] == "user", "jobs"]
    jobs = jobs[jobs > 0]
    if jobs.empty:
        return Chart(id="jobs-of-users", title=title, element=None)
    rows, least = [], 0.0
    for name, end in _CLASSES:
        of_these = jobs[(jobs >= least) & (jobs < end)]
        rows.append({"jobs_each": name, "users": len(of_these), "jobs": int(of_these.sum())})
        least = end
    while not rows[-1]["users"]:  # nobody had so many
        rows.pop()
    table = pd.DataFrame(rows)
    texts = [
        tip(f"{row['jobs_each']} jobs each", [("users", f"{row['users']:,}"), ("their jobs", f"{row['jobs']:,}")])
        for row in rows
    ]
    frame = pd.DataFrame({"name": table["jobs_each"], "value": table["users"].astype(float), "tip": texts})
    frame["name"] = frame["name"].replace({"1,000\N{EN DASH}9,999": "1k\N{EN DASH}9.9k", "10,000 or more": "10k+"})
    return Chart(
        id="jobs-of-users",
        title=title,
        note=f"median {figure_text(float(jobs.median()))}",
        element=draw.columns(frame, theme, unit="users"),
        table=table,
    )


def _activity(board: UsageBoard, theme: ChartTheme) -> Chart:
    rows = board.activity[board.activity["periods"] > 0]
    if rows.empty:
        return Chart(id="activity", title="", element=None)
    period = board.span.period
    texts = [
        tip(f"{row['periods']} {period}s", [("users", figure_text(row["users"]))]) for _, row in rows.iterrows()
    ]
    frame = pd.DataFrame(
        {"name": rows["periods"].astype(int).astype(str), "value": rows["users"].astype(float), "tip": texts}
    )
    return Chart(
        id="activity",
        title=f"In how many {period}s users were active",
        element=draw.columns(frame, theme, unit="users"),
        table=as_file(rows),
    )


def nodes(found: UsageFound, theme: ChartTheme) -> list[Chart]:
    """How much of each node was used."""
    used = found.board.nodes.groupby(["cluster", "node"], as_index=False)[
        ["cpu_hours", "gpu_hours", "node_hours", "cpu_percent", "gpu_percent"]
    ].sum(min_count=1)
    used = used[used["node"] != ""]
    if used.empty:
        return [Chart(id="nodes", title="Nodes", note="No job of these days says where it ran.", element=None)]
    charts = [
        _node_bars(
            used, theme, f"{kind}_percent", f"{kind}_hours", f"{kind.upper()}s in use, per cent of the time", "%"
        )
        if bool(used[f"{kind}_percent"].notna().any())
        else _node_bars(
            used, theme, f"{kind}_hours", f"{kind}_hours", f"{kind.upper()} hours by node", f"{kind.upper()} h"
        )
        for kind in ("gpu", "cpu")
    ]
    return [chart for chart in charts if chart.element is not None]


_MOST_NODES = 40


def _node_bars(nodes: pd.DataFrame, theme: ChartTheme, column: str, hours: str, title: str, unit: str) -> Chart:
    rows = nodes[nodes[hours] > 0].sort_values(column, ascending=False, na_position="last")
    shown = rows.head(_MOST_NODES).dropna(subset=column)
    if shown.empty:
        return Chart(id=column, title=title, element=None)
    several = rows["cluster"].nunique() > 1
    names = [f"{row['cluster']} {row['node']}" if several else str(row["node"]) for _, row in shown.iterrows()]
    texts = [
        tip(
            f"{row['node']} on {row['cluster']}",
            [("CPU", figure_text(row["cpu_percent"], "%")), ("GPU", figure_text(row["gpu_percent"], "%")),
             ("CPU hours", figure_text(row["cpu_hours"])), ("GPU hours", figure_text(row["gpu_hours"]))],
        )
        for _, row in shown.iterrows()
    ]  # fmt: skip
    frame = pd.DataFrame({"name": names, "value": shown[column].astype(float), "tip": texts})
    if unit == "%":
        title = f"{title}: {shown[column].mean():.0f} % on average"
    return Chart(
        id=column,
        title=title,
        note=f"the {_MOST_NODES} busiest of {len(rows)}"
        if len(rows) > _MOST_NODES
        else "an N-node job is split over its nodes",
        element=draw.bars(frame, theme, unit=unit),
        table=as_file(nodes),
    )
