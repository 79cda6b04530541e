import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.run_jobs import queued_job_ids, run_job_ids
from tests.queries.run_kit import a_job, look


def test_a_run_names_all_its_jobs_and_tasks(store):
    look(store, a_job(1, "p_x"), a_job(2, "p_x", 1), a_job("3_7", "p_x", 2, array_job_id="3", array_task_id="7"))
    look(store, a_job(90, "q_y", 400))
    assert run_job_ids(store, cluster="beta", run_id="2") == ["1", "2", "3_7"]
    for cluster, run_id in (("beta", "555"), ("alpha", "2; DROP TABLE jobs"), ("\udcff", "")):
        with pytest.raises(InvalidInput):
            run_job_ids(store, cluster=cluster, run_id=run_id)


def test_the_jobs_of_a_run_that_wait_or_are_held_are_told_apart_and_arrays_are_one_to_end(store):
    look(
        store,
        a_job(1, "p_x", state="RUNNING"),
        a_job(2, "p_x", 1),
        a_job(3, "p_x", 2, reason="JobHeldUser"),
        a_job("4_[5-9]", "p_x", 2, array_job_id="4", array_task_id="5-9"),
    )
    of = {"cluster": "beta", "run_id": "1"}
    assert queued_job_ids(store, **of, which="all") == ["1", "2", "3", "4"]
    assert queued_job_ids(store, **of, which="waiting") == ["2", "4_[5-9]"]
    assert queued_job_ids(store, **of, which="held") == ["3"]
    with pytest.raises(InvalidInput):
        queued_job_ids(store, cluster="beta", run_id="555", which="all")
