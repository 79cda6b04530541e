import pytest

from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import ask, gpus, submit, want


@pytest.fixture
def queue(sim: Simulation) -> Simulation:
    submit(
        sim,
        want("a_b_run"),
        want("a_b_theirs", user="lucia"),
        want("a_b_many", tasks=(0, 1, 2, 3), array_limit=1),
        want("a_b_het", others=(gpus(1),), held="user"),
    )
    sim.advance(60.0)
    return sim


def states(sim: Simulation) -> dict[str, str]:
    rows = ask(sim, "squeue -h -t all -o '%i %T'").stdout.splitlines()
    return dict(row.split() for row in rows)


def test_single_jobs_tasks_and_components(queue: Simulation):
    assert ask(queue, "scancel 1001 1003_[2-3] 1004+1").exit_status == 0
    queue.advance(queue.now + 10.0)
    after = states(queue)
    assert after["1001"] == "CANCELLED"
    assert after["1003_[1%1]"] == "PENDING"
    assert after["1003_0"] == "RUNNING"
    assert (after["1004+0"], after["1004+1"]) == ("CANCELLED", "CANCELLED")


def test_a_whole_array(queue: Simulation):
    ask(queue, "scancel 1003")
    queue.advance(queue.now + 10.0)
    assert {state for own, state in states(queue).items() if own.startswith("1003")} == {"CANCELLED"}


def test_all_of_mine_and_nobody_elses(queue: Simulation):
    assert ask(queue, "scancel --me").exit_status == 0
    queue.advance(queue.now + 10.0)
    assert {own for own, state in states(queue).items() if state != "CANCELLED"} == {"1002"}


@pytest.mark.parametrize(
    ("words", "status", "stderr"),
    [
        ("", 1, "scancel: error: No job identification provided\n"),
        ("abc", 1, "scancel: error: Invalid job id abc\n"),
        ("999", 0, ""),
        ("1003_99", 0, ""),
        (
            "-v 999",
            0,
            "scancel: Terminating job 999\n"
            "scancel: error: Kill job error on job id 999: Invalid job id specified\n",
        ),
        ("1002", 210, "scancel: error: Kill job error on job id 1002: Access/permission denied\n"),
        ("-u nobody", 1, "scancel: error: Invalid user name: nobody\n"),
        ("--bogus 1", 1, "scancel: unrecognized option '--bogus'\nTry \"scancel --help\" for more information\n"),
    ],
)
def test_answers_are_slurms_also_where_they_are_odd(queue: Simulation, words: str, status: int, stderr: str):
    before = states(queue)
    answer = ask(queue, f"scancel {words}")
    assert (answer.exit_status, answer.stdout, answer.stderr) == (status, "", stderr)
    assert states(queue) == before


def test_what_has_ended_is_told_only_to_those_who_ask(queue: Simulation):
    ask(queue, "scancel 1001")
    assert ask(queue, "scancel 1001").stderr == ""
    assert "already completing or completed" in ask(queue, "scancel -v 1001").stderr


def test_filters_narrow_what_is_cancelled(queue: Simulation):
    ask(queue, "scancel -t PD -n a_b_other --me")
    ask(queue, "scancel -t R 1003")
    queue.advance(queue.now + 10.0)
    assert {state for own, state in states(queue).items() if own.startswith("1003_[")} == {"PENDING"}
    assert states(queue)["1003_0"] == "CANCELLED"
    assert states(queue)["1001"] == "RUNNING"
