from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.model import Job
from clausius_panel.store import (
    JOB_COLUMNS,
    LEFT,
    aware,
    clean,
    count_lookups,
    lost_jobs,
    mark_left,
    merge_ended,
    merge_queue,
    move_queue,
)

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBMITTED = T0 - timedelta(hours=1)


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def a_job(job_id="1", state="RUNNING", **facts):
    usual = {"cluster": "alpha", "job_id_raw": job_id.partition("_")[0], "submit_time": SUBMITTED, "user": "alice"}
    return Job(job_id=job_id, state=state, **{**usual, **facts})


def poll(store, when, *, queue=None, ended=None, found=None):
    """What the collector does with an answer."""
    poll_of(store, "alpha", when, queue=queue, ended=ended, found=found)


def poll_of(store, cluster, when, *, queue=None, ended=None, found=None):
    with store.write() as cur:
        if queue is not None:
            merge_queue(cur, cluster, queue, at=when)
        for told in (ended, found):
            if told is not None:
                merge_ended(cur, cluster, told, at=when)
        if queue is not None:
            mark_left(cur, cluster, at=when)


def jobs(store):
    """Every row of jobs, by raw id."""
    with store.read() as cur:
        columns = [name for name, *_ in cur.execute("DESCRIBE jobs").fetchall()]
        rows = cur.execute("SELECT * FROM jobs ORDER BY cluster, job_id_raw, submit_time").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def the_job(store):
    [row] = jobs(store)
    return row


def events(store):
    with store.read() as cur:
        return cur.execute("SELECT old_state, state, evidence FROM job_events ORDER BY rowid").fetchall()


def facts(store, *names):
    row = the_job(store)
    return tuple(row[name] for name in names)


def test_every_field_of_a_job_comes_back_as_it_was(store):
    job = Job(
        cluster="alpha",
        job_id="12_3",
        job_id_raw="15",
        submit_time=SUBMITTED,
        **{
            field.name: {"str": f"{field.name} 'é' 🚀\n|", "int": 7, "datetime": T0}[str(field.type).split(" ")[0]]
            for field in fields(Job)
            if field.name not in ("cluster", "job_id", "job_id_raw", "submit_time", "state")
        },
    )
    poll(store, at(0), queue=[job])
    row = the_job(store)
    values = {name: row[column] for name, column in JOB_COLUMNS.items()}
    assert Job(**{k: aware(v) if isinstance(v, datetime) else v for k, v in values.items()}) == job


def test_times_of_any_zone_are_kept_as_the_moment_in_utc(store):
    when = datetime.fromisoformat("2026-01-31T12:00:00+05:30")
    poll(store, when, queue=[a_job(start_time=when)])
    assert facts(store, "start_time", "first_seen") == (datetime(2026, 1, 31, 6, 30),) * 2


def test_first_and_last_sight_are_kept_and_a_quiet_job_is_not_updated(store):
    for minute in (0, 1, 2):
        poll(store, at(minute), queue=[a_job(elapsed_s=minute * 60)])
    assert facts(store, "first_seen", "last_seen", "updated", "elapsed_s") == (
        *(at(m).replace(tzinfo=None) for m in (0, 2, 0)),
        120,
    )


def test_a_change_of_anything_else_is_an_update(store):
    poll(store, at(0), queue=[a_job("1", "PENDING", priority=1), a_job("2", "PENDING", priority=1)])
    poll(store, at(1), queue=[a_job("1", "PENDING", priority=2), a_job("2", "PENDING", priority=1)])
    assert [row["updated"].minute for row in jobs(store)] == [1, 0]


def test_a_waiting_job_that_moves_is_as_after_a_merge_of_all_its_facts(store):
    here = a_job("1", "PENDING", priority=5, reason="Priority", start_time=at(90), end_time=at(99))
    there = a_job("1", "PENDING", priority=None, reason="Resources", start_time=None, end_time=at(9))
    for cluster in ("alpha", "beta"):
        poll_of(store, cluster, at(0), queue=[here])
    with store.write() as cur:
        move_queue(cur, "alpha", [there], at=at(1))
    poll_of(store, "beta", at(1), queue=[there])
    moved, merged = ({**row, "cluster": ""} for row in jobs(store))
    assert moved == merged
    assert (moved["priority"], moved["reason"], moved["start_time"]) == (5, "Resources", None)


