"""The days that a question is about, and the jobs that started in them."""

from __future__ import annotations

from datetime import date

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.usage_days import days_of, started_in
from clausius_panel.store import Store
from tests.queries.history_kit import NOW, add
from tests.stores import filled

__all__: list[str] = []


@filled
def past(store: Store) -> None:
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(store, 1, "01-05 10:00", 100)
    add(store, 2, "01-06 10:00", user_name="bob")
    add(store, 3, "01-07 10:00", submit="01-06 10:00")


def test_without_days_it_is_the_last_42_before_the_end() -> None:
    span, filters = days_of({"now": NOW, "users": ["alice"]})
    assert (span.first_day, span.last_day) == (date(2026, 12, 10), NOW.date())
    assert filters == {"users": ["alice"]}
    span, _ = days_of({"now": NOW, "end": date(2026, 3, 1), "tz": "Asia/Kolkata"})
    assert (span.first_day, span.last_day, span.tz) == (date(2026, 1, 19), date(2026, 3, 1), "Asia/Kolkata")


def test_a_job_is_of_the_days_in_which_it_started(past: Store) -> None:
    with started_in(
        past, {"start": date(2026, 1, 6), "end": date(2026, 1, 6), "now": NOW}, also=("job_id",)
    ) as found:
        assert found.cur.execute("SELECT job_id FROM usage_parts WHERE first").fetchall() == [("2",)]


def test_reversed_days_and_filters_that_there_are_not_are_refused(past: Store) -> None:
    with pytest.raises(InvalidInput, match="dates"):
        days_of({"start": date(2026, 1, 6), "end": date(2026, 1, 5), "now": NOW})
    asked = {"colour": "blue", "now": NOW}
    with pytest.raises(InvalidInput, match="colour"), started_in(past, asked):  # type: ignore[arg-type]
        pass
