"""The charts of each tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state.usage import TABS
from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_charts import charts_of
from clausius_panel.views.usage_drawing import render
from tests.views.kit import a_runtime
from tests.views.past_kit import fill_recent
from tests.views.usage_kit import found_of

__all__: list[str] = []


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A year of jobs, only to be read."""
    with a_runtime(tmp_path_factory.mktemp("year")) as made:
        fill_recent(made, 600)
        yield made


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A store without jobs, only to be read."""
    with a_runtime(tmp_path_factory.mktemp("nothing")) as made:
        yield made


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("query", ["days=365", "days=30&group=user", "days=365&group=&by=week&tz=Asia/Kolkata"])
def test_every_chart_is_drawn_and_can_be_kept_as_a_table(year: Runtime, tab: str, query: str) -> None:
    charts = charts_of(tab, found_of(year, f"tab={tab}&{query}", jobs=0), ChartTheme())
    assert len({chart.id for chart in charts}) == len(charts)
    assert bool(charts) == (tab != "efficiency")
    for chart in charts:
        assert chart.title
        assert chart.element is None or len(chart.table)
        assert chart.element is None or render(chart).name == chart.id


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_store_has_words_where_charts_would_be(nothing: Runtime, tab: str) -> None:
    for chart in charts_of(tab, found_of(nothing, f"tab={tab}", jobs=0), ChartTheme()):
        assert chart.element is not None or chart.note


def test_what_a_chart_shows_adds_up_to_the_figures(year: Runtime) -> None:
    found = found_of(year, "days=365&group=user", jobs=0)
    by_id = {chart.id: chart for chart in charts_of("overview", found, ChartTheme())}
    assert by_id["jobs"].table["jobs"].sum() == found.board.summary.jobs
    assert by_id["gpu_hours"].table["gpu_hours"].sum() == pytest.approx(found.board.summary.gpu_hours)
    assert by_id["calendar"].table["jobs"].sum() == found.board.summary.jobs
