from pathlib import Path

import pytest

from clausius_panel.simulator.job import Dependency
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import FrozenClock, ask


def test_a_wrapped_command_becomes_a_job(sim: Simulation):
    answer = ask(sim, "sbatch -J a_b_c --gres=gpu:a100:2 -c 8 --mem=64G -t 90 --wrap 'python train.py'", PWD="/w")
    assert (answer.stdout, answer.exit_status) == ("Submitted batch job 1001\n", 0)
    job = sim.jobs[1001]
    assert (job.name, job.user, job.state, job.limit_s) == ("a_b_c", "demo", "RUNNING", 5400.0)
    assert (job.shape.gpus, job.shape.cpus, job.shape.memory_mib) == (2, 8, 65536)
    assert (job.work_dir, job.stdout) == ("/w", "/w/slurm-%j.out")
    assert job.submit_line.endswith("--wrap 'python train.py'")


def test_options_that_shape_how_it_waits(sim: Simulation):
    line = "sbatch --parsable --hold -a 0-9%3 -d afterok:5,singleton -b now+1hour --comment 'a b' -o l/%A.out"
    assert ask(sim, f"{line} --wrap x", PWD="/w").stdout == "1001\n"
    job = sim.jobs[1001]
    assert (job.waiting, job.array_limit, job.held, job.begin) == (list(range(10)), 3, "user", 3600.0)
    assert job.dependencies == (Dependency("singleton"),)  # there is no job 5
    assert (job.comment, job.stdout) == ("a b", "/w/l/%A.out")


def test_scripts_bring_options_that_the_command_line_overrides(sim: Simulation, tmp_path: Path):
    script = "#!/bin/sh\n#SBATCH -J from_the_script\n#SBATCH -c 3 # cores\necho hello\n"
    (tmp_path / "run.sh").write_text(script)
    ask(sim, "sbatch -J mine run.sh", PWD=str(tmp_path))
    ask(sim, "sbatch", stdin=script, PWD="/w")
    first, second = sim.jobs[1001], sim.jobs[1002]
    assert (first.name, first.shape.cpus, first.command) == ("mine", 3, str(tmp_path / "run.sh"))
    assert (second.name, second.shape.cpus) == ("from_the_script", 3)


def test_in_time_lapse_the_limit_is_meant_in_real_time(sim: Simulation):
    ask(sim, "sbatch -t 10 --wrap x", clock=FrozenClock(speed=60.0))
    assert sim.jobs[1001].limit_s == 36_000.0


@pytest.mark.parametrize(
    ("words", "status", "stderr"),
    [
        ("--bogus", 255, "sbatch: unrecognized option '--bogus'\nTry \"sbatch --help\" for more information\n"),
        (
            "--wrap",
            255,
            "sbatch: option '--wrap' requires an argument\nTry \"sbatch --help\" for more information\n",
        ),
        ("-t abc --wrap x", 255, "sbatch: error: Invalid --time specification\n"),
        ("/nonexistent", 1, "sbatch: error: Unable to open file /nonexistent\n"),
        ("--wrap x y", 1, "sbatch: error: Script arguments not permitted with --wrap option\n"),
        (
            "-p nosuch --wrap x",
            1,
            "sbatch: error: invalid partition specified: nosuch\n"
            "sbatch: error: Batch job submission failed: Invalid partition name specified\n",
        ),
        (
            "-A nosuch --wrap x",
            1,
            "sbatch: error: Batch job submission failed: "
            "Invalid account or account/partition combination specified\n",
        ),
        ("-q gold --wrap x", 1, "sbatch: error: Batch job submission failed: Invalid qos specification\n"),
        (
            "--gres=gpu:h100:1 --wrap x",
            1,
            "sbatch: error: Batch job submission failed: Requested node configuration is not available\n",
        ),
        (
            "--array=0-99999 --wrap x",
            1,
            "sbatch: error: Batch job submission failed: Invalid job array specification\n",
        ),
        ("-d nonsense:1 --wrap x", 1, "sbatch: error: Batch job submission failed: Job dependency problem\n"),
        (
            "--begin=yesterdayish --wrap x",
            255,
            "Invalid time specification (pos=0): yesterdayish\nsbatch: error: Invalid --begin specification\n",
        ),
    ],
)
def test_what_is_wrong_is_told_in_slurms_words(sim: Simulation, words: str, status: int, stderr: str):
    answer = ask(sim, f"sbatch {words}")
    assert (answer.exit_status, answer.stdout, answer.stderr) == (status, "", stderr)
    assert sim.jobs == {}


def test_text_that_is_no_script_is_refused(sim: Simulation):
    assert ask(sim, "sbatch", stdin="echo hello\n").stderr.startswith(
        "sbatch: error: This does not look like a batch script."
    )


def test_what_was_submitted_can_be_read_again(sim: Simulation, tmp_path: Path):
    script = "#!/bin/sh\n#SBATCH -J mine\necho hello\n"
    (tmp_path / "run.sh").write_text(script)
    ask(sim, "sbatch run.sh", PWD=str(tmp_path))
    ask(sim, "sbatch --wrap 'echo x'", PWD="/w")
    wrapped = "#!/bin/sh\n# This script was created by sbatch --wrap.\n\necho x\n"
    assert ask(sim, "scontrol write batch_script 1001 -").stdout == script
    assert ask(sim, "scontrol write batch_script 1002 -").stdout == wrapped


def test_a_slice_of_a_gpu_can_be_asked_for(sim: Simulation):
    refused = ask(sim, "sbatch --gres=gpu:1g.10gb:1 --wrap x")
    assert "Requested node configuration is not available" in refused.stderr
