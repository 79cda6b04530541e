from __future__ import annotations

from datetime import date

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.reports import report, report_dates, report_periods
from tests.queries.history_kit import NOW, add
from tests.stores import filled


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(store, 1, "02-10 00:00", 2)
    add(store, 2, "02-11 00:00", 3, user_name="bob", state="FAILED")
    add(store, 3, "01-20 00:00", 1)


def test_figures_are_compared_with_as_many_days_before(past):
    found = report(past, "monthly", year=2026, number=2, now=NOW)
    assert (found.start, found.end) == (date(2026, 2, 1), date(2026, 2, 28))
    assert (found.before_start, found.before_end) == (date(2026, 1, 4), date(2026, 1, 31))
    changes = {each.figure: each for each in found.changes}
    assert (changes["cpu_hours"].now, changes["cpu_hours"].before, changes["cpu_hours"].percent) == (20, 4, 400)
    assert changes["gpu_hours"].percent is None
    assert changes["success_rate"].now == 0.5
    assert len(found.timeline) == 28


def test_users_bear_pseudonyms_unless_names_are_asked_for(past):
    hidden = report(past, "monthly", year=2026, number=2, now=NOW)
    users = hidden.breakdown[hidden.breakdown["dimension"] == "user"]
    assert set(users["value"]) == {"User 1", "User 2"}
    assert users["cpu_hours"].tolist() == [12, 8]
    told = report(past, "monthly", year=2026, number=2, anonymous=False, now=NOW).breakdown
    assert set(told[told["dimension"] == "user"]["value"]) == {"alice", "bob"}


@pytest.mark.parametrize(
    ("kind", "year", "number"),
    [
        ("monthly", 2027, 1),
        ("annual", 2027, 1),
        ("quarterly", 2030, 1),
        ("monthly", 2026, 13),
        ("weekly", 2026, 1),
        ("annual", 1, 1),
    ],
)
def test_what_is_not_over_or_does_not_exist_is_refused(past, kind, year, number):
    with pytest.raises(InvalidInput):
        report(past, kind, year=year, number=number, now=NOW)


def test_a_period_is_over_when_its_last_day_is_over_in_the_zone(past):
    last = NOW.replace(year=2026, month=2, day=28, hour=23)
    with pytest.raises(InvalidInput, match="not over"):
        report(past, "monthly", year=2026, number=2, now=last)
    assert report(past, "monthly", year=2026, number=2, tz="Asia/Tokyo", now=last).summary.jobs == 2


def test_the_reports_that_can_be_made_are_listed(past):
    assert report_periods(past, "annual", now=NOW) == [(2026, 1)]
    assert report_periods(past, "quarterly", now=NOW)[-1] == (2026, 1)
    assert report_periods(past, "monthly", now=NOW)[0] == (2026, 12)
    assert len(report_periods(past, "monthly", now=NOW)) == 12
    with past.write() as cur:
        cur.execute("DELETE FROM jobs")
    assert report_periods(past, "monthly", now=NOW) == []


def test_quarters_and_years_have_their_days():
    assert report_dates("quarterly", year=2024, number=1) == (date(2024, 1, 1), date(2024, 3, 31))
    assert report_dates("annual", year=2025) == (date(2025, 1, 1), date(2025, 12, 31))
    assert report_dates("monthly", year=2024, number=2)[1] == date(2024, 2, 29)
