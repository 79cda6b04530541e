import random
from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as hs

from clausius_panel.errors import InvalidInput
from clausius_panel.model import Job
from clausius_panel.model.grouping import group_jobs
from clausius_panel.model.history_job import HistoryJob
from clausius_panel.model.run import RunRules
from clausius_panel.store import Store
from clausius_panel.store.history_rows import merge_history
from clausius_panel.store.rules import put_run_rules
from clausius_panel.store.run_rows import set_run_notes, set_run_star
from clausius_panel.store.runs import assign_runs, find_run, forget_grouping, jobs_in_queue
from tests.store.kit import START, a_job, look, one, rows
from tests.stores import new_store


def runs(store: Store) -> dict[str, list[str]]:
    """Run id -> the ids of its jobs."""
    found: dict[str, list[str]] = {}
    for run_id, job_id in rows(store, "SELECT run_id, job_id FROM jobs ORDER BY submit_time, job_id"):
        found.setdefault(run_id, []).append(job_id)
    return found


def test_a_run_is_called_by_its_first_job_and_keeps_that_name(store):
    look(store, a_job(1, "x-rs0"), a_job(2, "x-rs1", 1))
    assert runs(store) == {"1": ["1", "2"]}
    look(store, a_job(2, "x-rs1", 1), a_job(3, "x-judge", 50, dependency="afterok:2"))
    assert runs(store) == {"1": ["1", "2", "3"]}
    look(store)
    look(store, a_job(4, "x", 200))
    assert runs(store) == {"1": ["1", "2", "3"], "4": ["4"]}


def test_a_dependency_that_slurm_has_forgotten_still_binds(store):
    look(store, a_job(1, "prep"), a_job(2, "train", 60, dependency="afterok:1(unfulfilled)"))
    look(store, a_job(2, "train", 60, state="RUNNING"))
    with store.write() as cur:
        forget_grouping(cur)
    assert look(store, a_job(2, "train", 60, state="RUNNING")) == 2
    assert runs(store) == {"1": ["1", "2"]}


def test_a_dependency_set_later_joins_two_runs_under_the_older_name(store):
    look(store, a_job(1, "prep"), a_job(2, "train", 60))
    assert set(runs(store)) == {"1", "2"}
    with store.write() as cur:
        set_run_star(cur, "alpha", "2", starred=True)
        set_run_notes(cur, "alpha", "2", notes="mine")
        set_run_notes(cur, "alpha", "1", notes="first")
    look(store, a_job(1, "prep"), a_job(2, "train", 60, dependency="afterok:1"))
    assert runs(store) == {"1": ["1", "2"]}
    assert rows(store, "SELECT run_id, starred, notes FROM runs") == [("1", True, "first\n\nmine")]
    with store.read() as cur:
        assert find_run(cur, "alpha", "2") == "1"


# 19
def test_what_was_wrongly_joined_comes_apart_and_the_first_jobs_part_keeps_name_star_and_notes(store):
    with store.write() as cur:
        put_run_rules(cur, RunRules(gap_s=86_400))
    look(store, a_job(1, "x"), a_job(2, "x", 60), a_job(3, "x-judge", 61, dependency="afterok:2"))
    assert runs(store) == {"1": ["1", "2", "3"]}
    with store.write() as cur:
        set_run_star(cur, "alpha", "1", starred=True)
        put_run_rules(cur, RunRules())
        forget_grouping(cur)
    look(store)
    assert runs(store) == {"1": ["1"], "2": ["2", "3"]}
    assert rows(store, "SELECT run_id, starred FROM runs ORDER BY 1") == [("1", True), ("2", False)]


# 19
def test_a_stray_job_returns_to_the_run_of_its_root(store):
    look(store, a_job(1, "x"), a_job(2, "y", 60))
    with store.write() as cur:
        cur.execute("UPDATE jobs SET run_id = '2' WHERE job_id = '1'")
        cur.execute("UPDATE jobs SET run_id = NULL WHERE job_id = '2'")
    look(store, a_job(2, "y", 60))
    assert runs(store) == {"1": ["1"], "2": ["2"]}


def test_an_older_first_job_that_comes_to_light_later_does_not_rename_the_run(store):
    look(store, a_job(2, "x", 1))
    look(store, a_job(2, "x", 1), ended=(a_job(1, "x", state="COMPLETED", end_time=START),))
    assert runs(store) == {"2": ["1", "2"]}
    assert rows(store, "SELECT root_job_id, first_submit IS NOT NULL FROM runs") == [("1", True)]


def test_new_tasks_of_an_array_and_new_attempts_join_without_grouping_anew(store):
    rest = a_job("1_[1-9]", array_job_id="1", array_task_id="1-9")
    look(store, rest)
    task = a_job("1_1", minutes=900, job_id_raw="7", array_job_id="1", array_task_id="1", state="RUNNING")
    look(store, rest, task)
    look(store, rest, a_job("1_1", minutes=2000, job_id_raw="7", array_job_id="1", array_task_id="1"))
    assert {run_id: len(jobs) for run_id, jobs in runs(store).items()} == {"1": 3}
    assert one(store, "SELECT count(*) FROM runs") == 1


def test_a_number_that_slurm_gives_twice_makes_a_run_with_the_day_in_its_name(store):
    look(store, a_job(5, "old"))
    look(store, a_job(5, "new", 100_000))
    assert runs(store) == {"5": ["5"], "5-20260311": ["5"]}
    assert rows(store, "SELECT run_id, name FROM runs ORDER BY 1") == [("5", "old"), ("5-20260311", "new")]


