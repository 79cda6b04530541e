from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.simulator.catalogue import Trouble, catalogue
from clausius_panel.simulator.job import Dependency, Shape, SimJob
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, gpus, quiet, submit, want

DEMO = 5001


def facts(sim: Simulation) -> list[object]:
    return [dataclasses.astuple(job) for job in [*sim.records, *sim.jobs.values()]]


def test_the_same_seed_gives_the_same_however_often_one_looks():
    spec = catalogue()[0]
    once, often = (Simulation(spec, seed=5, history_s=2 * HOUR) for _ in range(2))
    once.advance(2 * HOUR)
    for minute in range(-120, 121, 7):
        often.advance(minute * 60.0)
    often.advance(2 * HOUR)
    assert facts(once) == facts(often)
    other = Simulation(spec, seed=6, history_s=2 * HOUR)
    other.advance(2 * HOUR)
    assert facts(once) != facts(other)


def check(sim: Simulation) -> None:
    """What must hold at every moment."""
    held = [job for job in sim.jobs.values() if job.holds_nodes]
    taken = [(name, gpu) for job in held for name, indices in job.placement.items() for gpu in indices]
    assert len(taken) == len(set(taken))
    for node in sim.nodes.values():
        own = [job for job in held if node.name in job.placement]
        assert {job.job_id for job in own} == node.jobs
        assert 0 <= node.free_cpus == node.group.cpus - sum(job.shape.cpus for job in own)
        assert 0 <= node.free_memory_mib == node.group.memory_mib - sum(job.shape.memory_mib for job in own)
        assert len(node.free_gpus) + sum(job.shape.gpus for job in own) == node.group.gpus
    for job in [*sim.jobs.values(), *sim.records]:
        assert job.start is None or job.start >= job.submit
        assert job.end is None or job.end >= (job.submit if job.start is None else job.start)
    for array_limit, running in _running_tasks(held):
        assert running <= array_limit
    assert not any(job.is_open for job in sim.records)


def _running_tasks(held: list[SimJob]) -> list[tuple[int, int]]:
    arrays = {job.array_id: job.array_limit for job in held if job.array_id and job.array_limit}
    return [(limit, sum(job.array_id == array for job in held)) for array, limit in arrays.items()]


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), which=st.integers(0, 2), hours=st.floats(0.5, 20.0))
def test_no_cluster_ever_gives_out_more_than_it_has(seed: int, which: int, hours: float):
    sim = Simulation(catalogue()[which], seed=seed, history_s=12 * HOUR)
    for step in range(5):
        sim.advance(-12 * HOUR + step * hours * HOUR / 4)
        check(sim)


@settings(max_examples=4)
@given(seed=st.integers(0, 10_000), which=st.integers(0, 2))
def test_no_dependent_starts_before_its_parent_has_ended(seed: int, which: int):
    sim = Simulation(catalogue()[which], seed=seed, history_s=10 * HOUR)
    asked: dict[int, tuple[Dependency, ...]] = {}
    for minute in range(-600, 121, 6):
        sim.advance(minute * 60.0)
        asked.update({job.job_id: job.dependencies for job in sim.pending if job.dependencies})
    jobs = {job.job_id: job for job in [*sim.records, *sim.jobs.values()]}
    started = [(jobs[own], term) for own, terms in asked.items() for term in terms if own in jobs]
    started = [(job, term) for job, term in started if job.start is not None and term.job_id in jobs]
    for job, term in started:
        parent = jobs[term.job_id]
        assert parent.end is not None
        assert job.start is not None
        assert job.start >= parent.end
        assert (parent.state == "COMPLETED") == (term.kind == "afterok")


def test_every_state_is_reached():
    states = {
        "PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING", "COMPLETED",
        "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED",
    }  # fmt: skip
    seen: set[str] = set()
    for spec in catalogue():
        sim = Simulation(spec, seed=7)
        for minute in range(-36 * 60, 121, 2):
            sim.advance(minute * 60.0)
            seen |= {job.state for job in sim.jobs.values()}
        seen |= {job.state for job in sim.records}
        if seen >= states:
            return
    assert seen >= states


def test_ids_are_given_once():
    sim = Simulation(catalogue()[2], seed=7, history_s=12 * HOUR)
    sim.advance(HOUR)
    final = [job.job_id for job in sim.records if job.state not in ("NODE_FAIL", "PREEMPTED")]
    assert len(final) == len(set(final))


def test_a_job_runs_completes_and_is_forgotten_by_the_queue_but_not_by_accounting(sim: Simulation):
    [job] = submit(sim, want())
    assert (job.state, job.placement) == ("RUNNING", {"fox01": (0,)})
    sim.advance(HOUR + 1)
    assert (job.state, job.end) == ("COMPLETING", HOUR)
    sim.advance(HOUR + 60)
    assert (job.state, job.end, sim.nodes["fox01"].jobs) == ("COMPLETED", HOUR, set())
    sim.advance(HOUR + 400)
    assert job.job_id not in sim.jobs
    assert sim.records == [job]


def test_a_job_that_would_run_longer_than_its_limit_times_out(sim: Simulation):
    [job] = submit(sim, want(run_s=5 * HOUR))
    sim.advance(2 * HOUR + 60)
    assert (job.state, job.end) == ("TIMEOUT", 2 * HOUR)


