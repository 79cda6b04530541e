from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history_filters import COLUMN_OF, HistoryFilters, history_where, known_values


def test_values_are_bound_and_never_part_of_the_statement(store):
    condition, values = history_where(store, {"users": ["alice", "bob"], "text": "it's"})
    assert "alice" not in condition
    assert "it's" not in condition
    assert set(values.values()) == {"alice", "bob", "it's"}
    assert all(name.startswith("f_") for name in values)


def test_no_filter_selects_everything(store):
    assert history_where(store, {}) == ("true", {})
    assert history_where(store, {"users": [], "text": "", "starred": False, "max_age_s": None}) == ("true", {})


def test_a_single_name_stands_for_a_list_of_one(store):
    assert history_where(store, {"users": "alice"}) == history_where(store, {"users": ["alice"]})


def test_known_values_come_most_frequent_first(store):
    assert known_values(store, "users") == ["alice", "bob"]
    assert "failed" in known_values(store, "states")
    assert set(COLUMN_OF) <= set(HistoryFilters.__annotations__)


def test_the_unknown_family_is_what_belongs_to_no_other(store):
    with store.write() as cur:
        cur.execute("UPDATE jobs SET state = 'A_STATE_OF_TOMORROW' WHERE job_id = '10'")
    condition, values = history_where(store, {"states": ["unknown"]})
    with store.read() as cur:
        assert cur.execute(f"SELECT job_id FROM jobs WHERE {condition}", values).fetchall() == [("10",)]


def test_small_letters_are_a_family_and_capitals_the_state_that_facets_count(store):
    def selected(state: str) -> set[object]:
        return set(history_where(store, {"states": [state]})[1].values())

    with store.write() as cur:
        cur.execute("UPDATE jobs SET state = 'FAILED' WHERE job_id = '10'")
    assert selected("FAILED") == {"FAILED"}
    assert selected("failed") > {"FAILED", "TIMEOUT", "OUT_OF_MEMORY"}
    assert selected("Failed") == selected("failed")


def test_a_date_is_its_midnight_in_utc(store):
    by_date = history_where(store, {"since": date(2026, 1, 2), "until": date(2026, 1, 3)})
    midnights = {"since": datetime(2026, 1, 2, tzinfo=UTC), "until": datetime(2026, 1, 3, tzinfo=UTC)}
    assert by_date == history_where(store, midnights)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"users": [5]},
        {"users": ["x"] * 2000},
        {"text": 5},
        {"until": "2026-01-01"},
        {"max_age_s": "1"},
        {"max_age_s": True},
    ],
)
def test_what_is_no_filter_is_refused(store, wrong):
    with pytest.raises(InvalidInput):
        history_where(store, wrong)


@pytest.mark.parametrize("until", [datetime(2025, 1, 1, tzinfo=UTC), date(2024, 1, 1)])
def test_times_in_reverse_are_refused_naming_both(store, until):
    with pytest.raises(InvalidInput, match=rf"until: '{until:%Y-%m-%d}.* since \(2025-01-01"):
        history_where(store, {"since": date(2025, 1, 1), "until": until})
