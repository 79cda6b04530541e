from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from clausius_panel.errors import ParseError
from clausius_panel.imports.batch import text_of, time_reader


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("None", ""),
        ("nan", ""),
        (float("nan"), ""),
        (12.0, "12"),
        (1.5, "1.5"),
        (" gpu ", "gpu"),
        (7, "7"),
    ],
)
def test_values_of_any_kind_are_read_as_text(value, text):
    assert text_of(value) == text


def test_times_without_a_zone_are_of_the_zone_that_is_given_and_others_of_their_own():
    read = time_reader(ZoneInfo("Europe/Berlin"))
    assert read("2026-07-01T12:00:00") == read(datetime(2026, 7, 1, 12)) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read("2026-01-01 12:00:00") == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert read("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 12, tzinfo=UTC)
    aware = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert read(aware) == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "None", "Unknown", "NaT", "null"])
def test_words_for_no_time_are_none(value):
    assert time_reader(UTC)(value) is None


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01T00:00:00"])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ParseError, match="not a time"):
        time_reader(UTC)(value)


def test_a_time_outside_the_calendar_is_refused():
    with pytest.raises(ParseError, match="calendar"):
        time_reader(timezone(timedelta(hours=14)))("0001-01-01T00:00:00")
