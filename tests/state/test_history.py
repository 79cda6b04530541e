"""One person's look at the past: its link, its pages, its counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as given_by

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history import HistoryRunPage
from clausius_panel.runtime import Runtime
from clausius_panel.state.history import COLUMNS, USUAL_COLUMNS, HistoryState
from tests.views.past_kit import fill_recent

__all__: list[str] = []

LINK = "page=history&q=md+train&partition=gpu&days=90&runs=1&sort=gpu_hours&desc=0&rows=100&cols=name&cols=state"


def test_a_link_shows_the_same_for_somebody_else(runtime: Runtime) -> None:
    first, second = HistoryState(runtime), HistoryState(runtime)
    first.from_query(LINK)
    second.from_query(first.to_query())
    assert first.text == "md train"
    assert first.partitions == ["gpu"]
    assert not first.descending
    assert second.to_query() == first.to_query()
    assert set(second.columns) == {"name", "state"}


@settings(max_examples=40)
@given(query=given_by.text(max_size=200))
def test_no_link_breaks_anything(query: str) -> None:
    state = HistoryState(None)  # type: ignore[arg-type]
    state.from_query(query)
    assert set(state.columns) <= set(COLUMNS)
    state.to_query()


def test_a_long_cursor_survives_the_link(runtime: Runtime) -> None:
    state = HistoryState(runtime)
    state.from_query("after=" + "x" * 700)
    assert state.cursor == "x" * 700


def test_columns_that_there_are_not_are_the_usual_ones(runtime: Runtime) -> None:
    state = HistoryState(runtime)
    state.from_query("cols=shoe&cols=hat")
    assert state.columns == list(USUAL_COLUMNS)


def test_another_choice_begins_at_the_first_page(runtime: Runtime) -> None:
    fill_recent(runtime, 200)
    state = HistoryState(runtime)
    state.start()
    state.older()
    assert state.cursor
    assert state.behind == [""]
    state.choose({"partitions": ["gpu"]})
    assert (state.cursor, state.behind) == ("", [])


def test_what_is_selected_is_counted_apart(runtime: Runtime) -> None:
    fill_recent(runtime, 300)
    state = HistoryState(runtime)
    state.start("partition=gpu")
    assert state.total is None
    state.param.update(**state.count())
    by_value = {one.value: one.jobs for one in state.facets["partitions"]}
    assert state.total == by_value["gpu"]
    assert len(by_value) > 1


def test_rows_may_be_runs(runtime: Runtime) -> None:
    fill_recent(runtime, 100)
    state = HistoryState(runtime)
    state.start("runs=1")
    assert isinstance(state.rows, HistoryRunPage)


@pytest.mark.parametrize("query", ["from=2026-13-01", "to=soon", "user=nobody", "after=rubbish"])
def test_what_cannot_be_answered_is_said(runtime: Runtime, query: str) -> None:
    fill_recent(runtime, 20)
    state = HistoryState(runtime)
    state.start(query)
    assert state.error
    assert state.rows is not None
    assert not state.rows.rows
    state.count()
    state.reset()
    state.show(state.read())
    assert state.error == ""
    assert len(state.rows.rows) == 20


@pytest.mark.parametrize("days", ["from=2025-01-02&to=2025-01-01", "to=9999-12-31", "from=2025-13-01"])
def test_days_in_reverse_and_days_that_there_are_not_are_refused(days: str) -> None:
    state = HistoryState(None)  # type: ignore[arg-type]
    state.from_query(days)
    with pytest.raises(InvalidInput, match="day"):
        state.filters()


def test_one_day_is_from_it_to_it() -> None:
    state = HistoryState(None)  # type: ignore[arg-type]
    state.from_query("from=2025-01-01&to=2025-01-01")
    chosen = state.filters()
    assert (chosen["until"] - chosen["since"]).days == 1  # type: ignore[operator]
