"""The charts of who used what, of what size jobs were, and of nodes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ..queries.usage import UsageBoard, top
from ..state.usage_found import UsageFound
from . import usage_drawing as draw
from .charts import SERIES, ChartTheme
from .usage_drawing import OTHERS, Chart
from .usage_frames import FILTER_OF, NONE, as_file, colours_of, tone
from .usage_tips import figure_text, tip

__all__ = ["nodes", "who"]


def who(found: UsageFound, theme: ChartTheme) -> list[Chart]:
    """Who used most, and of what kind and size jobs were."""
    board = found.board
    by = "gpu_hours" if board.summary.gpu_hours else "cpu_hours"
    unit = "GPU h" if by == "gpu_hours" else "CPU h"
    charts = [
        _breakdown(board, theme, name, by, f"{title} by {unit}")
        for name, title in (("account", "Accounts"), ("user", "Users"), ("partition", "Partitions"),
                            ("project", "Projects"), ("qos", "QOS"), ("cluster", "Clusters"))
    ]  # fmt: skip
    charts.append(_breakdown(board, theme, "state", "jobs", "How jobs ended"))
    charts.append(_gpu_types(board, theme))
    charts += [_sizes(board, theme, name) for name in ("gpus", "cpus", "nodes")]
    charts.append(_activity(board, theme))
    return [chart for chart in charts if chart.element is not None]


def _breakdown(board: UsageBoard, theme: ChartTheme, dimension: str, by: str, title: str) -> Chart:
    rows = top(board.breakdown, dimension, count=10, by=by)
    rows = rows[rows[by] > 0]
    if len(rows) < 2:  # all the same: a bar would say nothing
        return Chart(id=f"by-{dimension}", title=title, element=None)
    whole = float(board.breakdown.loc[board.breakdown["dimension"] == dimension, by].sum())
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
    unit = {"gpu_hours": "GPU h", "cpu_hours": "CPU h", "jobs": "jobs"}[by]
    paint = _painter(board, dimension)
    return Chart(
        id=f"by-{dimension}",
        title=title,
        element=draw.bars(frame, theme, unit=unit, colour=paint),
        table=as_file(board.breakdown[board.breakdown["dimension"] == dimension]),
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


def _gpu_types(board: UsageBoard, theme: ChartTheme) -> Chart:
    rows = board.gpu_types[board.gpu_types["gpu_hours"] > 0].head(10)
    if rows.empty:
        return Chart(id="by-gpu", title="", element=None)
    texts = [
        tip(
            str(row["type"]) or "not said",
            [("GPU hours", figure_text(row["gpu_hours"])), ("jobs", figure_text(row["jobs"]))],
        )
        for _, row in rows.iterrows()
    ]
    frame = pd.DataFrame({"name": rows["type"].replace("", "not said"), "value": rows["gpu_hours"], "tip": texts})
    return Chart(
        id="by-gpu",
        title="Types of GPUs by GPU h",
        element=draw.bars(frame, theme, unit="GPU h"),
        table=as_file(board.gpu_types),
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
        title=f"On how many {period}s users were active",
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
