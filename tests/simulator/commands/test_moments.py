from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.commands.moments import read_limit_s, read_time

NOW = datetime(2026, 9, 21, 14, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("now", "2026-09-21T14:00:00"),
        ("now-2days", "2026-09-19T14:00:00"),
        ("now+90", "2026-09-21T14:01:30"),
        ("now-1hour", "2026-09-21T13:00:00"),
        ("today", "2026-09-21T00:00:00"),
        ("midnight", "2026-09-22T00:00:00"),
        ("2026-09-20", "2026-09-20T00:00:00"),
        ("2026-09-20T11:12", "2026-09-20T11:12:00"),
        ("2026-09-20T11:12:13", "2026-09-20T11:12:13"),
    ],
)
def test_times_are_read_as_slurm_reads_them(word: str, expected: str):
    read = read_time(word, NOW, UTC)
    assert read is not None
    assert datetime.fromtimestamp(read, UTC).strftime("%Y-%m-%dT%H:%M:%S") == expected


@pytest.mark.parametrize("word", ["", "garbage", "now-2fortnights", "2026-99-99", "yesterdayish"])
def test_what_is_no_time_is_none(word: str):
    assert read_time(word, NOW, UTC) is None


@given(st.integers(0, 90), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_limits_are_read_in_all_their_forms(days: int, hours: int, minutes: int, seconds: int):
    assert (
        read_limit_s(f"{days}-{hours}:{minutes}:{seconds}") == days * 86400 + hours * 3600 + minutes * 60 + seconds
    )
    assert read_limit_s(f"{hours}:{minutes}:{seconds}") == hours * 3600 + minutes * 60 + seconds
    assert read_limit_s(f"{minutes}:{seconds}") == minutes * 60 + seconds
    assert read_limit_s(f"{minutes}") == minutes * 60
