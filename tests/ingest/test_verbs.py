import io
import json
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from clausius_panel.errors import BodyRefused
from clausius_panel.ingest import ingest_json, ingest_parquet
from clausius_panel.keys import add_key
from clausius_panel.store.keys import list_keys
from tests.ingest.kit import a_job, body, kept
from tests.ingest.test_parquet import a_file


def test_jobs_are_in_the_history_of_the_keys_host(store, key):
    outcome = ingest_json(store, body(a_job("1"), a_job("2")), key=key)
    assert (outcome.received, outcome.taken, outcome.new) == (2, 2, 2)
    assert kept(store, "cluster, job_id, evidence") == [("alpha", "1", "ingest"), ("alpha", "2", "ingest")]
    assert list_keys(store)[0].last_used is not None


def test_the_same_again_changes_nothing(store, key):
    ingest_json(store, body(a_job("1"), a_job("2_7")), key=key)
    before = kept(store, "*")
    again = ingest_json(store, body(a_job("2_7"), a_job("1")), key=key)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert kept(store, "*") == before


def test_a_correction_is_taken_and_silence_erases_nothing(store, key):
    ingest_json(store, body(a_job("1", State="FAILED")), key=key)
    outcome = ingest_json(store, body(a_job("1", State="TIMEOUT", QOS=None, AllocGPUS=0)), key=key)
    assert outcome.changed == 1
    assert kept(store, "state, qos, gpus") == [("TIMEOUT", "normal", 1)]


def test_a_bad_row_is_refused_by_itself_while_the_good_ones_land(store, key):
    outcome = ingest_json(
        store, body(a_job("1"), a_job("2", Submit="soon"), a_job("3", Start="None", End="")), key=key
    )
    assert kept(store) == ["1", "3"]
    assert (outcome.refused, outcome.taken) == (1, 2)
    [refusal] = outcome.refusals
    assert (refusal.row, refusal.field, refusal.value) == (2, "Submit", "soon")


def test_jobs_that_have_not_ended_are_told_and_not_kept(store, key):
    outcome = ingest_json(store, body(a_job("1", State="RUNNING", End=None), a_job("2")), key=key)
    assert (outcome.unfinished, outcome.taken, kept(store)) == (1, 1, ["2"])


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (b"", 422, "body"),
        (b'{"hostname": "alpha", "jobs": [{}, {}]}', 422, "jobs"),
        (json.dumps({"hostname": "alpha", "jobs": [a_job(), 5]}).encode()[:-20], 422, "body"),
        (json.dumps({"hostname": "beta", "jobs": [a_job()]}).encode(), 403, "hostname"),
        (json.dumps({"hostname": "../evil", "jobs": [a_job()]}).encode(), 403, "hostname"),
        (json.dumps({"hostname": 5, "jobs": [a_job()]}).encode(), 422, "hostname"),
        (json.dumps({"jobs": [a_job()]}).encode(), 422, "hostname"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_is_refused_leaves_nothing(store, key, content, status, field):
    with pytest.raises(BodyRefused) as caught:
        ingest_json(store, io.BytesIO(content), key=key)
    assert (caught.value.status, caught.value.field) == (status, field)
    assert kept(store) == []
    assert sorted(path.name for path in store.path.parent.iterdir() if path.is_dir()) == []


def test_no_jobs_are_no_error(store, key):
    assert ingest_json(store, body(), key=key).taken == 0


def test_times_mean_what_the_hosts_zone_says(store):
    key = add_key(store, "alpha", time_zone="Europe/Amsterdam").key
    ingest_json(store, body(a_job("1"), a_job("2", Submit="2026-01-31T10:00:00Z")), key=key)
    assert kept(store, "submit_time") == [datetime(2026, 1, 31, 9), datetime(2026, 1, 31, 10)]


def test_parquet_is_the_same(store, key):
    assert ingest_parquet(store, a_file(a_job("1"), a_job("2")), key=key).new == 2
    assert ingest_json(store, body(a_job("1"), a_job("2")), key=key).same == 2
    with pytest.raises(BodyRefused, match="file"):
        ingest_parquet(store, io.BytesIO(b"PAR1" + b"x" * 50), key=key)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.tuples(some.integers(1, 4), some.sampled_from(["COMPLETED", "FAILED"])), max_size=4))
def test_however_often_and_in_whatever_order_each_job_is_there_once(store, key, sent):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    for job_id, state in sent:
        ingest_json(store, body(a_job(job_id, State=state)), key=key)
    last = {str(job_id): state for job_id, state in sent}
    assert sorted(kept(store, "job_id, state")) == sorted(last.items())
