from clausius_panel.simulator.catalogue import Trouble
from clausius_panel.simulator.job import Dependency, Shape
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, gpus, submit, want

CPU = Shape(cpus=1, memory_mib=100)


def test_the_first_that_does_not_fit_waits_for_resources_and_the_others_behind_it(sim: Simulation):
    submit(sim, want(shape=gpus(4)), want(shape=gpus(4)))
    first, second = submit(sim, want(shape=gpus(4)), want(shape=gpus(4)))
    assert (first.reason, first.estimate, len(first.expected_nodes)) == ("Resources", 2 * HOUR, 1)
    assert (second.reason, second.estimate) == ("Priority", None)


def test_a_short_job_slips_in_front_of_a_large_one_and_a_long_one_does_not(sim: Simulation):
    submit(sim, want(shape=gpus(2)), want(shape=gpus(3)))
    large, long, short = submit(
        sim, want(shape=gpus(4, nodes=2)), want(limit_s=5 * HOUR), want(limit_s=HOUR, run_s=HOUR)
    )
    assert (large.reason, long.reason, short.state) == ("Resources", "Priority", "RUNNING")
    sim.advance(HOUR + 30.0)
    assert large.state in ("CONFIGURING", "RUNNING")
    assert large.start is not None
    assert large.start <= large.submit + 2 * HOUR


def test_whoever_waited_longer_comes_first(sim: Simulation):
    submit(sim, want(shape=gpus(4, nodes=2)))
    [old] = submit(sim, want(shape=gpus(4, nodes=2)))
    sim.advance(1000.0)
    [new] = submit(sim, want(shape=gpus(4, nodes=2), boost=20.0))
    assert [job.job_id for job in sim.pending] == [old.job_id, new.job_id]


def test_work_that_can_be_preempted_gives_way_and_comes_back(sim: Simulation):
    scavenger, stubborn = submit(
        sim,
        want(partition="scavenge", shape=gpus(4), preemptible=True, run_s=2 * HOUR),
        want(partition="scavenge", shape=gpus(4), preemptible=True, requeue=False),
    )
    sim.advance(60.0)
    submit(sim, want(shape=gpus(4)), want(shape=gpus(4)))
    assert (scavenger.state, scavenger.reason, scavenger.restarts) == ("PENDING", "BeginTime", 1)
    assert (stubborn.state, stubborn.end) == ("PREEMPTED", 60.0)
    assert {job.state for job in sim.records} == {"PREEMPTED"}
    sim.advance(HOUR + 100.0)
    assert scavenger.state == "RUNNING"


def test_limits_hold_jobs_back_and_say_which(sim: Simulation):
    robots = submit(sim, *[want(account="robotics") for _ in range(3)])
    assert [job.reason for job in robots] == ["None", "None", "AssocGrpGRES"]
    licensed = submit(sim, *[want(licence="matlab", shape=CPU) for _ in range(2)])
    assert [job.reason for job in licensed] == ["None", "Licenses"]
    many = submit(sim, *[want(partition="cpu", shape=CPU) for _ in range(3)])
    assert [job.reason for job in many] == ["None", "None", "QOSMaxJobsPerUserLimit"]


def test_what_no_free_node_would_help_says_so(sim: Simulation):
    requests = want(held="user"), want(held="admin"), want(begin_s=60.0), want(limit_s=30 * HOUR)
    jobs = submit(sim, *requests, want(partition="retired", shape=CPU, limit_s=60.0))
    assert [job.reason for job in jobs] == [
        "JobHeldUser", "JobHeldAdmin", "BeginTime", "PartitionTimeLimit", "PartitionDown",
    ]  # fmt: skip
    sim.advance(61.0)
    assert (jobs[2].state, jobs[2].start) == ("RUNNING", 60.0)


def test_nodes_that_are_out_are_named_where_nothing_else_is_in_the_way(sim: Simulation):
    sim.trouble(Trouble(node="fox02", kind="down", reason="Not responding", at_s=0.0))
    [job] = submit(sim, want(shape=gpus(1, nodes=2)))
    assert job.reason == "ReqNodeNotAvail, UnavailableNodes:fox02"


def test_dependencies_are_waited_for_met_or_never_met(sim: Simulation):
    good, bad = submit(sim, want("a_b_good"), want("a_b_bad", verdict="FAILED", run_s=60.0))
    after_good, after_bad, if_bad = submit(
        sim,
        want("a_b_1", dependencies=(Dependency("afterok", good.job_id),)),
        want("a_b_2", dependencies=(Dependency("afterok", bad.job_id),)),
        want("a_b_3", dependencies=(Dependency("afternotok", bad.job_id),)),
    )
    assert {job.reason for job in (after_good, after_bad, if_bad)} == {"Dependency"}
    sim.advance(120.0)
    assert (after_bad.reason, if_bad.state) == ("DependencyNeverSatisfied", "RUNNING")
    sim.advance(HOUR + 60.0)
    assert after_good.start is not None
    assert good.end is not None
    assert after_good.start >= good.end


def test_a_dependency_on_an_array_waits_for_all_of_its_tasks(sim: Simulation):
    [array] = submit(sim, want(tasks=(0, 1, 2), array_limit=1, shape=CPU))
    [after] = submit(sim, want("a_b_c", dependencies=(Dependency("afterany", array.job_id),)))
    while after.state == "PENDING":
        assert any(job.array_id == array.job_id and job.is_open for job in sim.jobs.values())
        sim.advance(sim.now + 60.0)
        assert sim.now < 10 * HOUR
    assert len(sim.records) == 3


def test_singletons_of_one_name_run_one_after_the_other(sim: Simulation):
    alone = Dependency("singleton")
    first, second = submit(sim, want(dependencies=(alone,)), want(dependencies=(alone,)))
    assert (first.state, second.state, second.reason) == ("RUNNING", "PENDING", "Dependency")
    sim.advance(HOUR + 30.0)
    assert second.state == "RUNNING"
