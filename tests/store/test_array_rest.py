from __future__ import annotations

from clausius_panel import store as st
from clausius_panel.store import Store
from clausius_panel.store.array_rest import BEFORE_START, keep_cancelled_tasks
from tests.store.kit import START, a_job, at_poll, look, rows

SEEN = "SELECT job_id, state, in_queue, reason, run_id FROM jobs ORDER BY length(job_id), job_id"


def waiting(tasks: str, **facts):
    return a_job(f"5_[{tasks}]", "sweep", array_job_id="5", array_task_id=tasks, **facts)


def task(number: int, state: str = "RUNNING", **facts):
    return a_job(
        f"5_{number}",
        "sweep",
        job_id_raw=str(100 + number),
        array_job_id="5",
        array_task_id=str(number),
        state=state,
        start_time=START,
        **facts,
    )


def cancel(store: Store, *targets: str, outcome: str = "done") -> None:
    with store.write() as cur:
        for target in targets:
            st.append_audit(cur, actor="cli", action="cancel", cluster="alpha", target=target, outcome=outcome)


def poll(store: Store, *jobs, ended=()) -> int:
    """As the collector has it: the queue is merged, then we look for tasks that are gone."""
    look(store, *jobs, ended=ended)
    with store.write() as cur:
        return keep_cancelled_tasks(cur, "alpha", at=at_poll())


def kept(store: Store) -> list[tuple[str, str]]:
    return [(job_id, state) for job_id, state, in_queue, *_ in rows(store, SEEN) if not in_queue]


def test_tasks_that_we_cancelled_before_they_started_are_one_row_in_their_run(store):
    poll(store, waiting("3-20%2"))
    cancel(store, "5_[10-12]", "5_[14-15]", "5_17")
    cancel(store, "5_99", outcome="failed")
    assert poll(store, waiting("3-9,13,16,18-20%2")) == 1
    assert rows(store, SEEN) == [
        ("5_[10-12,14-15,17]", "CANCELLED", False, BEFORE_START, "5"),
        ("5_[3-9,13,16,18-20%2]", "PENDING", True, "", "5"),
    ]
    events = "SELECT job_id_raw, old_state, state, reason FROM job_events WHERE state = 'CANCELLED'"
    assert rows(store, events) == [("5_[10-12,14-15,17]", "PENDING", "CANCELLED", BEFORE_START)]


def test_nothing_is_kept_of_what_still_waits_or_has_a_record_of_its_own(store):
    poll(store, waiting("3-9"))
    cancel(store, "5_[3-6]")
    assert poll(store, waiting("3-9")) == 0  # the queue was read before we cancelled
    poll(store, waiting("7-9"), task(3), ended=[task(4, "CANCELLED", end_time=START)])
    assert kept(store) == [("5_4", "CANCELLED"), ("5_[5-6]", "CANCELLED")]


def test_a_record_that_comes_late_takes_its_task_out_of_ours(store):
    poll(store, waiting("3-9"))
    cancel(store, "5_[3-5]")
    poll(store, waiting("6-9"))
    assert kept(store) == [("5_[3-5]", "CANCELLED")]
    assert poll(store, waiting("6-9"), ended=[task(4, "CANCELLED", end_time=START)]) == 1
    assert kept(store) == [("5_4", "CANCELLED"), ("5_[3,5]", "CANCELLED")]
    late = [task(number, "CANCELLED", end_time=START) for number in (3, 5)]
    poll(store, waiting("6-9"), ended=late)
    assert kept(store) == [("5_3", "CANCELLED"), ("5_4", "CANCELLED"), ("5_5", "CANCELLED")]


def test_looking_again_changes_nothing_and_a_later_cancellation_is_added(store):
    poll(store, waiting("3-9"))
    cancel(store, "5_3")
    assert poll(store, waiting("4-9")) == 1
    assert poll(store, waiting("4-9")) == 0
    assert kept(store) == [("5_3", "CANCELLED")]
    cancel(store, "5_[4-5]")
    assert poll(store, waiting("6-9")) == 1
    assert kept(store) == [("5_[3-5]", "CANCELLED")]


def test_an_array_that_we_never_saw_and_one_of_the_same_number_later_get_no_row(store):
    cancel(store, "5_[3-4]")
    assert poll(store, a_job(1)) == 0
    assert poll(store, waiting("5-9", submit_time=at_poll().replace(year=2099))) == 0
    assert kept(store) == [("1", "UNKNOWN")]


def test_twenty_thousand_cancelled_tasks_are_one_row(store):
    poll(store, waiting("0-19999%50"))
    cancel(store, "5_[50-19999]")
    poll(store, waiting("0-49%50"))
    assert kept(store) == [("5_[50-19999]", "CANCELLED")]
