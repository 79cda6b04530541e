"""Usage against the time before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clausius_panel.queries.periods import Period, Span
from clausius_panel.queries.usage import usage_board, usage_summary
from clausius_panel.queries.usage_changes import change_words, days_words
from clausius_panel.queries.usage_selection import selected
from tests.queries.history_kit import NOW, add
from tests.stores import filled

WEEK = {"start": date(2026, 1, 12), "end": date(2026, 1, 18), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(store, 1, "01-02 10:00")
    for i in range(2):
        add(store, 10 + i, "01-06 10:00", 2, gpus=4)
    for i in range(3):
        add(store, 20 + i, "01-13 10:00", 2, gpus=4, state="FAILED" if i else "COMPLETED")


def changes(board):
    return {one.figure: one for one in board.before.changes}


def test_a_span_is_compared_with_as_many_days_before(past):
    board = usage_board(past, compare=True, **WEEK)
    assert (board.before.start, board.before.end, board.before.why) == (date(2026, 1, 5), date(2026, 1, 11), "")
    assert board.before.summary == usage_summary(past, start=date(2026, 1, 5), end=date(2026, 1, 11), now=NOW)
    assert (changes(board)["jobs"].percent, changes(board)["gpu_hours"].percent) == (50, 50)
    assert change_words(changes(board)["jobs"]) == "+50 %"
    assert change_words(changes(board)["success_rate"]) == "-66.7 pt"
    assert change_words(changes(board)["users"]) == "the same"


def test_without_a_history_that_goes_back_far_enough_nothing_is_compared(past):
    board = usage_board(past, compare=True, start=date(2026, 1, 5), end=date(2026, 1, 18), now=NOW)
    assert (board.before.summary, board.before.changes) == (None, ())
    assert board.before.why == "the history of alpha begins on 2026-01-02"
    add(past, 90, "01-14 10:00", cluster="newer")
    assert "newer begins on 2026-01-14" in usage_board(past, compare=True, **WEEK).before.why
    assert usage_board(past, compare=True, clusters="alpha", **WEEK).before.why == ""
    assert usage_board(past, compare=True, users="alice", start=date(2024, 1, 1), end=date(2024, 1, 2)).before.why


def test_where_there_was_nothing_before_there_is_no_percentage(past):
    add(past, 91, "01-14 10:00", user_name="zoe")
    board = usage_board(past, compare=True, users="zoe", **WEEK)
    assert changes(board)["jobs"].percent is None
    assert change_words(changes(board)["jobs"]) == "none before"


def test_a_day_that_is_not_over_is_compared_up_to_the_same_hour(past):
    add(past, 92, "01-11 20:00", 1, gpus=100)
    noon = datetime.fromisoformat("2026-01-18T12:00:00+00:00")
    board = usage_board(past, compare=True, start=WEEK["start"], end=WEEK["end"], now=noon)
    assert board.before.summary.jobs == 2
    assert usage_board(past, compare=True, **WEEK).before.summary.jobs == 3


def test_nothing_is_compared_unless_it_is_asked_for(past):
    assert usage_board(past, **WEEK).before is None


@pytest.mark.parametrize(("days", "words"), [(1, "day"), (14, "2 weeks"), (90, "90 days"), (365, "365 days")])
def test_lengths_are_said_in_weeks_where_they_are_weeks(days, words):
    assert days_words(days) == words


def test_jobs_of_a_begun_quarter_of_an_hour_are_compared_too(past):
    add(past, 93, "01-11 10:06", 0.01)
    add(past, 94, "01-11 10:08", 0.01)
    for minute, jobs in ((7, 3), (9, 4)):
        now = datetime.fromisoformat(f"2026-01-18T10:{minute:02}:00+00:00")
        days = {"start": WEEK["start"], "end": WEEK["end"], "now": now}
        assert usage_board(past, compare=True, **days).before.summary.jobs == jobs


def test_just_after_midnight_minutes_are_compared_with_as_many_minutes(past):
    add(past, 93, "01-12 00:01", 0.01)
    add(past, 94, "01-12 00:30", 0.01)
    day = date(2026, 1, 13)

    def before(time: str):
        now = datetime.fromisoformat(f"2026-01-13T{time}+00:00")
        return usage_board(past, compare=True, start=day, end=day, users="alice", now=now).before

    add(past, 95, "01-13 00:00", 0.01)
    assert before("00:02:00").summary.jobs == 1
    assert before("00:31:00").summary.jobs == 2
    assert before("00:00:00").why == "these days have only begun"


def test_a_span_that_ends_within_a_quarter_of_an_hour_has_all_its_jobs(past):
    add(past, 93, "01-11 10:06", 0.01)
    add(past, 94, "01-11 10:08", 0.01)
    start, end = datetime(2026, 1, 11, tzinfo=UTC), datetime(2026, 1, 11, 10, 7, tzinfo=UTC)
    one = Period(start=start, end=end, label="morning", is_complete=True)
    span = Span(start=start, end=end, period="day", tz="UTC", periods=(one,))
    with selected(past, span, now=NOW, filters={}) as found:
        rows = found.cur.execute("SELECT first FROM usage_parts").fetchall()
    assert rows == [(True,)]
