"""The charts of who used what, and of nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from clausius_panel.model import Node
from clausius_panel.runtime import Runtime
from clausius_panel.state.usage_found import Bars, UsageChoices
from clausius_panel.store import replace_nodes
from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_bars import MEASURES, nodes, who
from tests.views.past_kit import fill_recent
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_a_dimension_with_several_values_is_a_chart_whose_bars_filter_by_it(runtime: Runtime) -> None:
    charts = {chart.id: chart for chart in who(found_of(runtime, "tab=who&days=365"), ChartTheme())}
    assert "by-cluster" not in charts
    assert {"by-account", "by-user", "by-partition", "by-state"} <= charts.keys()
    assert charts["by-user"].dimension == "users"
    assert charts["by-gpu"].dimension == "gpu_types"
    assert charts["size-cpus"].dimension == ""


def test_nodes_that_are_known_are_told_by_share_and_others_by_hours(runtime: Runtime) -> None:
    fill_recent(runtime, 600)
    titles = [chart.title for chart in nodes(found_of(runtime, "tab=nodes&days=365", jobs=0), ChartTheme())]
    assert "CPU hours by node" in titles
    known = [Node(cluster="synth", name=f"n{i:03}", state="IDLE", cpus=64, gpus=8) for i in range(125)]
    with runtime.store.write() as cur:
        replace_nodes(cur, "synth", known, [], at=datetime.now(UTC))
    found = found_of(runtime, "tab=nodes&days=365", jobs=0)
    titles = [chart.title for chart in nodes(found, ChartTheme())]
    assert any(title.startswith("CPUs in use") and title.endswith("% on average") for title in titles)
    assert 0 < found.board.nodes["cpu_percent"].max() <= 100


def test_bars_measure_what_is_chosen_and_leave_out_only_what_has_none_of_it(runtime: Runtime) -> None:
    fill_recent(runtime, 300)
    with runtime.store.write() as cur:
        cur.execute("UPDATE jobs SET gpus = 0, cpus = 128, account = 'cpu-only' WHERE job_id_raw LIKE '%1'")
    found = found_of(runtime, "tab=who&days=365", jobs=0)
    names, titles = {}, {}
    for bars in get_args(Bars):
        charts = {chart.id: chart for chart in who(found, ChartTheme(), choices=UsageChoices(bars=bars))}
        chart = charts["by-account"]
        names[bars] = set(chart.element.dimension_values("full"))
        titles[bars] = (chart.title, charts["by-gpu"].title)
        by = "gpu_hours" if bars == "auto" else bars
        assert chart.table[by].is_monotonic_decreasing
        assert "cpu-only" in set(chart.table["value"])
        without = int((chart.table[by] == 0).sum())
        assert chart.note == (f"{without} without {MEASURES[by]}" if without else "")
    assert "cpu-only" not in names["gpu_hours"] | names["auto"]
    assert "cpu-only" in names["cpu_hours"] & names["jobs"]
    assert titles["gpu_hours"] == ("Accounts by GPU h", "Types of GPUs by GPU h")
    assert titles["jobs"] == ("Accounts by jobs", "Types of GPUs by jobs")


def test_users_are_counted_by_how_many_jobs_they_had(runtime: Runtime) -> None:
    found = found_of(runtime, "tab=who&days=365")
    [chart] = [one for one in who(found, ChartTheme()) if one.id == "jobs-of-users"]
    assert chart.table["users"].sum() == found.board.summary.users
    assert chart.table["jobs"].sum() == found.board.summary.jobs
