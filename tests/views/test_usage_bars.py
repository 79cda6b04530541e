"""The charts of who used what, and of nodes."""

from __future__ import annotations

from datetime import UTC, datetime

from clausius_panel.model import Node
from clausius_panel.runtime import Runtime
from clausius_panel.store import replace_nodes
from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_bars import nodes, who
from tests.views.past_kit import fill_recent
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_a_dimension_with_one_value_is_no_chart(runtime: Runtime) -> None:
    ids = {chart.id for chart in who(found_of(runtime, "tab=who&days=365"), ChartTheme())}
    assert "by-cluster" not in ids
    assert {"by-account", "by-user", "by-partition", "by-state"} <= ids


def test_every_bar_that_can_be_clicked_filters_by_what_it_shows(runtime: Runtime) -> None:
    charts = {chart.id: chart for chart in who(found_of(runtime, "tab=who&days=365"), ChartTheme())}
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
