"""The charts of each tab."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state.usage import TABS
from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_cards import Card
from clausius_panel.views.usage_charts import _month_ticks, charts_of
from clausius_panel.views.usage_drawing import render
from tests.views.kit import a_runtime
from tests.views.past_kit import fill_recent
from tests.views.usage_kit import found_of

__all__: list[str] = []


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A year of jobs, some of which bear the worst of names, only to be read."""
    with a_runtime(tmp_path_factory.mktemp("year")) as made:
        fill_recent(made, 300)
        with made.store.write() as cur:
            worst = "account = '=cmd()<script>alert(1)</script>', partition = ''"
            cur.execute(f"UPDATE jobs SET {worst} WHERE job_id_raw LIKE '%1'")
        yield made


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A store without jobs, only to be read."""
    with a_runtime(tmp_path_factory.mktemp("nothing")) as made:
        yield made


@pytest.mark.parametrize("tab", TABS)
def test_every_chart_is_drawn_and_can_be_kept_as_a_table(year: Runtime, tab: str) -> None:
    charts = charts_of(tab, found_of(year, f"tab={tab}&days=365&by=month", jobs=0), ChartTheme())
    assert len({chart.id for chart in charts}) == len(charts)
    assert bool(charts) == (tab != "efficiency")
    heads, card = "", Card()
    for chart in charts:
        assert chart.title
        assert chart.element is None or len(chart.table)
        assert chart.element is None or render(chart).name == chart.id
        assert "\n=cmd" not in chart.table.to_csv(index=False)
        card.show(chart, None)
        heads += card._head.object
    assert "<script" not in heads
    assert ("&lt;script" in heads) == (tab == "overview")  # which has legends


@pytest.mark.parametrize(
    "query", ["tab=waiting&days=30&group=user", "tab=overview&days=365&group=&by=week&tz=Asia/Kolkata"]
)
def test_charts_over_time_are_those_of_any_group_and_period(year: Runtime, query: str) -> None:
    tab = query.removeprefix("tab=").partition("&")[0]
    first, *rest = charts_of(tab, found_of(year, query, jobs=0), ChartTheme())
    assert render(first).name == first.id
    assert all(chart.element is None or len(chart.table) for chart in rest)


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


def test_every_month_of_the_calendar_has_its_name() -> None:
    days = pd.Series(pd.date_range("2025-11-25", "2026-11-22"))
    weeks = (days - pd.Timestamp("2025-11-24")).dt.days // 7
    names = [name for _, name in _month_ticks(days, weeks)]
    assert names == ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    assert _month_ticks(days[:4], weeks[:4]) == [(0.0, "Nov")]


def test_users_are_counted_by_the_chosen_colour_beside_all(year: Runtime) -> None:
    for group, apart in (("partition", True), ("user", False), ("", False)):
        found = found_of(year, f"days=365&by=month&group={group}", jobs=0)
        [chart] = [one for one in charts_of("overview", found, ChartTheme()) if one.id == "users"]
        assert bool(chart.legend) == apart
        assert chart.title == ("Users who had jobs, by partition" if apart else "How many users had jobs")
        assert render(chart).name == "users"
    assert chart.table["users"].tolist() == found.board.totals["users"].tolist()
