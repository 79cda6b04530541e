from __future__ import annotations

import time

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history_sql import history_schema, history_sql
from clausius_panel.queries.history_views import VIEWS


def test_sums_are_numbers_and_times_bear_their_zone(store):
    frame = history_sql(
        store,
        'SELECT "user", count(*) AS n, sum(cpus) AS c, max(submit_time) AS t FROM jobs GROUP BY ALL ORDER BY 1',
    )
    assert frame["user"].tolist() == ["alice", "bob"]
    assert frame["n"].dtype == frame["c"].dtype == "int64"
    assert str(frame["t"].dt.tz) == "UTC"
    assert frame.attrs["more"] is False


def test_every_view_can_be_asked_and_is_described(store):
    one_of_each = (f"SELECT '{name}' AS view, typeof(any_value(one)) AS columns FROM {name} one" for name in VIEWS)
    frame = history_sql(store, " UNION ALL ".join(one_of_each))
    answered = dict(zip(frame["view"], frame["columns"].str.replace('"', ""), strict=True))
    schema = history_schema(store)
    for name in VIEWS:
        described = [each for each in schema if each.view == name]
        assert answered[name] == f"STRUCT({', '.join(f'{each.column} {each.type}' for each in described)})"
        assert set(VIEWS[name].meanings) <= {each.column for each in described}


def test_no_view_shows_a_secret(store):
    names = {each.column for each in history_schema(store)}
    assert (
        names & {"digest", "key_id", "config", "batch_script", "environment", "submit_command", "value"} == set()
    )
    assert not {"api_keys", "settings", "clusters", "audit", "rules", "saved_filters"} & set(VIEWS)


def test_what_runs_too_long_is_ended_and_the_store_goes_on(store):
    begun = time.monotonic()
    with pytest.raises(InvalidInput, match=r"longer than 0\.2 s"):
        history_sql(
            store,
            "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5",
            seconds=0.2,
        )
    assert time.monotonic() - begun < 10
    with store.write() as cur:
        cur.execute("DELETE FROM polls")
    assert history_sql(store, "SELECT 1 AS x")["x"].tolist() == [1]


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM api_keys", "DROP TABLE jobs", "SELECT nosuch FROM jobs", "x" * 60_000, "SELECT '\x00'"]
)
def test_what_is_no_question_is_refused(store, sql):
    with pytest.raises(InvalidInput, match="sql"):
        history_sql(store, sql)


@pytest.mark.parametrize("more", [{"rows": 0}, {"rows": 10**9}, {"seconds": 0}, {"seconds": 1e9}])
def test_limits_have_limits(store, more):
    with pytest.raises(InvalidInput):
        history_sql(store, "SELECT 1", **more)


@pytest.mark.parametrize("value", ["union_value(a := 1)", "DATE '5877642-06-25 (BC)'"])
def test_a_value_that_pandas_cannot_hold_is_told(store, value):
    with pytest.raises(InvalidInput, match="cast it to text"):
        history_sql(store, f"SELECT {value} AS x")


def test_what_a_table_looks_like_that_is_no_view_is_not_told(store):
    with pytest.raises(InvalidInput, match="not allowed"):
        history_sql(store, "SELECT json_serialize_plan('SELECT * FROM settings')")
