import time
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel import store as stores
from clausius_panel.errors import InvalidInput
from clausius_panel.model import Job
from clausius_panel.model.project import Project
from clausius_panel.store.history_rows import (
    HISTORY_COLUMNS,
    MOST_SECONDS,
    MergeCount,
    history_table,
    merge_history,
)
from clausius_panel.store.projects import put_project
from tests.benchmarks.history_data import history_arrow
from tests.history_kit import START, an_ended_job, job_rows

AT = START + timedelta(days=10)


def merge(store, *jobs, evidence="import", at=AT):
    with store.write() as cur:
        return merge_history(cur, list(jobs), evidence=evidence, at=at)


def queued(store, job_id="1", state="RUNNING", cluster="gauss", at=START, **facts):
    job = Job(cluster=cluster, job_id=job_id, job_id_raw=job_id, submit_time=START, state=state, **facts)
    with store.write() as cur:
        stores.merge_queue(cur, cluster, [job], at=at)


def test_every_column_comes_back_as_it_was_given(store):
    facts = {
        "name": "é 🚀", "account": "lab", "partition": "gpu", "qos": "high", "reason": "why", "dependency": "x",
        "priority": 7, "array_job_id": "9", "array_task_id": "3", "het_job_id": "8", "het_offset": 1, "nodes": 2,
        "cpus": 16, "memory_mib": 4096, "gpus": 4, "gpu_type": "h100", "tres": "cpu=16", "eligible_time": START,
        "time_limit_s": 60, "node_list": "n[1-2]", "work_dir": "/w", "stdout_path": "/o", "stderr_path": "/e",
        "comment": "c", "exit_code": "0:0", "restarts": 2, "group": "staff", "total_cpu_s": 1.5, "ave_cpu_s": 0.5,
        "max_rss_mib": 77, "gpu_util": 88.5, "gpu_memory_mib": 99, "disk_read_mib": 0.25, "disk_written_mib": 0.75,
        "energy_j": 123, "used_at": AT, "project": "p", "campaign": "k",
    }  # fmt: skip
    job = an_ended_job(**facts)
    assert merge(store, job) == MergeCount(new=1)
    [row] = job_rows(store, *HISTORY_COLUMNS)
    given = history_table([job]).to_pylist()[0]
    for name, value in zip(HISTORY_COLUMNS, row, strict=True):
        wanted = given[name].replace(tzinfo=None) if isinstance(given[name], datetime) else given[name]
        assert value == wanted, name


def test_what_is_not_known_of_a_job_is_stored_as_such(store):
    merge(store, an_ended_job(start_time=None))
    assert job_rows(store, "name", "gpus", "start_time", "total_cpu_s", "run_id", "in_queue", "evidence") == [
        ("", 0, None, None, None, False, "import")
    ]


def test_the_same_batch_again_changes_nothing(store):
    job = an_ended_job(total_cpu_s=5.0)
    merge(store, job)
    before = job_rows(store, "*")
    assert merge(store, job, at=AT + timedelta(days=1)) == MergeCount(same=1)
    assert job_rows(store, "*") == before


def test_a_known_value_is_not_replaced_by_an_unknown_one_but_by_a_newer_one(store):
    merge(store, an_ended_job(name="train", cpus=8, max_rss_mib=100))
    assert merge(store, an_ended_job(name="", cpus=0, max_rss_mib=None, gpus=2)) == MergeCount(changed=1)
    assert job_rows(store, "name", "cpus", "max_rss_mib", "gpus") == [("train", 8, 100, 2)]
    merge(store, an_ended_job(name="eval", max_rss_mib=200))
    assert job_rows(store, "name", "cpus", "max_rss_mib", "gpus") == [("eval", 8, 200, 2)]


def test_what_others_sent_only_fills_gaps_of_what_our_accounting_told(store):
    merge(store, an_ended_job(state="TIMEOUT", name="train"), evidence="backfill")
    assert merge(store, an_ended_job(state="COMPLETED", name="x", account="lab")) == MergeCount(changed=1)
    assert job_rows(store, "state", "name", "account", "evidence") == [("TIMEOUT", "train", "lab", "backfill")]


def test_our_accounting_is_believed_before_what_others_sent(store):
    merge(store, an_ended_job(state="FAILED", name="x"))
    merge(store, an_ended_job(state="COMPLETED", name="train"), evidence="backfill")
    assert job_rows(store, "state", "name", "evidence") == [("COMPLETED", "train", "backfill")]


