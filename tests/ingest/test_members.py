from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import RowRefused
from clausius_panel.ingest.members import number, past, real, text, time, whole

LATEST = datetime(2026, 6, 1)
ANYTHING = some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.lists(some.none())
READERS = {
    "text": lambda row: text(row, "X"),
    "time": lambda row: time(row, "X", UTC),
    "past": lambda row: past(row, "X", UTC, LATEST),
    "number": lambda row: number(row, "X"),
    "real": lambda row: real(row, "X"),
    "whole": lambda row: whole(row, "X", 100),
}


@pytest.mark.parametrize("reader", READERS)
@given(value=ANYTHING)
def test_anything_is_read_or_refused_by_its_name(reader, value):
    refused = {"X"}
    try:
        READERS[reader]({"X": value})
    except RowRefused as refusal:
        refused.add(refusal.field)
    assert refused == {"X"}


@pytest.mark.parametrize("nothing", [None, "", "None", "Unknown", "N/A", "nan", float("nan")])
def test_words_for_nothing_say_nothing(nothing):
    row = {"X": nothing}
    assert (text(row, "X"), number(row, "X"), whole(row, "X", 9), real({}, "X")) == ("", None, None, None)


def test_times_are_in_utc_and_those_before_all_jobs_are_none():
    assert time({"X": "2026-01-01T12:00:00"}, "X", ZoneInfo("Europe/Berlin")) == datetime(2026, 1, 1, 11)
    assert time({"X": "1970-01-01T00:00:00"}, "X", UTC) is None


def test_a_whole_number_has_a_limit_and_no_fraction():
    assert whole({"X": "12"}, "X", 12) == 12
    for wrong in (1.5, 13, -1):
        with pytest.raises(RowRefused, match="X"):
            whole({"X": wrong}, "X", 12)
