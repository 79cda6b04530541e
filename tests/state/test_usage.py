"""One person's look at usage: its link, its days, and what is computed once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as given_by

from clausius_panel.errors import InvalidInput
from clausius_panel.runtime import Runtime
from clausius_panel.state.usage import TABS, UsageState
from clausius_panel.state.usage_found import UsageChoices
from tests.views.kit import a_runtime
from tests.views.past_kit import fill_recent

__all__: list[str] = []

LINK = (
    "page=usage&tab=who&days=90&by=month&tz=Europe/Berlin&group=user&segments=2&hours=end&complete=1&partition=gpu"
)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """With somebody's past; all tests only read."""
    with a_runtime(tmp_path_factory.mktemp("past")) as made:
        fill_recent(made, 400)
        yield made


def read(state: UsageState) -> None:
    state.show(state.read())


def test_a_link_shows_the_same_for_somebody_else(runtime: Runtime) -> None:
    first, second = UsageState(runtime), UsageState(runtime)
    first.from_query(LINK)
    second.from_query(first.to_query())
    assert (first.tab, first.period, first.basis, first.segments) == ("who", "month", "end", 2)
    assert second.to_query() == first.to_query()


@settings(max_examples=40)
@given(query=given_by.text(max_size=200))
def test_no_link_breaks_anything(query: str) -> None:
    state = UsageState(None)
    state.from_query(query)
    assert state.tab in TABS


def test_days_end_today_unless_they_are_said(runtime: Runtime) -> None:
    state = UsageState(runtime)
    start, end = state.dates()
    assert (end - start).days == 41
    state.param.update(since="2026-01-01", until="2026-01-31")
    assert [day.isoformat() for day in state.dates()] == ["2026-01-01", "2026-01-31"]
    state.since = "soon"
    with pytest.raises(InvalidInput, match="2026-01-31"):
        state.dates()


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_what_it_shows(runtime: Runtime, tab: str) -> None:
    state = UsageState(runtime, tab=tab)
    read(state)
    assert state.error == ""
    assert state.found.board.summary.jobs > 0
    assert (state.found.calendar is not None) == (tab == "overview")
    assert (state.found.boxes is not None) == (state.found.week is not None) == (tab == "waiting")
    assert (state.found.advice is not None) == (tab == "efficiency")


def test_another_tab_of_the_same_jobs_computes_the_figures_no_second_time(runtime: Runtime) -> None:
    state = UsageState(runtime)
    read(state)
    board = state.found.board
    state.tab = "efficiency"
    read(state)
    assert state.found.board is board
    state.partitions = ["gpu"]
    read(state)
    assert state.found.board is not board
    state.read_anew()
    read(state)
    assert state.found.board is not board


def test_values_without_jobs_in_these_days_are_offered_when_asked_for(runtime: Runtime) -> None:
    state = UsageState(runtime, days=1)
    read(state)
    few = len(state.facets["users"])
    state.all_values = True
    read(state)
    assert len(state.facets["users"]) > few


@pytest.mark.parametrize(
    "query", ["tz=Nowhere", "from=2026-02-01&to=2026-01-01", "user=nobody", "from=x", "days=1&by=year&complete=1"]
)
def test_what_cannot_be_answered_is_said(runtime: Runtime, query: str) -> None:
    state = UsageState(runtime)
    state.from_query(query)
    read(state)
    assert state.error
    assert state.found is None


def test_after_what_could_not_be_answered_comes_what_can(runtime: Runtime) -> None:
    state = UsageState(runtime)
    state.from_query("user=nobody&tz=Nowhere")
    read(state)
    assert state.error
    state.param.update(tz="UTC")
    state.reset()
    read(state)
    assert state.error == ""


def test_a_reset_brings_the_usual_days_and_every_job(runtime: Runtime) -> None:
    state = UsageState(runtime)
    state.from_query(LINK)
    state.reset()
    assert not state.is_narrowed
    assert (state.days, state.group, state.period, state.tab) == (42, "account", "auto", "who")


def test_another_way_to_draw_reads_nothing_anew(runtime: Runtime) -> None:
    state = UsageState(runtime)
    read(state)
    found = state.found
    state.param.update(bars="jobs", times="group", bins="period")
    read(state)
    assert state.found is found
    again = UsageState(runtime)
    again.from_query(state.to_query())
    assert again.choices() == state.choices()
    state.reset()
    assert state.choices() == UsageChoices()


def test_a_reset_leaves_no_time_zone_that_there_is_not_and_keeps_one_that_there_is(runtime: Runtime) -> None:
    state = UsageState(runtime)
    for asked, kept in (("Mars", "UTC"), ("Europe/Berlin", "Europe/Berlin")):
        state.from_query(f"from=2024-13-01&tz={asked}")
        state.reset()
        assert (state.since, state.tz) == ("", kept)