def test_the_name_that_the_queue_told_whole_is_not_replaced_by_what_accounting_makes_of_it(store):
    live = 'x "quoted" and long'
    for name, kept in (("x `quoted` and long", live), ("x `quo", live), ("", live), ("renamed", "renamed")):
        queued(store, name=live)
        merge(store, an_ended_job(name=name), evidence="backfill")
        assert job_rows(store, "name") == [(kept,)]


def test_a_job_in_the_queue_is_ended_by_our_accounting_and_by_nobody_else(store):
    queued(store)
    assert merge(store, an_ended_job()) == MergeCount(same=1)
    assert job_rows(store, "state", "in_queue") == [("RUNNING", True)]
    assert merge(store, an_ended_job(), evidence="backfill") == MergeCount(changed=1)
    assert job_rows(store, "state", "in_queue", "evidence") == [("COMPLETED", False, "backfill")]


def test_the_estimated_start_of_a_job_that_never_ran_is_forgotten(store):
    queued(store, state="PENDING", start_time=START + timedelta(days=1), reason="Priority")
    merge(store, an_ended_job(state="CANCELLED", start_time=None, elapsed_s=0), evidence="backfill")
    assert job_rows(store, "state", "start_time", "reason") == [("CANCELLED", None, "")]


def test_a_change_of_state_is_an_event_and_a_new_job_of_history_is_none(store):
    queued(store)
    merge(store, an_ended_job(), an_ended_job("2"), evidence="backfill")
    with store.read() as cur:
        events = cur.execute("SELECT job_id, old_state, state, evidence FROM job_events ORDER BY rowid").fetchall()
    assert events == [("1", None, "RUNNING", "squeue"), ("1", "RUNNING", "COMPLETED", "backfill")]


def test_jobs_that_have_not_ended_are_counted_and_left_out(store):
    unheard = an_ended_job("4", state="A_STATE_OF_TOMORROW")
    count = merge(
        store, an_ended_job("1", state="RUNNING"), an_ended_job("2", state=""), an_ended_job("3"), unheard
    )
    assert (count.new, count.unfinished) == (2, 2)
    assert job_rows(store, "job_id") == [("3",), ("4",)]


def test_a_row_without_cluster_id_or_submission_is_refused_by_its_place(store):
    wrongs = ({"submit_time": None}, {"cluster": ""}, {"cluster": "../evil"}, {"job_id": "", "job_id_raw": ""})
    bad = [replace(an_ended_job("9"), **facts) for facts in wrongs]
    batch = (an_ended_job("1"), *bad[:2], an_ended_job("2"), *bad[2:])
    assert merge(store, *batch) == MergeCount(new=2, refused=(1, 2, 4, 5))


def test_attempts_of_a_requeued_job_are_kept_apart_by_their_submission(store):
    later = an_ended_job(submit_time=START + timedelta(hours=1))
    assert merge(store, an_ended_job(state="PREEMPTED"), later).new == 2
    assert [state for (state,) in job_rows(store, "state")] == ["PREEMPTED", "COMPLETED"]


def test_of_two_rows_with_one_key_the_later_one_is_taken(store):
    assert merge(store, an_ended_job(name="a"), an_ended_job(name="b")) == MergeCount(new=1, same=1)
    assert job_rows(store, "name") == [("b",)]


def test_an_array_task_is_one_job_whether_or_not_a_source_knows_its_raw_id(store):
    bare = an_ended_job(job_id="7_3", job_id_raw="", account="lab")
    whole = an_ended_job(job_id="7_3", job_id_raw="12", name="train")
    merge(store, bare)
    assert job_rows(store, "job_id_raw") == [("7_3",)]
    assert merge(store, whole, evidence="backfill") == MergeCount(changed=1)
    assert merge(store, bare) == MergeCount(same=1)
    assert job_rows(store, "job_id", "job_id_raw", "name", "account") == [("7_3", "12", "train", "lab")]


