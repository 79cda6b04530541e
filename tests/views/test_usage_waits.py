"""The charts of waiting and running times."""

from __future__ import annotations

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.views.charts import ChartTheme
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


def test_shares_of_a_distribution_are_those_of_all_jobs_that_started(runtime: Runtime) -> None:
    found = found_of(runtime, "tab=waiting&days=365")
    charts = {chart.id: chart for chart in waiting(found, ChartTheme())}
    assert charts["wait_h-bins"].table["jobs"].sum() == found.board.summary.started
    by_period = charts["run_h-bins"].table.groupby("period")["percent"].sum()
    assert by_period.to_numpy() == pytest.approx(100.0)
