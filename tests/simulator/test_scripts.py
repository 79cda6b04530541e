from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.scripts import batch_script, project_of, stage_of, submit_line, work_directory
from clausius_panel.slurm.script_words import declared_environment
from tests.simulator.kit import gpus, quiet, submit, want


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("llm7b_sft-mix3_r1", "train"),
        ("llm7b_sft-mix3_r1-eval", "eval"),
        ("llm7b_sft-mix3_r1-eval-judge-rs0", "judge"),
        ("llm7b_sft-mix3_r1-eval-summarize-results", "summarize"),
        ("llm7b_sft-mix3_r1-rescue", "rescue"),
        ("llm7b_tokenize_r1", "prepare"),
    ],
)
def test_the_name_tells_what_a_job_does(name: str, stage: str):
    assert stage_of(name) == stage


def test_a_script_says_what_was_asked_for_and_sets_up_its_environment():
    [job] = submit(quiet(), want(shape=gpus(4, nodes=2), requeue=False))
    script = batch_script(job, limit_s=7200)
    assert script.startswith("#!/bin/bash\n#SBATCH --nodes=2\n")
    for line in ("--gres=gpu:a100:4", "--time=02:00:00", "--mem=32768M", "--no-requeue", f"--output={job.stdout}"):
        assert f"#SBATCH {line}\n" in script
    assert "srun torchrun --nnodes=2 --nproc-per-node=4" in script
    assert "modules" in declared_environment(script)
    assert len(declared_environment(script)) == 2


def test_what_was_submitted_is_kept():
    [job] = submit(quiet(), want(script="#!/bin/sh\necho mine\n"))
    assert batch_script(job, limit_s=1) == "#!/bin/sh\necho mine\n"


@given(st.text())
def test_whatever_a_job_is_called_its_script_can_be_read_by_a_shell_and_its_directory_is_below_the_home(name: str):
    project, campaign = project_of(name)
    assert campaign
    assert name.startswith(project)
    directory = work_directory(name, "/home/demo")
    assert directory.count("/") == 4
    assert ".." not in directory.split("/")


def test_every_script_is_one_for_a_shell():
    names = (
        "a_b_r1",
        "a_b_r1-eval",
        "a_b_judge-rs1",
        "a_b_summarize",
        "a_b_rescue",
        "a_tokenize_1",
        "a'b_$(c)_`d`",
    )
    for job in submit(quiet(), *(want(name, shape=gpus(0)) for name in names)):
        script = batch_script(job, limit_s=60)
        done = subprocess.run(
            ["bash", "-n"], input=script, capture_output=True, text=True, check=False, timeout=20
        )
        assert (done.returncode, done.stderr) == (0, ""), script


def test_an_array_is_submitted_as_one():
    line = submit_line("a_b", "/x.sh", account="nlp", partition="gpu", dependencies=(), tasks=40)
    assert line.endswith("--array=0-39 /x.sh")
