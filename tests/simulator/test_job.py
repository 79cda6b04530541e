from clausius_panel.simulator.job import SimJob
from tests.simulator.kit import HOUR, gpus


def job(**fields: object) -> SimJob:
    usual = {"job_id": 1, "name": "a_b_c", "user": "demo", "account": "nlp", "partition": "gpu", "submit": 0.0}
    return SimJob(**{**usual, "shape": gpus(1), "limit_s": HOUR, "run_s": HOUR, **fields})


def test_a_waiting_job_has_run_for_no_time():
    assert job().elapsed_s(500.0) == 0.0


def test_the_time_of_an_ended_job_stands_still():
    assert job(state="COMPLETED", start=10.0, end=70.0).elapsed_s(500.0) == 60.0


def test_suspended_time_does_not_count():
    assert job(state="RUNNING", start=10.0, suspended_s=20.0).elapsed_s(110.0) == 80.0
    assert job(state="SUSPENDED", start=10.0, suspended_at=50.0).elapsed_s(110.0) == 40.0


def test_a_completing_job_is_open_and_holds_its_nodes_though_its_work_is_over():
    completing = job(state="COMPLETING", start=10.0, end=70.0)
    assert (completing.is_open, completing.holds_nodes, completing.elapsed_s(500.0)) == (True, True, 60.0)
