from __future__ import annotations

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.slurm.stats_asking import ask_accounting, ask_live
from tests.slurm.test_stats import ACCOUNTING, GPU, LIVE
from tests.slurm.test_stats_gpus import SEEN


def test_a_look_at_a_running_job_is_one_command(fake_cluster):
    fake_cluster.answer("sstat", LIVE)
    answer = ask_live(fake_cluster.client().cluster, fake_cluster.transport, "1000157")
    assert [step.step for step in answer.steps or []] == ["batch", "0"]
    assert (answer.gpus, answer.problems, answer.commands) == (None, (), 1)
    assert len(fake_cluster.calls()) == 1


def test_a_step_is_started_only_where_it_is_asked_for(fake_cluster):
    fake_cluster.answer("sstat", GPU)
    fake_cluster.answer("srun", SEEN)
    answer = ask_live(fake_cluster.client().cluster, fake_cluster.transport, "7", step_nodes=2)
    assert [gpu.uuid for gpu in answer.gpus or []] == ["GPU-a1", "GPU-a2", "GPU-b1"]
    assert [call.split()[0] for call in fake_cluster.calls()] == ["sstat", "srun"]
    with pytest.raises(InvalidInput):
        ask_live(fake_cluster.client().cluster, fake_cluster.transport, "7", step_nodes=10_000)


@pytest.mark.parametrize(
    ("stderr", "status", "words"),
    [
        ("sstat: error: No steps running for job 7\n", 0, "none of its steps was sampled yet"),
        (
            "sstat: error: problem getting step_layout for StepId=7.batch: Invalid user id\n",
            0,
            "only to its owner",
        ),
        ("sstat: fatal: oops\n", 1, "sstat failed, exit status 1: fatal: oops"),
        ("", 0, "none of its steps"),
    ],
)
def test_why_nothing_is_known_is_told_in_words(fake_cluster, stderr, status, words):
    head = LIVE.splitlines()[0] + "\n" if not status else ""
    fake_cluster.answer("sstat", head, stderr=stderr, exit_status=status)
    answer = ask_live(fake_cluster.client().cluster, fake_cluster.transport, "7")
    assert answer.steps is None
    assert words in " ".join(answer.problems)


@pytest.mark.parametrize(
    ("stdout", "stderr", "status", "words"),
    [
        ("", "/usr/bin/sh: 1: nvidia-smi: not found\nsrun: error: n1: task 0: Exited\n", 127, "no nvidia-smi"),
        ("", "srun: error: Unable to confirm allocation\n", 1, "told of no GPU"),
        ("", "", 0, "nothing was printed"),
        (SEEN, "srun: error: n3: task 2: Exited\n", 1, "not every node answered"),
        ("clausius-gpu, n1\n", "", 0, "fields"),
    ],
)
def test_what_becomes_of_the_step_is_told_in_words(fake_cluster, stdout, stderr, status, words):
    fake_cluster.answer("sstat", GPU)
    fake_cluster.answer("srun", stdout, stderr=stderr, exit_status=status)
    answer = ask_live(fake_cluster.client().cluster, fake_cluster.transport, "7", step_nodes=1)
    assert len(answer.steps or []) == 2
    assert words in " ".join(answer.problems)


def test_accounting_is_asked_for_a_job_that_has_ended(fake_cluster):
    fake_cluster.answer("sacct", ACCOUNTING)
    answer = ask_accounting(fake_cluster.client().cluster, fake_cluster.transport, "1000157")
    assert [step.step for step in answer.steps or []] == ["", "batch", "0"]


def test_a_cluster_without_accounts_and_an_unknown_job_are_no_errors(fake_cluster):
    fake_cluster.answer("sacct", "", stderr="Slurm accounting storage is disabled\n", exit_status=1)
    assert ask_accounting(fake_cluster.client().cluster, fake_cluster.transport, "7").problems == (
        "this cluster keeps no accounts",
    )
    fake_cluster.answer("sacct", ACCOUNTING.splitlines()[0] + "\n")
    assert ask_accounting(fake_cluster.client().cluster, fake_cluster.transport, "7").problems == (
        "accounting has no record of it",
    )


def test_a_missing_command_is_told(fake_cluster):
    fake_cluster.script("sstat", "exit 127")
    answer = ask_live(fake_cluster.client().cluster, fake_cluster.transport, "7")
    assert "sstat was not found" in " ".join(answer.problems)
