from datetime import UTC, datetime, timedelta

from clausius_panel.store import record_poll

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def record(store, cluster, at):
    with store.write() as cur:
        record_poll(cur, cluster, at=at, commands=2, answer_bytes=10, duration_s=0.5, error_kind="timeout")


def rows(store):
    with store.read() as cur:
        return cur.execute("SELECT * FROM polls ORDER BY ALL").fetchall()


def test_a_poll_is_recorded(store):
    record(store, "alpha", NOW)
    assert rows(store) == [("alpha", NOW.replace(tzinfo=None), 2, 10, 0.5, "timeout")]


def test_polls_of_more_than_a_day_ago_are_forgotten(store):
    record(store, "alpha", NOW - timedelta(hours=25))
    record(store, "alpha", NOW - timedelta(hours=23))
    record(store, "beta", NOW - timedelta(hours=25))
    record(store, "alpha", NOW)
    assert [(cluster, NOW.replace(tzinfo=None) - at) for cluster, at, *_ in rows(store)] == [
        ("alpha", timedelta(hours=23)),
        ("alpha", timedelta(0)),
        ("beta", timedelta(hours=25)),
    ]