def test_every_change_of_state_is_an_event_from_the_first_sight_on(store):
    poll(store, at(0), queue=[a_job(state="PENDING")])
    poll(store, at(1), queue=[a_job()])
    poll(store, at(2), queue=[a_job()])
    poll(store, at(3), queue=[a_job(state="COMPLETED")])
    assert events(store) == [
        (None, "PENDING", "squeue"),
        ("PENDING", "RUNNING", "squeue"),
        ("RUNNING", "COMPLETED", "squeue"),
    ]


def test_a_job_listed_twice_is_one_row_as_listed_last(store):
    poll(store, at(0), queue=[a_job(state="PENDING"), a_job(state="RUNNING")])
    assert facts(store, "state", "in_queue") == ("RUNNING", True)
    assert events(store) == [(None, "RUNNING", "squeue")]


def test_jobs_without_a_submit_time_are_told_apart_by_id(store):
    for minute in (0, 1):
        poll(store, at(minute), queue=[a_job("1", submit_time=None), a_job("2", submit_time=None)])
    assert [row["job_id_raw"] for row in jobs(store)] == ["1", "2"]


def test_a_requeued_job_is_another_row(store):
    poll(store, at(0), queue=[a_job()])
    again = a_job(state="PENDING", submit_time=at(0), restarts=1)
    poll(store, at(1), queue=[again], ended=[a_job(state="NODE_FAIL", end_time=at(0))])
    assert [(row["state"], row["in_queue"]) for row in jobs(store)] == [("NODE_FAIL", False), ("PENDING", True)]


def test_the_last_task_of_an_array_takes_over_the_row_of_the_rest(store):
    poll(store, at(0), queue=[a_job("7_[3-4]", "PENDING", array_job_id="7", array_task_id="3-4")])
    poll(store, at(1), queue=[a_job("7_4", array_job_id="7", array_task_id="4")])
    assert facts(store, "job_id", "array_task_id", "state") == ("7_4", "4", "RUNNING")


def test_clusters_do_not_touch_each_other(store):
    poll(store, at(0), queue=[a_job()])
    with store.write() as cur:
        merge_queue(cur, "beta", [a_job(cluster="beta", state="PENDING")], at=at(1))
        mark_left(cur, "beta", at=at(1))
    assert [(row["cluster"], row["state"]) for row in jobs(store)] == [("alpha", "RUNNING"), ("beta", "PENDING")]


def test_an_empty_queue_leaves_jobs_unknown_until_accounting_tells(store):
    poll(store, at(0), queue=[a_job(end_time=at(600))])
    poll(store, at(1), queue=[])
    assert facts(store, "state", "reason", "in_queue", "evidence", "end_time") == (
        "UNKNOWN",
        LEFT,
        False,
        "",
        None,
    )
    poll(store, at(2), queue=[], found=[a_job(state="FAILED", exit_code="1:0", end_time=at(1))])
    assert facts(store, "state", "reason", "evidence", "exit_code") == ("FAILED", "", "sacct", "1:0")
    assert [new for _, new, _ in events(store)] == ["RUNNING", "UNKNOWN", "FAILED"]


def test_a_failed_look_changes_nothing(store):
    poll(store, at(0), queue=[a_job()])
    before = jobs(store)
    poll(store, at(1), queue=None, ended=[])
    assert jobs(store) == before


def test_a_job_that_ended_between_two_polls_is_never_unknown(store):
    poll(store, at(0), queue=[a_job()])
    poll(store, at(1), queue=[], ended=[a_job(state="COMPLETED", exit_code="0:0")])
    assert events(store)[1:] == [("RUNNING", "COMPLETED", "sacct")]
    assert facts(store, "in_queue") == (False,)


