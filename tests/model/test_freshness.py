from datetime import UTC, datetime, timedelta

from clausius_panel.model.freshness import Freshness

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_age_is_counted_from_when_the_data_were_true():
    assert Freshness(cluster="a", as_of=NOW - timedelta(seconds=42)).age_s(NOW) == 42


def test_a_clock_that_runs_ahead_gives_no_negative_age():
    assert Freshness(cluster="a", as_of=NOW + timedelta(seconds=5)).age_s(NOW) == 0


def test_what_never_answered_has_no_age():
    assert Freshness(cluster="a", as_of=None).age_s(NOW) is None
