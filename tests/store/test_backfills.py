from datetime import timedelta

from clausius_panel.store.backfills import SETTLED, gaps, record_window
from tests.history_kit import START


def day(number, hours=0):
    return START + timedelta(days=number, hours=hours)


def record(store, start, end, *, all_users=False, at=None):
    with store.write() as cur:
        record_window(cur, "gauss", day(start), day(end), all_users=all_users, jobs=1, at=at or day(100))


def left(store, since=0, until=10, *, all_users=False):
    with store.read() as cur:
        return gaps(cur, "gauss", day(since), day(until), all_users=all_users)


def test_nothing_was_asked_at_first(store):
    assert left(store) == [(day(0), day(10))]


def test_what_lies_between_and_around_answered_windows_is_left(store):
    record(store, 2, 4)
    record(store, 3, 5)
    record(store, 7, 20)
    assert left(store) == [(day(0), day(2)), (day(5), day(7))]
    assert left(store, 2, 5) == []


def test_everybodys_jobs_hold_for_oneself_but_not_the_other_way_round(store):
    record(store, 0, 5, all_users=True)
    record(store, 5, 10)
    assert left(store) == []
    assert left(store, all_users=True) == [(day(5), day(10))]


def test_the_last_minutes_before_an_answer_do_not_count_as_answered(store):
    record(store, 0, 10, at=day(10))
    assert left(store) == [(day(10) - SETTLED, day(10))]


def test_other_clusters_are_other_clusters(store):
    with store.write() as cur:
        record_window(cur, "euler", day(0), day(10), all_users=True, jobs=1, at=day(100))
    assert left(store) == [(day(0), day(10))]