def test_a_job_that_the_queue_shows_as_ended_is_not_in_the_queue_any_more(store):
    poll(store, at(0), queue=[a_job()])
    poll(store, at(1), queue=[a_job(state="TIMEOUT")])
    assert facts(store, "state", "in_queue", "evidence") == ("TIMEOUT", False, "squeue")
    poll(store, at(2), queue=[])
    assert facts(store, "state", "in_queue", "evidence") == ("TIMEOUT", False, "squeue")


def test_an_ended_job_that_is_still_completing_stays_ended(store):
    poll(store, at(0), queue=[a_job(state="COMPLETING")], ended=[a_job(state="FAILED")])
    poll(store, at(1), queue=[a_job(state="COMPLETING")])
    assert facts(store, "state", "in_queue", "evidence") == ("FAILED", False, "sacct")
    assert len(events(store)) == 2


def test_a_job_that_ended_within_a_poll_has_ended_however_often_the_poll_is_merged(store):
    for _ in range(2):
        poll(store, at(0), queue=[a_job()], ended=[a_job(state="FAILED")])
    assert [new for _, new, _ in events(store)] == ["RUNNING", "FAILED"]
    poll(store, at(1), queue=[a_job(state="COMPLETING")])
    assert facts(store, "state") == ("FAILED",)


def test_accounting_has_the_last_word_on_how_a_job_ended(store):
    poll(store, at(0), queue=[a_job(state="FAILED")])
    poll(store, at(1), queue=[a_job(state="FAILED")], ended=[a_job(state="OUT_OF_MEMORY")])
    poll(store, at(2), queue=[a_job(state="FAILED")])
    assert facts(store, "state", "evidence") == ("OUT_OF_MEMORY", "sacct")


def test_the_exit_code_that_accounting_told_stays_while_the_queue_still_shows_the_job(store):
    poll(store, at(0), queue=[a_job()])
    poll(store, at(1), queue=[], ended=[a_job(state="CANCELLED", exit_code="0:0", end_time=at(1))])
    poll(store, at(2), queue=[a_job(state="CANCELLED", exit_code="0:15", end_time=at(1))])
    assert facts(store, "state", "exit_code", "evidence") == ("CANCELLED", "0:0", "sacct")


def test_a_job_that_the_queue_shows_alive_again_is_alive(store):
    poll(store, at(0), queue=[], ended=[a_job(state="NODE_FAIL")])
    poll(store, at(1), queue=[a_job()])
    assert facts(store, "state", "in_queue", "evidence") == ("RUNNING", True, "")


@pytest.mark.parametrize("stale", ["PENDING", "RUNNING"])
def test_accounting_that_lags_behind_does_not_turn_a_job_back(store, stale):
    poll(store, at(0), queue=[a_job(state="COMPLETED")])
    poll(store, at(1), queue=[a_job("2")], ended=[a_job(state=stale), a_job("2", stale)])
    assert [row["state"] for row in jobs(store)] == ["COMPLETED", "RUNNING"]


def test_a_lost_job_that_accounting_still_calls_running_stays_lost(store):
    poll(store, at(0), queue=[a_job()])
    poll(store, at(1), queue=[], found=[a_job(work_dir="/home/alice")])
    assert facts(store, "state", "in_queue", "work_dir") == ("UNKNOWN", False, "/home/alice")


def test_accounting_alone_adds_ended_jobs_only(store):
    poll(store, at(0), ended=[a_job("1", "COMPLETED"), a_job("2", "RUNNING"), a_job("3", "PENDING")])
    assert [row["job_id"] for row in jobs(store)] == ["1"]


def test_an_end_of_a_kind_that_slurm_adds_tomorrow_is_an_end(store):
    poll(store, at(0), queue=[a_job()])
    poll(store, at(1), queue=[], ended=[a_job(state="EVAPORATED", end_time=at(1))])
    assert facts(store, "state", "evidence", "in_queue") == ("EVAPORATED", "sacct", False)


def test_an_unheard_of_state_in_the_queue_is_no_end(store):
    poll(store, at(0), queue=[a_job(state="PONDERING", end_time=at(600))])
    assert facts(store, "state", "evidence", "in_queue") == ("PONDERING", "", True)


