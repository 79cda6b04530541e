import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs.time_left import SPAN, seconds, told_left


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("42", 42),
        ("90s", 90),
        ("01:30", 90),
        ("25:01:02", 90062),
        ("0:00:01.5", 1.5),
        ("1 day, 3:12:11", 97931),
        ("9 days, 18:00:00", 842400),
        ("1d 2h 3m", 93780),
        ("1d2h", 93600),
        ("2-01:00:00", 176400),
        ("1.5 hours", 5400),
        ("5 min 3 sec", 303),
        ("?", None),
        ("", None),
        ("-:--:--", None),
        ("1.2.3", None),
        ("0.1", None),
        ("5 steps", None),
    ],
)
def test_spans_of_time(text: str, told: float | None):
    assert seconds(text) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("loss 0.1 eta: 1 day, 3:12:11 step 5/100", 97931),
        ("ETA=2h", 7200),
        ("eta 5m 3/10", 300),
        ("theta: 5", None),
        ("eta_min 3", None),
        ("eta=0.1", None),
        ("beta: 0:10", None),
    ],
)
def test_what_a_line_says_is_left(line: str, told: float | None):
    assert told_left(line) == told


@given(st.integers(0, 10**8))
def test_what_python_writes_is_read_back(count: int):
    span = timedelta(seconds=count)
    assert seconds(str(span)) == count
    assert told_left(f"step 3/10 ETA: {span}, lr 0.1") == count


@given(st.text("0123456789dhms:.,- ?day", max_size=30))
def test_any_text_is_a_span_or_none(text: str):
    found = seconds(text)
    assert (found is None) == (re.fullmatch(SPAN, text.strip(), re.IGNORECASE) is None)
    assert found is None or found >= 0
