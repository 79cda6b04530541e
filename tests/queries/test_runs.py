from dataclasses import replace
from datetime import timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.runs import RunSummary, runs, summaries
from clausius_panel.store.flags import hide_jobs, hide_states, pin_jobs
from clausius_panel.store.run_rows import set_run_star
from tests.queries.run_kit import LONG_AGO, a_job, look
from tests.stores import filled


def found(store, **filters) -> dict[str, RunSummary]:
    return {run.run_id: run for run in runs(store, clusters=["beta"], **filters).runs}


@filled
def board(store):
    """A run that trains and is judged, one that was repeated, and an array."""
    started = {"start_time": LONG_AGO + timedelta(minutes=10), "elapsed_s": 600}
    ended = {**started, "end_time": LONG_AGO + timedelta(minutes=20)}
    with store.write() as cur:
        cur.execute("DELETE FROM jobs WHERE cluster = 'beta'")
    look(
        store,
        a_job(11, "hle_a_eval-x-rs1", state="RUNNING", gpus=8, **started),
        a_job(12, "hle_a_eval-x-judge", 1, reason="Dependency", dependency="afterok:10:11", gpus=1),
        a_job(13, "hle_a_eval-x-rs0", 1, reason="Dependency", dependency="afternotok:10", gpus=8),
        a_job(
            "30_[4-9%2]", "sweep", 60, array_job_id="30", array_task_id="4-9%2", reason="JobArrayTaskLimit", gpus=2
        ),
        a_job("30_1", "sweep", 60, job_id_raw="31", array_job_id="30", array_task_id="1", state="RUNNING", gpus=2),
        a_job(40, "again", 300),
        ended=(
            a_job(10, "hle_a_eval-x-rs0", state="COMPLETED", gpus=8, **ended),
            a_job(20, "again", state="FAILED", **ended),
        ),
    )


def test_a_run_is_told_at_a_glance(board):
    run = found(board)["10"]
    assert (run.name, run.project, run.campaign, run.user) == ("hle_a_eval-x", "hle", "a", "bob")
    assert run.jobs == 4
    assert run.tasks == {"running": 1, "completed": 1, "pending": 2}
    assert run.gpus == {"running": 8, "completed": 8, "pending": 9}
    assert run.started == LONG_AGO + timedelta(minutes=10)
    assert run.ended is None
    assert run.in_queue
    assert run.waited_s == 600
    assert run.waiting_since == LONG_AGO + timedelta(minutes=1)
    assert run.reason == "Dependency"
    assert (run.dependents, run.backups, run.skipped) == (1, 1, 0)


def test_only_jobs_that_wait_now_count_as_waiting_for_others(board):
    started = {"start_time": LONG_AGO + timedelta(minutes=5), "elapsed_s": 60}
    ended = {**started, "end_time": LONG_AGO + timedelta(minutes=6)}
    look(
        board,
        a_job(12, "hle_a_eval-x-judge", 1, state="RUNNING", gpus=1, **started),
        a_job(14, "hle_a_eval-x-summarize-results", 1, reason="Priority", gpus=1),
        a_job(15, "hle_a_eval-x-judge-rs0", 1, reason="Dependency", dependency="afterok:14", gpus=1),
        a_job(16, "hle_a_eval-x-judge-rs1", 1, reason="Dependency", dependency="afterok:14", gpus=1),
    )
    assert found(board)["10"].dependents == 2
    look(
        board,
        a_job(15, "hle_a_eval-x-judge-rs0", 1, reason="Resources", gpus=1),
        ended=(a_job(16, "hle_a_eval-x-judge-rs1", 1, state="COMPLETED", gpus=1, **ended),),
    )
    assert found(board)["10"].dependents == 0


# 21
def test_a_backup_that_can_never_run_counts_as_completed(board):
    never = a_job(13, "hle_a_eval-x-rs0", 1, reason="DependencyNeverSatisfied", gpus=8)
    look(board, never)
    run = found(board)["10"]
    assert (run.backups, run.skipped) == (1, 1)
    assert run.tasks["completed"] == 2
    assert "pending" not in run.tasks
    assert run.gpus["completed"] == 16


def test_a_backup_that_ran_beside_a_job_that_went_well_and_failed_counts_as_failed(board):
    times = {"start_time": LONG_AGO, "end_time": LONG_AGO + timedelta(hours=1), "elapsed_s": 3600}
    main = a_job(41, "resumed", 1, state="COMPLETED", **times)
    after = a_job(42, "resumed", 1, dependency="afterany:41", reason="Dependency")
    look(board, replace(main, state="RUNNING", end_time=None), after)
    look(board, ended=(main, replace(after, state="FAILED", **times)))
    run = found(board)["41"]
    assert (run.backups, run.skipped, run.tasks) == (1, 0, {"completed": 1, "failed": 1})