def test_what_accounting_does_not_know_is_kept(store):
    known = {
        "stdout_path": "/o",
        "stderr_path": "/e",
        "work_dir": "/w",
        "dependency": "afterok:5",
        "priority": 9,
        "gpus": 4,
        "gpu_type": "h100",
        "tres": "cpu=1",
        "memory_mib": 100,
        "time_limit_s": 60,
        "node_list": "n1",
        "comment": "c",
        "nodes": 2,
        "cpus": 8,
    }
    poll(store, at(0), queue=[a_job(**known)])
    poll(store, at(1), queue=[], ended=[a_job(state="COMPLETED")])
    assert {name: the_job(store)[name] for name in known} == known
    assert facts(store, "state") == ("COMPLETED",)


def test_a_task_keeps_its_name_where_accounting_tells_it_by_its_raw_id(store):
    poll(store, at(0), queue=[a_job("1000210_1", job_id_raw="1000211", array_job_id="1000210", array_task_id="1")])
    poll(store, at(1), queue=[], ended=[a_job("1000211", "COMPLETED", end_time=at(1))])
    row = the_job(store)
    assert (row["job_id"], row["array_task_id"], row["state"]) == ("1000210_1", "1", "COMPLETED")


@pytest.mark.parametrize(
    ("told", "kept"),
    [("say `hi`", 'say "hi" twice'), ("", 'say "hi" twice'), ("say 'hi'", "say 'hi'"), ("other", "other")],
)
def test_a_name_that_accounting_cuts_or_writes_otherwise_stays_as_the_queue_told_it(store, told, kept):
    poll(store, at(0), queue=[a_job("1", name='say "hi" twice')])
    poll(store, at(1), queue=[], ended=[a_job("1", "COMPLETED", name=told, end_time=at(1))])
    assert facts(store, "name", "state") == (kept, "COMPLETED")


def test_what_accounting_knows_better_is_taken(store):
    poll(store, at(0), queue=[a_job(start_time=at(0), end_time=at(600), cpus=1, reason="x", elapsed_s=60)])
    ended = a_job(state="FAILED", start_time=at(1), end_time=at(5), cpus=2, elapsed_s=240, exit_code="0:9")
    poll(store, at(6), queue=[], ended=[ended])
    assert facts(store, "start_time", "end_time", "cpus", "reason", "elapsed_s", "exit_code") == (
        *(at(m).replace(tzinfo=None) for m in (1, 5)),
        2,
        "",
        240,
        "0:9",
    )


def test_the_estimated_start_of_a_job_that_never_ran_is_dropped(store):
    poll(store, at(0), queue=[a_job(state="PENDING", start_time=at(60))])
    poll(store, at(1), queue=[], ended=[a_job(state="CANCELLED", end_time=at(1))])
    assert facts(store, "start_time", "state") == (None, "CANCELLED")


def test_what_the_queue_takes_back_is_gone(store):
    poll(
        store, at(0), queue=[a_job(state="PENDING", reason="Dependency", dependency="afterok:5", time_limit_s=60)]
    )
    poll(store, at(1), queue=[a_job(state="RUNNING")])
    assert facts(store, "reason", "dependency", "time_limit_s") == ("", "", None)


def test_a_field_that_this_slurm_does_not_print_is_not_erased_by_the_queue(store):
    poll(store, at(0), ended=[a_job(state="NODE_FAIL", stdout_path="/o", exit_code="0:1")])
    poll(store, at(1), queue=[a_job()])
    assert facts(store, "stdout_path", "exit_code") == ("/o", "0:1")


def test_lost_jobs_are_looked_up_so_often_and_no_more(store):
    poll(store, at(0), queue=[a_job("1"), a_job("2")])
    poll(store, at(1), queue=[a_job("2")])
    poll(store, at(2), queue=[])

    def lost(limit=10):
        with store.read() as cur:
            return lost_jobs(cur, "alpha", limit=limit, max_lookups=2)

    assert (lost(), lost(1)) == (["2", "1"], ["2"])
    with store.write() as cur:
        count_lookups(cur, "alpha", ["2"])
    assert lost() == ["1", "2"]
    with store.write() as cur:
        count_lookups(cur, "alpha", ["2", "1"])
    assert lost() == ["1"]
    poll(store, at(3), queue=[], found=[a_job("1", "COMPLETED")])
    assert lost() == []


