from __future__ import annotations

from dataclasses import replace

import pytest

from clausius_panel.slurm.stats import live_words, parse_accounting, parse_live
from tests.simulator.kit import HOUR, SPEC, ask, gpus, quiet, submit, want


@pytest.fixture
def sim():
    sim = quiet()
    submit(sim, want("train", shape=gpus(2), run_s=HOUR))
    sim.advance(600.0)
    return sim


def test_a_running_job_is_told_of_as_our_reader_reads_it(sim):
    answer = ask(sim, " ".join(live_words("1001")))
    [step] = parse_live(answer.stdout, job_id_raw="1001")
    assert (step.step, step.tasks) == ("batch", 1)
    assert None not in (step.cpu_s, step.rss_mib, step.max_rss_mib)
    assert step.gpu_percent is None  # 22.05 does not sample them


def test_newer_clusters_sample_their_gpus():
    sim = quiet(replace(SPEC, version="slurm 24.11.5"))
    submit(sim, want("train", shape=gpus(2), run_s=HOUR))
    sim.advance(600.0)
    [step] = parse_live(ask(sim, " ".join(live_words("1001"))).stdout, job_id_raw="1001")
    assert step.gpu_percent is not None
    assert step.gpu_memory_mib is not None


def test_jobs_of_others_and_jobs_that_do_not_run_have_no_steps(sim):
    submit(sim, want("theirs", user="ada", shape=gpus(1), run_s=HOUR))
    submit(sim, want("waits", held="user"))
    sim.advance(700.0)
    for job_id, words in (("1002", "Invalid user id"), ("1003", "No steps running"), ("99", "couldn't get steps")):
        answer = ask(sim, f"sstat -a -P -j {job_id} -o JobID")
        assert (answer.stdout, answer.exit_status) == ("JobID\n", 0)
        assert words in answer.stderr


@pytest.mark.parametrize("line", ["sstat -j 1001 -o Nope", "sstat --nope", "sstat"])
def test_what_cannot_be_asked_is_refused(sim, line):
    answer = ask(sim, line)
    assert answer.exit_status == 1
    assert answer.stderr.startswith("sstat: ")


def test_accounting_keeps_what_a_job_used(sim):
    sim.advance(3 * HOUR)
    fields = "JobID,JobIDRaw,NTasks,TotalCPU,AveCPU,AveRSS,MaxRSS,TRESUsageInAve,TRESUsageInTot"
    answer = ask(sim, f"sacct -P --noconvert -j 1001 -o {fields}")
    whole, batch, _ = parse_accounting(answer.stdout, job_id_raw="1001")
    assert whole.cpu_s == batch.cpu_s
    assert None not in (whole.cpu_s, batch.max_rss_mib)