def test_jobs_of_two_clusters_never_meet(store):
    look(store, a_job(1))
    look(store, a_job(1, cluster="beta"), cluster="beta")
    assert one(store, "SELECT count(*) FROM runs") == 2


def test_hostile_names_are_kept_as_they_are(store):
    names = ["$(touch x)", "'; DROP TABLE jobs; --", "<img onerror=x>_b_c", "a\nb", "", "\x1b[31m", "x" * 3000]
    look(store, *(a_job(i, name, 60 * i) for i, name in enumerate(names, 1)))
    assert [name for (name,) in rows(store, "SELECT name FROM runs ORDER BY first_submit")] == names


def test_nothing_is_written_where_nothing_is_new(store):
    look(store, a_job(1), a_job(2, "b", dependency="afterok:1"))
    before = rows(store, "SELECT * FROM runs")
    assert look(store, a_job(1), a_job(2, "b", dependency="afterok:1")) == 0
    assert rows(store, "SELECT * FROM runs") == before


def test_many_jobs_are_grouped_step_by_step_the_newest_first(store, monkeypatch):
    monkeypatch.setattr("clausius_panel.store.runs.MAX_NEW", 300)
    jobs = [a_job(i, f"n{i // 2}", i / 100) for i in range(1, 400)]
    look(store, *jobs)
    assert one(store, "SELECT count(*) FROM jobs WHERE run_id IS NULL") == 99
    assert one(
        store,
        "SELECT max(submit_time) < (SELECT min(submit_time) FROM jobs WHERE run_id IS NOT NULL) "
        "FROM jobs WHERE run_id IS NULL",
    )
    look(store, *jobs)
    assert one(store, "SELECT count(*) FROM jobs WHERE run_id IS NULL") == 0
    assert one(store, "SELECT max(n) FROM (SELECT count(*) AS n FROM jobs GROUP BY run_id)") == 2


def test_a_run_is_found_by_its_name_and_by_each_of_its_jobs(store):
    look(
        store,
        a_job("1_[1-4]", array_job_id="1", array_task_id="1-4"),
        a_job("1_5", job_id_raw="9", array_job_id="1", array_task_id="5", state="RUNNING"),
    )
    with store.read() as cur:
        assert {find_run(cur, "alpha", job_id) for job_id in ("1", "1_5", "9", "1_[1-4]")} == {"1"}
        assert jobs_in_queue(cur, "alpha", "1") == ["1"]
        for cluster, job_id in (("alpha", "2"), ("beta", "1"), ("alpha", "")):
            with pytest.raises(InvalidInput, match="no run or job"):
                find_run(cur, cluster, job_id)


@hs.composite
def histories(draw: hs.DrawFn) -> list[list[Job]]:
    """Polls, each with a few new jobs that wait for some seen before."""
    polls, number = [], 0
    for _ in range(draw(hs.integers(1, 4))):
        jobs = []
        for _ in range(draw(hs.integers(0, 4))):
            number += 1
            on = draw(hs.lists(hs.integers(1, number), max_size=2))
            jobs.append(
                a_job(
                    number,
                    draw(hs.sampled_from(["x", "x-judge", "y", "y-rs1"])),
                    draw(hs.integers(0, 12)),
                    dependency=",".join(f"afterok:{one}" for one in on),
                )
            )
        polls.append(jobs)
    return polls


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), hs.randoms())
def test_poll_by_poll_gives_the_same_runs_as_all_at_once(tmp_path, polls: list[list[Job]], chance: random.Random):
    path = tmp_path / f"{chance.getrandbits(64)}.duckdb"
    store = new_store(path)
    queue: list[Job] = []
    for jobs in polls:
        queue += jobs
        look(store, *queue)
    expected = sorted(sorted(job.job_id for job in group) for group in group_jobs(queue))
    assert sorted(sorted(jobs) for jobs in runs(store).values()) == expected
    assert one(store, "SELECT count(*) FROM runs") == len(expected)
    orphans = "SELECT count(*) FROM runs ANTI JOIN jobs USING (cluster, run_id)"
    assert one(store, orphans) == 0
    store.close()
    for file in tmp_path.glob(f"{path.name}*"):
        file.unlink()


def test_times_in_runs_are_those_of_the_first_job(store):
    look(store, a_job(1, "x-rs0"), a_job(2, "x-rs1", 2))
    assert rows(store, "SELECT first_submit FROM runs") == [(START.replace(tzinfo=None) + timedelta(0),)]


def test_polls_pass_over_history_which_is_grouped_as_it_comes_in(store):
    ended = [HistoryJob(**asdict(a_job(number, "x-rs0", 60 * number, state="COMPLETED"))) for number in (1, 2)]
    for job, history in zip(ended, (False, True), strict=True):
        with store.write() as cur:
            merge_history(cur, [job], evidence="backfill", at=START + timedelta(days=job.submit_time.hour))
            if history:
                assign_runs(cur, "alpha", at=START + timedelta(days=job.submit_time.hour), history=True)
    look(store, a_job(3, "y"))
    assert rows(store, "SELECT job_id, run_id FROM jobs ORDER BY job_id") == [("1", None), ("2", "2"), ("3", "3")]


def test_history_that_was_grouped_is_grouped_anew_with_the_rest(store):
    with store.write() as cur:
        merge_history(cur, [HistoryJob(**asdict(a_job(1, state="COMPLETED")))], evidence="import", at=START)
        assign_runs(cur, "alpha", at=START, history=True)
        forget_grouping(cur)
    look(store, a_job(3, "y"))
    assert one(store, "SELECT count(*) FROM jobs WHERE run_id IS NULL") == 0