def test_only_lost_jobs_are_counted_as_looked_up(store):
    poll(store, at(0), queue=[a_job("1"), a_job("2", "COMPLETED")])
    with store.write() as cur:
        count_lookups(cur, "alpha", ["1", "2"])
    assert [row["lookups"] for row in jobs(store)] == [0, 0]


TEXT = st.text(st.characters(), max_size=8)
STATES = st.sampled_from(
    ["PENDING", "RUNNING", "COMPLETING", "COMPLETED", "FAILED", "CANCELLED", "UNKNOWN", "REQUEUED", "EVAPORATED"]
)
TIMES = st.none() | st.integers(0, 3).map(at)
JOBS = st.builds(
    Job,
    cluster=st.just("alpha"),
    job_id=st.sampled_from(["1", "1_[2-3]", "2", "3"]),
    job_id_raw=st.sampled_from(["1", "2", "3"]),
    submit_time=TIMES,
    name=TEXT,
    state=STATES,
    reason=TEXT,
    stdout_path=TEXT,
    exit_code=st.sampled_from(["", "0:0", "1:0"]),
    priority=st.none() | st.integers(0, 2**40),
    gpus=st.integers(0, 2**33),
    start_time=TIMES,
    end_time=TIMES,
    elapsed_s=st.integers(0, 100),
)
PARTS = st.none() | st.lists(JOBS, max_size=4)
ANSWERS = st.lists(st.tuples(PARTS, PARTS), max_size=4)


def dump(cur):
    return [cur.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in ("jobs", "job_events")]


def take(cur, when, queue, ended):
    if queue is not None:
        merge_queue(cur, "alpha", queue, at=when)
    if ended is not None:
        merge_ended(cur, "alpha", ended, at=when)
    if queue is not None:
        mark_left(cur, "alpha", at=when)


class Undo(Exception):
    """Leave the store as it was."""


@contextmanager
def undone(store):
    """A transaction that never happened."""
    with suppress(Undo), store.write() as cur:
        yield cur
        raise Undo


SOUND = """
    SELECT count(*) = count(DISTINCT (cluster, job_id_raw, submit_time)),
           coalesce(bool_and(NOT (in_queue AND evidence <> '')), true),
           coalesce(bool_and(first_seen <= last_seen AND first_seen <= updated AND updated <= $at), true)
    FROM jobs
"""
STALE = "SELECT count(*) FROM jobs WHERE in_queue AND last_seen <> $at"
UNTOLD = """
    SELECT count(*) FROM (
        SELECT arg_max(e.state, e.rowid) AS told, any_value(j.state) AS state
        FROM jobs j LEFT JOIN job_events e ON e.cluster = j.cluster AND e.job_id_raw = j.job_id_raw
            AND e.submit_time IS NOT DISTINCT FROM j.submit_time
        GROUP BY j.rowid) WHERE told IS DISTINCT FROM state
"""


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS)
def test_any_answers_keep_the_table_sound_and_each_may_come_twice(store, answers):
    with undone(store) as cur:
        for minute, (queue, ended) in enumerate(answers):
            take(cur, at(minute), queue, ended)
            once = dump(cur)
            take(cur, at(minute), queue, ended)
            assert dump(cur) == once
            now = {"at": at(minute).replace(tzinfo=None)}
            assert cur.execute(SOUND, now).fetchall() == [(True, True, True)]
            assert queue is None or cur.execute(STALE, now).fetchall() == [(0,)]
            assert cur.execute(UNTOLD).fetchall() == [(0,)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_text_survives(store, texts):
    with undone(store) as cur:
        merge_queue(cur, "alpha", [a_job(str(i), name=text) for i, text in enumerate(texts)], at=T0)
        rows = cur.execute("SELECT name FROM jobs ORDER BY job_id_raw::INTEGER").fetchall()
        assert [name for (name,) in rows] == [clean(text) for text in texts]
