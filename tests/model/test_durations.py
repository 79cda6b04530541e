from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model.durations import format_duration, parse_duration_s, parse_time

NONE = ["UNLIMITED", "Partition_Limit", "INVALID", "Unknown", "N/A", "None", "NONE", "infinite", "NOT_SET", ""]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0),
        ("11:21", 681),
        ("2:00:00", 7200),
        ("1-00:00:00", 86400),
        ("13-06:37:11", 1147031),
        ("8371-10:29:20", 723292160),
        ("30", 1800),
        ("2-12", 216000),
        ("2-12:30", 217800),
        ("00:01.234", 1),
        ("451-06:00:24", 38988024),
    ],
)
def test_durations_are_seconds(text: str, seconds: int):
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", NONE)
def test_the_words_for_no_limit_and_no_time_are_none(text: str):
    assert parse_duration_s(text) is None
    assert parse_time(text) is None


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "-5", "1-", "1:00:00 ago", "\uff11:00"])
def test_other_texts_are_no_durations(text: str):
    with pytest.raises(ParseError, match="not a duration"):
        parse_duration_s(text)


@given(st.integers(0, 10**9))
def test_slurms_own_spelling_round_trips(seconds: int):
    days, rest = divmod(seconds, 86400)
    text = f"{days}-{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    assert parse_duration_s(text) == seconds


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)))
def test_times_round_trip_in_utc(when: datetime):
    whole = when.replace(microsecond=0)
    assert parse_time(whole.isoformat()) == whole.replace(tzinfo=UTC)


def test_a_time_with_an_offset_is_brought_to_utc():
    assert parse_time("2026-11-22T02:00:00+02:00") == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01T00:00:00", "0001-01-01T00:00:00+05:00", "12:30"])
def test_other_texts_are_no_times(text: str):
    with pytest.raises(ParseError):
        parse_time(text)


@given(st.text(max_size=20) | st.text(alphabet="0123456789-:.T+ ", max_size=25))
def test_any_text_is_read_or_a_parse_error(text: str):
    for reader in (parse_duration_s, parse_time):
        try:
            value = reader(text)
        except ParseError:
            continue
        assert value is None or isinstance(value, int | datetime)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.9, "0:59"), (3600, "1:00:00"), (86399, "23:59:59"), (86400, "1d 00:00"), (-3, "0:00")],
)
def test_people_read_short_durations(seconds: float, text: str):
    assert format_duration(seconds) == text