def test_array_tasks_get_ids_of_their_own_and_the_last_one_keeps_the_arrays(sim: Simulation):
    [rest] = submit(sim, want(tasks=(0, 1, 2), array_limit=2))
    assert (rest.waiting, rest.reason) == ([2], "JobArrayTaskLimit")
    assert sorted((job.task, job.job_id) for job in sim.holders()) == [(0, 1002), (1, 1003)]
    sim.advance(3 * HOUR)
    assert (rest.task, rest.waiting, rest.state) == (2, [], rest.outcome)
    assert [job.array_id for job in sim.records] == [1001, 1001, 1001]


def test_components_of_a_heterogeneous_job_start_together_or_not_at_all(sim: Simulation):
    submit(sim, want(shape=gpus(4)), want(shape=gpus(3)))
    [leader] = submit(sim, want(shape=Shape(cpus=1), others=(gpus(2),)))
    first, second = sim.components(leader)
    assert (first.state, second.state, first.reason, second.reason) == (
        "PENDING",
        "PENDING",
        "Resources",
        "Resources",
    )
    sim.advance(HOUR + 30)
    assert (first.state, second.state, first.start) == ("RUNNING", "RUNNING", second.start)
    assert (first.het_offset, second.het_offset, second.het_id) == (0, 1, first.job_id)


def test_a_lost_node_puts_its_jobs_back_or_ends_them(sim: Simulation):
    back, gone = submit(sim, want(), want(requeue=False))
    sim.advance(600.0)
    sim.trouble(Trouble(node="fox01", kind="down", reason="Not responding", at_s=600.0, lasts_s=60.0))
    assert (gone.state, gone.end) == ("NODE_FAIL", 600.0)
    assert (back.state, back.restarts, back.submit, back.placement) == ("PENDING", 1, 600.0, {})
    assert [(job.job_id, job.state, job.submit) for job in sim.records] == [
        (back.job_id, "NODE_FAIL", 0.0),
        (gone.job_id, "NODE_FAIL", 0.0),
    ]
    sim.advance(600.0 + 125.0)
    assert (back.state, sim.nodes["fox01"].is_open) == ("RUNNING", True)


def test_a_drained_node_keeps_its_jobs_and_gets_no_new_ones(sim: Simulation):
    [job] = submit(sim, want())
    sim.trouble(Trouble(node="fox01", kind="drain", reason="reboot", at_s=0.0))
    [new] = submit(sim, want())
    assert (job.state, list(new.placement)) == ("RUNNING", ["fox02"])


def test_a_suspended_job_ends_later_by_what_it_was_suspended(sim: Simulation):
    [job] = submit(sim, want())
    sim.advance(600.0)
    sim.suspend(job, 300.0)
    assert job.state == "SUSPENDED"
    sim.advance(1000.0)
    assert (job.state, job.elapsed_s(1000.0)) == ("RUNNING", 700.0)
    sim.advance(HOUR + 400.0)
    assert (job.state, job.end) == ("COMPLETED", HOUR + 300.0)


def test_cancelling_tells_who_and_frees_the_nodes(sim: Simulation):
    running, waiting = submit(sim, want(), want(held="user"))
    sim.cancel(running, DEMO)
    sim.cancel(waiting, DEMO)
    assert (waiting.state, waiting.start, waiting.end) == ("CANCELLED", None, 0.0)
    sim.advance(10.0)
    assert (running.state, running.cancelled_by, sim.holders()) == ("CANCELLED", DEMO, [])


@pytest.mark.parametrize(("tasks", "left"), [({1, 2}, [3, 4]), ({1, 2, 3, 4}, None)])
def test_single_tasks_of_an_array_can_be_cancelled(sim: Simulation, tasks: set[int], left: list[int] | None):
    [rest] = submit(sim, want(tasks=(1, 2, 3, 4), held="user"))
    sim.cancel(rest, DEMO, tasks)
    if left is None:
        assert rest.state == "CANCELLED"
    else:
        assert (rest.state, rest.waiting) == ("PENDING", left)


def test_people_cancel_what_can_never_start(sim: Simulation):
    [parent] = submit(sim, want(verdict="FAILED", exit_code="1:0"))
    [orphan] = submit(sim, want("proj_camp_orphan", dependencies=(Dependency("afterok", parent.job_id),)))
    sim.advance(1.2 * HOUR)
    assert (orphan.state, orphan.reason) == ("PENDING", "DependencyNeverSatisfied")
    sim.advance(3 * HOUR)
    assert orphan.state == "CANCELLED"


def test_a_dependency_on_a_job_that_never_was_counts_as_fulfilled(sim: Simulation):
    [job] = submit(sim, want(dependencies=(Dependency("afterok", 5),)))
    assert job.state == "RUNNING"


def test_thousands_of_waiting_jobs_can_be_asked_for():
    sim = Simulation(catalogue()[0], seed=7, history_s=2 * HOUR, jobs=2000)
    sim.advance(0.0)
    assert 1900 < len(sim.pending) < 2200
    check(sim)


def test_two_quiet_clusters_have_nothing_to_tell():
    sim = quiet()
    sim.advance(100 * HOUR)
    assert (sim.jobs, sim.records, sim.now) == ({}, [], 100 * HOUR)
