from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.periods import auto_period, next_start, period_start, span_of, zone

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def labels(start: date, end: date, period, **more) -> list[str]:
    return [each.label for each in span_of(start=start, end=end, period=period, now=NOW, **more).periods]


def test_a_day_on_which_the_clock_changes_has_23_or_25_hours():
    spring = span_of(start=date(2026, 3, 29), end=date(2026, 3, 29), tz="Europe/Berlin", now=NOW)
    autumn = span_of(start=date(2026, 10, 25), end=date(2026, 10, 25), tz="Europe/Berlin", now=NOW)
    assert (spring.hours, autumn.hours) == (23, 25)
    assert spring.start.astimezone(UTC).hour == 23


def test_a_year_of_53_weeks_has_them_all_and_weeks_begin_on_monday():
    found = span_of(start=date(2026, 12, 21), end=date(2027, 1, 10), period="week", now=NOW).periods
    assert [each.label for each in found] == ["2026-W52", "2026-W53", "2027-W01"]
    assert all(each.start.weekday() == 0 for each in found)
    assert [
        each.label for each in span_of(start=date(2020, 12, 28), end=date(2021, 1, 10), period="week").periods
    ] == [
        "2020-W53",
        "2021-W01",
    ]


def test_months_and_years_are_cut_to_the_span():
    assert labels(date(2026, 1, 15), date(2026, 3, 2), "month") == ["2026-01", "2026-02", "2026-03"]
    found = span_of(start=date(2026, 1, 15), end=date(2026, 3, 2), period="month", now=NOW)
    assert found.periods[0].start.date() == date(2026, 1, 15)
    assert found.periods[-1].end.date() == date(2026, 3, 3)
    assert [each.is_complete for each in found.periods] == [False, True, False]
    assert labels(date(2025, 7, 1), date(2026, 7, 1), "year") == ["2025", "2026"]


def test_only_complete_periods_are_left_on_demand():
    assert labels(date(2026, 1, 15), date(2026, 3, 2), "month", complete_periods_only=True) == ["2026-02"]
    with pytest.raises(InvalidInput, match="complete"):
        labels(date(2026, 1, 15), date(2026, 1, 20), "month", complete_periods_only=True)
    running = span_of(start=date(2027, 5, 31), end=date(2027, 6, 1), period="day", now=NOW)
    assert [each.is_complete for each in running.periods] == [True, False]


def test_the_period_follows_from_the_length():
    assert [auto_period(days) for days in (60, 61, 181, 731)] == ["day", "week", "month", "year"]
    assert span_of(start=date(2026, 1, 1), end=date(2026, 3, 1), now=NOW).period == "day"


@given(
    some.dates(date(2000, 1, 1), date(2100, 1, 1)),
    some.integers(0, 500),
    some.sampled_from(["day", "week", "month"]),
)
def test_periods_follow_each_other_without_gap_and_cover_the_span(start, days, period):
    found = span_of(start=start, end=start + timedelta(days=days), period=period, tz="America/Sao_Paulo", now=NOW)
    assert all(one.end == other.start for one, other in zip(found.periods, found.periods[1:], strict=False))
    assert (found.periods[0].start, found.periods[-1].end) == (found.start, found.end)
    assert all(each.start < each.end for each in found.periods)


@given(some.dates(date(2000, 1, 1), date(2100, 1, 1)), some.sampled_from(["day", "week", "month", "year"]))
def test_every_day_lies_between_its_period_and_the_next(day, period):
    first = period_start(day, period=period)
    assert first <= day < next_start(day, period=period)
    assert period_start(next_start(day, period=period), period=period) == next_start(day, period=period)


@pytest.mark.parametrize("name", ["Nowhere/City", "../etc/passwd", "", "Europe", "a" * 300])
def test_a_zone_that_is_none_is_refused(name):
    with pytest.raises(InvalidInput, match="Europe/Berlin"):
        zone(name)


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        (date(2026, 2, 1), date(2026, 1, 1), "day"),
        (date(1990, 1, 1), date(2026, 1, 1), "day"),
        (date(2000, 1, 1), date(2026, 1, 1), "day"),
        (date(2026, 1, 1), date(2026, 1, 2), "fortnight"),
    ],
)
def test_spans_that_cannot_be_are_refused(start, end, period):
    with pytest.raises(InvalidInput):
        span_of(start=start, end=end, period=period)
