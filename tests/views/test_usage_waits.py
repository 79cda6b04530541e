"""The charts of waiting and running times."""

from __future__ import annotations

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state.usage_found import UsageChoices
from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_cards import GRID
from clausius_panel.views.usage_drawing import render
from clausius_panel.views.usage_page import UsagePage
from clausius_panel.views.usage_waits import waiting
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_waiting_is_told_by_what_was_asked_for_and_when(runtime: Runtime) -> None:
    charts = {chart.id: chart for chart in waiting(found_of(runtime, "tab=waiting&days=365"), ChartTheme())}
    assert {"wait_h", "run_h", "wait_h-bins", "wait_h-partition", "run_h-partition", "wait_h-gpus", "week"} <= set(
        charts
    )
    assert charts["wait_h-partition"].dimension == "partitions"
    assert charts["wait_h-gpus"].dimension == ""
    *pairs, last = charts  # waiting stands beside running, and what is as wide as the page at the end
    assert [name.replace("wait_h", "run_h") for name in pairs[::2]] == pairs[1::2]
    assert charts[last].wide


def test_shares_of_a_distribution_are_those_of_all_jobs_that_started(runtime: Runtime) -> None:
    found = found_of(runtime, "tab=waiting&days=365")
    charts = {chart.id: chart for chart in waiting(found, ChartTheme())}
    assert charts["wait_h-bins"].table["jobs"].sum() == found.board.summary.started
    by_period = charts["run_h-bins"].table.groupby("period")["percent"].sum()
    assert by_period.to_numpy() == pytest.approx(100.0)


@pytest.mark.parametrize(("tab", "classes"), [("waiting", ["pairs"]), ("overview", [])])
def test_the_grid_of_pairs_has_no_third_column(runtime: Runtime, tab: str, classes: list[str]) -> None:
    [grid] = UsagePage(runtime, f"tab={tab}", in_cell=True).__panel__().select(lambda one: GRID in one.stylesheets)
    assert grid.css_classes == classes
    assert ":host(.pairs)" in GRID


def test_times_can_be_told_by_the_chosen_colour_and_their_spread_by_period(runtime: Runtime) -> None:
    found = found_of(runtime, "tab=waiting&days=365&by=month&group=partition")
    choices = UsageChoices(times="group", bins="period")
    charts = {chart.id: chart for chart in waiting(found, ChartTheme(), choices=choices)}
    waited, spread = charts["wait_h"], charts["wait_h-bins"]
    assert (waited.title, waited.legend_of) == ("How long jobs waited, by partition", "partitions")
    rows = found.board.series
    july = waited.table.dropna().iloc[0]
    same = rows[(rows["period"] == july["period"]) & (rows["group"] == july["group"])]
    assert same["wait_h"].iloc[0] == july["wait_h"]
    assert spread.title == "How the waiting times spread, by month"
    assert spread.legend_of == ""
    assert {render(waited).name, render(spread).name} == {"wait_h", "wait_h-bins"}