def test_names_of_known_projects_are_sorted_and_foreign_names_make_no_projects(store):
    with store.write() as cur:
        put_project(cur, Project(name="hle", prefix="hle_", colour="#000000"))
    merge(store, an_ended_job("1", name="HLE_mpsf_run1"), an_ended_job("2", name="their_secret_run"))
    assert job_rows(store, "project", "campaign") == [("hle", "mpsf"), (None, None)]
    with store.read() as cur:
        assert cur.execute("SELECT count(*) FROM projects").fetchall() == [(1,)]


def test_a_table_of_some_columns_is_enough_and_its_times_are_taken_to_utc(store):
    when = pa.array([datetime(2026, 1, 1, 1)], pa.timestamp("ms")).cast(pa.timestamp("ms", "Europe/Berlin"))
    words = pa.array(["COMPLETED"]).dictionary_encode()
    table = pa.table({"cluster": ["g"], "job_id": ["5"], "submit_time": when, "state": words})
    with store.write() as cur:
        assert merge_history(cur, table, evidence="ingest", at=AT).new == 1
    assert job_rows(store, "job_id_raw", "submit_time") == [("5", datetime(2026, 1, 1, 1))]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"cluster": ["g"], "job_id": ["1"], "state": ["X"], "submit_time": ["x"]}, "submit_time"),
        ({"cluster": ["g"], "job_id": ["1"], "state": ["X"]}, "submit_time"),
        ({"cluster": ["g"], "state": ["X"], "submit_time": [START]}, "job_id"),
        ({"cluster": ["g"], "job_id": ["1"], "state": ["X"], "submit_time": [START], "colour": [1]}, "colour"),
        ({"cluster": ["g"], "job_id": ["1"], "state": ["X"], "submit_time": [START], "cpus": ["many"]}, "cpus"),
    ],
)
def test_a_table_of_another_shape_is_refused_and_the_column_is_named(store, columns, named):
    with store.write() as cur, pytest.raises(InvalidInput, match=named):
        merge_history(cur, pa.table(columns), evidence="ingest", at=AT)


def test_unknown_evidence_is_refused(store):
    with store.write() as cur, pytest.raises(InvalidInput, match="hearsay"):
        merge_history(cur, [], evidence="hearsay", at=AT)


def test_an_empty_batch_is_no_trouble(store):
    assert merge(store) == MergeCount()


def test_20_000_rows_are_merged_within_seconds_and_once_only(store):
    with store.read() as cur:
        table = history_arrow(cur, 20_000)
    begun = time.monotonic()
    with store.write() as cur:
        assert merge_history(cur, table, evidence="ingest", at=AT) == MergeCount(new=20_000)
    with store.write() as cur:
        assert merge_history(cur, table, evidence="ingest", at=AT) == MergeCount(same=20_000)
    assert time.monotonic() - begun < 20  # well within a second on an idle machine


facts = st.fixed_dictionaries(
    {
        "job_id": st.sampled_from(["1", "2", "3_4"]),
        "submit_time": st.sampled_from([START, START + timedelta(hours=1)]),
        "state": st.sampled_from(["COMPLETED", "FAILED", "RUNNING"]),
        "name": st.sampled_from(["", "a", "b"]),
        "cpus": st.integers(0, 3),
        "max_rss_mib": st.none() | st.integers(0, 3),
    }
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(facts, max_size=6), st.lists(facts, max_size=6))
def test_merging_twice_is_merging_once_and_no_row_comes_twice(store, first, second):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    for batch in (first, second):
        jobs = [an_ended_job(**{**one, "job_id_raw": one["job_id"].partition("_")[0]}) for one in batch]
        merge(store, *jobs)
        before = job_rows(store, "*")
        again = merge(store, *jobs)
        assert again.new == 0
        keys = job_rows(store, "job_id_raw", "submit_time")
        assert len(keys) == len(set(keys))
        assert len(before) == len(keys)
    ended = {(one["job_id"], one["submit_time"]) for one in (*first, *second) if one["state"] != "RUNNING"}
    assert len(keys) == len(ended)


def test_no_time_or_memory_is_so_large_that_sums_overflow(store):
    merge(store, an_ended_job(elapsed_s=2**63 - 1, cpus=2**31 - 1, memory_mib=2**63 - 1, max_rss_mib=2**63 - 1))
    [(elapsed_s, hours)] = job_rows(store, "elapsed_s", "sum(elapsed_s * cpus + elapsed_s * memory_mib) OVER ()")
    assert elapsed_s == MOST_SECONDS
    assert hours > 0
