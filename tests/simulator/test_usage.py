from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.simulator.job import SimJob
from clausius_panel.simulator.usage import use_of
from tests.simulator.kit import HOUR, gpus


def a_job(job_id: int = 7, **facts: object) -> SimJob:
    usual = {
        "job_id": job_id,
        "name": "x",
        "user": "demo",
        "account": "nlp",
        "partition": "gpu",
        "shape": gpus(2, nodes=2),
        "submit": 0.0,
        "limit_s": 4 * HOUR,
        "run_s": 3 * HOUR,
        "state": "RUNNING",
        "start": 0.0,
        "placement": {"fox02": (0, 3), "fox01": (1, 2)},
    }
    return SimJob(**{**usual, **facts})  # type: ignore[arg-type]


def test_a_job_uses_the_same_at_the_same_moment():
    assert use_of(a_job(), 1000.0) == use_of(a_job(), 1000.0)
    assert use_of(a_job(), 1000.0) != use_of(a_job(8), 1000.0)


def test_each_gpu_of_the_placement_is_there():
    assert [(gpu.node, gpu.index) for gpu in use_of(a_job(), 50.0).gpus] == [
        ("fox01", 1),
        ("fox01", 2),
        ("fox02", 0),
        ("fox02", 3),
    ]


@given(job_id=some.integers(1, 10**6), at=some.floats(0, 3 * HOUR), more=some.floats(0, HOUR))
def test_nothing_is_used_beyond_what_was_given_and_cpu_time_only_grows(job_id, at, more):
    job = a_job(job_id)
    use, later = use_of(job, at), use_of(job, at + more)
    given_mib = job.shape.memory_mib * job.shape.nodes
    assert 0 <= use.rss_mib <= use.max_rss_mib <= given_mib
    assert use.cpu_s <= later.cpu_s + 1e-6 <= 8 * (at + more) + 1e-5
    assert all(0 <= gpu.percent <= 100 and gpu.memory_mib <= gpu.memory_total_mib for gpu in use.gpus)


def test_some_jobs_hold_gpus_that_do_nothing_and_most_work():
    shares = [use_of(a_job(number), HOUR).gpus[0].percent for number in range(200)]
    idle = sum(share < 5 for share in shares)
    assert 2 < idle < 60
    assert sum(share > 60 for share in shares) > 90
