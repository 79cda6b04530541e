import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from clausius_panel import queries
from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.model import ACTIVE_STATES, FINAL_STATES, state_family
from clausius_panel.queries.filters import FAMILY_SQL, where
from clausius_panel.store import settings as store_settings
from clausius_panel.store.flags import hide_jobs, pin_jobs

STATES = sorted(ACTIVE_STATES | FINAL_STATES | {"UNKNOWN", "A_STATE_OF_TOMORROW"})


def test_sql_and_python_agree_on_every_family(store):
    with store.read() as cur:
        rows = cur.execute(f"SELECT state, {FAMILY_SQL} FROM (SELECT unnest(?) AS state)", [STATES]).fetchall()
    assert dict(rows) == {state: state_family(state) for state in STATES}


def test_no_value_of_a_filter_becomes_sql(store):
    hostile = "x'); DROP TABLE jobs; --"
    texts = {name: [hostile] for name in ("clusters", "users", "partitions", "accounts")}
    condition, values = where(store, {**texts, "text": hostile})
    assert "DROP" not in condition
    assert condition.count("?") == len(values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(text=some.text(max_size=40))
def test_any_text_is_a_search_that_runs(store, text):
    assert queries.jobs(store, text=text).total <= 6


def test_the_default_age_is_the_setting(store):
    hours = store_settings(store).ended_jobs_shown_h
    assert [job.job_id for job in queries.jobs(store).jobs] == [
        job.job_id for job in queries.jobs(store, max_age_s=hours * 3600.0).jobs
    ]


@pytest.mark.parametrize("state", ["RUNING", "", "'", "running or true"])
def test_a_state_that_does_not_exist_is_named(store, state):
    with pytest.raises(InvalidInput) as caught:
        where(store, {"states": [state]})
    assert caught.value.value == state.upper()


def shown(store, **filters):
    return sorted(job.job_id for job in queries.jobs(store, clusters=["alpha"], **filters).jobs)


def test_the_board_leaves_out_what_is_hidden_and_keeps_what_is_pinned(store):
    assert shown(store) == ["1", "10", "11", "2", "3_[5-9%2]"]
    with store.write() as cur:
        hide_jobs(cur, "alpha", ["10", "2"])
        pin_jobs(cur, "alpha", ["12"])
    assert shown(store) == ["1", "11", "12", "3_[5-9%2]"]
    assert shown(store, hidden=True) == ["1", "10", "11", "12", "2", "3_[5-9%2]"]
    assert shown(store, max_age_s=1) == ["1", "12", "3_[5-9%2]"]


def test_a_search_for_thousands_of_words_is_refused(store):
    with pytest.raises(InvalidInput, match="number of words"):
        queries.jobs(store, text=" ".join(map(str, range(101))))
    assert queries.jobs(store, text="a " * 20_000).total == queries.jobs(store, text="a").total


def test_a_filter_that_is_no_utf_8_selects_nothing(store):
    for name in ("users", "partitions", "accounts"):
        assert queries.jobs(store, **{name: ["\udcff"]}).jobs == []
    assert queries.jobs(store, text="\udcff").jobs == []
    with pytest.raises(UnknownCluster):
        queries.jobs(store, clusters=["\udcff"])


def test_a_single_name_needs_no_list(store):
    assert {job.user for job in queries.jobs(store, users="bob").jobs} == {"bob"}


def test_a_filter_that_does_not_exist_is_named(store):
    with pytest.raises(InvalidInput) as caught:
        where(store, {"user": ["bob"]})
    assert (caught.value.what, caught.value.value) == ("filter", "user")


@pytest.mark.parametrize(
    ("name", "value"),
    [("clusters", "alpha"), ("users", "bob"), ("states", "pending"), ("partitions", "gpu"), ("accounts", "nlp")],
)
def test_a_single_name_is_a_list_of_one(store, name, value):
    one, several = queries.jobs(store, **{name: value}), queries.jobs(store, **{name: [value]})
    assert [job.job_id for job in one.jobs] == [job.job_id for job in several.jobs]
    assert one.clusters == several.clusters


def test_a_single_name_that_does_not_exist_is_named_as_a_whole(store):
    with pytest.raises(UnknownCluster, match="gamma"):
        queries.jobs(store, clusters="gamma")
    with pytest.raises(InvalidInput, match="DANCING"):
        queries.count_jobs(store, states="dancing")


def test_a_job_that_somebody_holds_is_held_and_pending(store):
    with store.write() as cur:
        cur.execute("UPDATE jobs SET reason = 'JobHeldUser' WHERE state = 'PENDING' AND job_id LIKE '3%'")
    assert [job.job_id for job in queries.jobs(store, states=["held"]).jobs] == ["3_[5-9%2]"]
    assert "3_[5-9%2]" in [job.job_id for job in queries.jobs(store, states=["pending"]).jobs]


def test_a_family_is_many_states_and_a_state_in_capitals_is_one(store):
    assert where(store, {"states": ["FAILED"]})[1] != where(store, {"states": ["failed"]})[1]
