from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clausius_panel.store import aware, clean, naive
from clausius_panel.store.values import arrow_table

ANY_TEXT = st.text(st.characters(), max_size=30)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=ZONES)

INT32 = st.integers(-(2**31), 2**31 - 1)


@given(TIMES)
def test_a_time_comes_back_as_the_same_moment_in_utc(when):
    again = aware(naive(when))
    assert again == when
    assert again.tzinfo is UTC


def test_no_time_stays_none():
    assert (naive(None), aware(None)) == (None, None)


@given(ANY_TEXT)
@example("caf\udce9")
def test_clean_text_is_utf8_of_the_same_length(text):
    again = clean(text)
    assert len(again) == len(text)
    again.encode("utf-8")
    assert all(new in (old, "\ufffd") for old, new in zip(text, again, strict=True))


@settings(max_examples=40)  # the first Arrow column brings pandas in
@given(st.lists(st.tuples(ANY_TEXT, st.none() | TIMES, st.none() | INT32, st.lists(ANY_TEXT, max_size=3))))
def test_columns_hold_what_they_are_given(rows):
    texts, times, numbers, lists = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = arrow_table(
        {"a": ("text", texts), "b": ("time", times), "c": ("int32", numbers), "d": ("texts", lists)}
    )
    assert table["a"].to_pylist() == [clean(text) for text in texts]
    assert [aware(when) for when in table["b"].to_pylist()] == list(times)
    assert table["c"].to_pylist() == list(numbers)
    assert table["d"].to_pylist() == [[clean(text) for text in texts] for texts in lists]


@pytest.mark.parametrize(("kind", "limit"), [("int32", 2**31 - 1), ("int64", 2**63 - 1)])
def test_numbers_beyond_a_column_become_its_limit(kind, limit):
    table = arrow_table({"n": (kind, [2**70, -(2**70), 5, None])})
    assert table["n"].to_pylist() == [limit, -limit, 5, None]
