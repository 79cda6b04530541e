import pytest

from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, SPEC, ask, gpus, submit, want


@pytest.fixture
def queue(sim: Simulation) -> Simulation:
    submit(
        sim,
        want("a_b_run", comment="try | this"),
        want("a_b_held", held="user"),
        want("a_b_theirs", user="lucia", held="user"),
        want("a_b_many", tasks=(0, 1), array_limit=1),
        want("a_b_het", others=(gpus(1),)),
    )
    sim.advance(60.0)
    return sim


def test_ping_config_and_version(queue: Simulation):
    assert ask(queue, "scontrol ping").stdout == "Slurmctld(primary) at fox-ctl is UP\n"
    assert ask(queue, "scontrol -V").stdout == ask(queue, "scontrol version").stdout == f"{SPEC.version}\n"
    config = ask(queue, "scontrol show config").stdout
    lines = dict(line.split(" = ", 1) for line in config.splitlines() if " = " in line)
    settings = {key.strip(): value for key, value in lines.items()}
    assert settings["ClusterName"] == "fox"
    assert settings["AccountingStorageType"] == "accounting_storage/slurmdbd"
    assert settings["SLURM_VERSION"] == "22.05.8"
    assert config.startswith("Configuration data as of 2026-09-21T14:14:20\n")


def test_one_job_in_full(queue: Simulation):
    text = ask(queue, "scontrol show job 1001").stdout
    fields = dict(word.split("=", 1) for word in text.split() if "=" in word)
    assert (fields["JobId"], fields["JobState"], fields["RunTime"]) == ("1001", "RUNNING", "00:01:00")
    assert fields["StdOut"] == "/home/demo/logs/a/b/a_b_run-1001.out"
    assert fields["TRES"] == "cpu=4,mem=32G,node=1,billing=14,gres/gpu=1,gres/gpu:a100=1"
    assert "   Comment=try | this\n" in text


def test_arrays_het_jobs_and_one_line_each(queue: Simulation):
    lines = ask(queue, "scontrol -o show job 1004 1005").stdout.splitlines()
    assert len(lines) == 4
    assert any("ArrayTaskId=1 ArrayTaskThrottle=1" in line for line in lines)
    assert lines[-1].startswith("JobId=1007 HetJobId=1006 HetJobOffset=1") or "HetJobOffset=1" in lines[-1]


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        ("bogus", "invalid keyword: bogus\n"),
        ("show", "too few arguments for keyword:show\n"),
        ("show bogus", "invalid entity:bogus for keyword:show \n"),
        ("show job abc", "scontrol_print_job error: Invalid job id specified\n"),
        ("show job 999", "slurm_load_jobs error: Invalid job id specified\n"),
        ("--bogus", "scontrol: unrecognized option '--bogus'\nTry \"scontrol --help\" for more information\n"),
        ("hold 999", "Invalid job id specified for job 999\nslurm_suspend error: Invalid job id specified\n"),
        ("requeue 999", "Invalid job id specified for job 999\n"),
        ("release 1003", "Access/permission denied for job 1003\nslurm_suspend error: Access/permission denied\n"),
    ],
)
def test_what_is_wrong_is_told_in_slurms_words(queue: Simulation, words: str, stderr: str):
    answer = ask(queue, f"scontrol {words}")
    assert (answer.exit_status, answer.stderr) == (1, stderr)


def test_hold_release_and_requeue(queue: Simulation):
    held, running = queue.jobs[1002], queue.jobs[1001]
    assert ask(queue, "scontrol release 1002").exit_status == 0
    assert held.state == "RUNNING"
    assert ask(queue, "scontrol requeue 1001").exit_status == 0
    assert (running.state, running.restarts) == ("PENDING", 1)
    assert ask(queue, "scontrol hold 1001").exit_status == 0
    queue.advance(HOUR / 2)
    assert (running.state, running.reason) == ("PENDING", "JobHeldUser")
    refused = ask(queue, "scontrol requeue 1006")
    assert (refused.exit_status, refused.stderr) == (1, "Requested operation is presently disabled for job 1006\n")


def test_scripts_of_ones_own_jobs_are_written_and_those_of_others_are_not(queue: Simulation):
    script = ask(queue, "scontrol write batch_script 1001 -").stdout
    assert script.startswith("#!/bin/bash\n#SBATCH ")
    assert ask(queue, "scontrol write batch_script 1004_0 -").stdout.startswith("#!/bin/bash\n")
    assert (
        ask(queue, "scontrol write batch_script 1003 -").stderr == "job script retrieval failed: Invalid user id\n"
    )
    assert ask(queue, "scontrol write batch_script 1001 file.sh").exit_status == 1
