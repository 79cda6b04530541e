from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel import config, queries
from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER
from tests.stats_kit import calls, give, quiet_queue

ATTEMPT = ("--attempt", "1")


@pytest.fixture
def slurm(root: Path) -> Path:
    quiet_queue(root / "slurm")
    give(root / "slurm")
    return root / "slurm"


def test_what_a_job_uses_is_shown_as_a_table_with_verdicts(slurm, run):
    result = run("stats", CLUSTER, "1")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{CLUSTER} 1: job-1")
    assert "CPU: 2.0 of 4 cores used" in result.stdout
    assert any(line.split()[:2] == ["memory", "4"] for line in lines)
    assert "GPU use was not measured" in result.stderr
    assert calls(slurm, "srun") == 0


def test_json_has_the_fields_of_the_answer(slurm, run):
    told = json.loads(run("stats", CLUSTER, "1", "--json").stdout)
    assert (told["gpus"], told["gpu_percent"], told["rss_mib"]) == (2, None, 1024)


def test_a_step_is_said_and_asked_before(slurm, run):
    refused = run("stats", CLUSTER, "1", "--by-step", answer="n\n")
    assert refused.exit_code == 130
    assert "starts a step inside job 1" in refused.stderr
    assert calls(slurm, "srun") == 0
    result = run("stats", CLUSTER, "1", "--by-step", "--yes")
    assert result.exit_code == 0, result.output
    assert "starts a step inside job 1" in result.stderr
    assert "NVIDIA H100" in result.stdout
    assert calls(slurm, "srun") == 1


def test_read_only_mode_refuses_the_step_before_it_asks(slurm, run):
    assert run("set", "read_only", "true").exit_code == 0
    result = run("stats", CLUSTER, "1", "--by-step", "--yes")
    assert result.exit_code == 1
    assert "read-only" in result.stderr
    assert calls(slurm, "srun") == 0


def test_a_job_that_was_never_measured_costs_exit_code_1(slurm, run):
    result = run("stats", CLUSTER, "2")
    assert result.exit_code == 1
    assert "it has not started" in result.stderr


def test_values_that_cannot_be_right_change_nothing(slurm, run):
    assert run("stats", CLUSTER, "no").exit_code == 2
    assert run("stats", "nosuch", "1").exit_code == 2
    assert run("stats", CLUSTER, "1", "--watch", "--json").exit_code == 2


def requeued(root: Path) -> None:
    """Job 1 had an attempt a day before."""
    with Runtime(config.load(environ={}, file="/dev/null", data_dir=root / "data")) as runtime:
        runtime.refresh()
        job = queries.job(runtime.store, cluster=CLUSTER, job_id="1").job
        assert job.submit_time is not None
        before = replace(job, state="REQUEUED", submit_time=job.submit_time - timedelta(days=1), elapsed_s=0)
        with runtime.store.write() as cur:
            st.merge_ended(cur, CLUSTER, [before], at=datetime.now(UTC))


def test_an_earlier_attempt_of_a_requeued_job_is_shown_by_its_number(slurm, root, run):
    requeued(root)
    newest, first = (json.loads(run("stats", CLUSTER, "1", *words, "--json").stdout) for words in ([], ATTEMPT))
    assert [(each["attempt"], each["attempts"], each["state"]) for each in (newest, first)] == [
        (2, 2, "RUNNING"),
        (1, 2, "REQUEUED"),
    ]
    assert "attempt 1 of 2" in run("stats", CLUSTER, "1", *ATTEMPT).stdout


def test_an_attempt_that_is_not_there_or_makes_no_sense_costs_exit_code_2(slurm, run):
    result = run("stats", CLUSTER, "1", "--attempt", "3")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "attempt: 3 is unknown; of job 1 on here 1 attempt is known" in result.stderr
    for words in (["0"], ["1", "--watch"], ["1", "--by-step", "--yes"]):
        assert run("stats", CLUSTER, "1", "--attempt", *words).exit_code == 2
    assert calls(slurm, "srun") == 0


def test_watching_an_ended_job_ends_at_once(slurm, run):
    result = run("stats", CLUSTER, "7", "--watch")
    assert result.exit_code == 0, result.output
    assert "completed 2:00:00" in result.stdout


def test_watching_a_running_job_ends_with_ctrl_c(slurm):
    command = [sys.executable, "-u", "-m", "clausius_panel", "stats", CLUSTER, "1", "--watch"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "CPU 50 %" in line
        assert "memory 1 GiB" in line
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    finally:
        process.kill()
        process.communicate()