def test_an_array_counts_its_tasks_and_is_one_job(board):
    run = found(board)["30"]
    assert run.jobs == 1
    assert run.tasks == {"pending": 6, "running": 1}
    assert run.gpus == {"pending": 12, "running": 2}


def test_a_task_that_was_requeued_counts_once_where_it_waits_again(board):
    facts = {"array_job_id": "30", "gpus": 2}
    started = {"start_time": LONG_AGO + timedelta(hours=1), "elapsed_s": 60}
    ends = {"1": "REQUEUED", "2": "FAILED", "3": "CANCELLED"}
    look(
        board,
        a_job("30_[1,4-8:2%2]", "sweep", 60, array_task_id="1,4-8:2%2", **facts),
        ended=tuple(
            a_job(f"30_{n}", "sweep", 60, job_id_raw=f"3{n}", array_task_id=n, state=state, **facts, **started)
            for n, state in ends.items()
        ),
    )
    assert found(board)["30"].tasks == {"pending": 4, "failed": 1, "cancelled": 1}


def test_runs_of_one_key_are_numbered_as_attempts(board):
    runs_found = found(board)
    assert (runs_found["20"].attempt, runs_found["20"].attempts) == (1, 2)
    assert (runs_found["40"].attempt, runs_found["40"].attempts) == (2, 2)
    assert (runs_found["10"].attempt, runs_found["10"].attempts) == (1, 1)


def test_a_requeued_job_counts_once_in_its_newest_attempt(store):
    first = a_job(1, "x", state="RUNNING", start_time=LONG_AGO, elapsed_s=5)
    look(store, first)
    ended = a_job(1, "x", state="PREEMPTED", start_time=LONG_AGO, elapsed_s=5, end_time=LONG_AGO)
    look(store, a_job(1, "x", 100), ended=(ended,))
    run = found(store)["1"]
    assert run.tasks == {"pending": 1}
    assert run.jobs == 1


def test_those_with_jobs_in_the_queue_come_first_then_the_newest(board):
    assert [run.run_id for run in runs(board, clusters=["beta"]).runs] == ["40", "30", "10", "20"]
    assert [run.run_id for run in runs(board, clusters=["beta"], sort="oldest").runs][-1] == "40"
    assert [run.run_id for run in runs(board, clusters=["beta"], sort="name").runs][-1] == "30"
    with pytest.raises(InvalidInput, match="newest"):
        runs(board, sort="colour")


def test_pages_have_the_total_even_past_the_end(board):
    page = runs(board, clusters=["beta"], limit=2, offset=1)
    assert ([run.run_id for run in page.runs], page.total) == (["30", "10"], 4)
    assert (runs(board, clusters=["beta"], offset=50).runs, runs(board, clusters=["beta"], offset=50).total) == (
        [],
        4,
    )
    assert [one.cluster for one in page.clusters] == ["beta"]


# 38
@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"text": "EVAL-X-JUDGE"}, {"10"}),
        ({"text": "31"}, set()),
        ({"text": "30_1"}, {"30"}),
        ({"project": "hle"}, {"10"}),
        ({"project": "hle", "campaign": "b"}, set()),
        ({"states": ["failed"]}, {"20"}),
        ({"users": ["alice"]}, set()),
        ({"project": "\udcff", "campaign": "\udcff"}, set()),
        ({"max_age_s": 3600}, {"10", "30", "40"}),
    ],
)
def test_a_filter_that_one_job_meets_gives_the_whole_run(board, filters, ids):
    runs_found = found(board, **filters)
    assert set(runs_found) == ids
    if "10" in ids:
        assert runs_found["10"].jobs == 4


def test_stars_pins_and_hidden_jobs_count(board):
    with board.write() as cur:
        set_run_star(cur, "beta", "30", starred=True)
        hide_states(cur, ["FAILED"])
        hide_jobs(cur, "beta", ["40"])
    assert set(found(board, starred=True)) == {"30"}
    assert set(found(board)) == {"10", "30"}
    assert set(found(board, hidden=True)) == {"10", "20", "30", "40"}
    with board.write() as cur:
        pin_jobs(cur, "beta", ["20"])
    pinned = found(board, max_age_s=1)["20"]
    assert pinned.pinned
    assert pinned.ended == LONG_AGO + timedelta(minutes=20)


def test_hostile_names_come_back_as_they_are(store):
    names = ["$(touch x)_b_c", "<img onerror=alert(1)>", "a\nb", "' OR 1=1 --"]
    look(store, *(a_job(i, name, 60 * i) for i, name in enumerate(names, 101)))
    assert {run.name for run in found(store).values()} >= set(names)
    assert found(store, text="' OR 1=1 --", sort="name", project="' OR 1=1") == {}


def test_a_run_that_does_not_exist_has_no_summary(board):
    with board.read() as cur:
        assert summaries(cur, []) == []
        assert [run.run_id for run in summaries(cur, [("beta", "nope"), ("beta", "10")])] == ["10"]
