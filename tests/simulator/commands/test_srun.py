from __future__ import annotations

import shlex

import pytest

from clausius_panel.simulator.job import Shape
from clausius_panel.slurm.stats_gpus import parse_gpus, step_words
from tests.simulator.kit import HOUR, ask, gpus, quiet, submit, want


@pytest.fixture
def sim():
    sim = quiet()
    submit(sim, want("train", shape=gpus(2, nodes=2), run_s=HOUR))
    submit(sim, want("theirs", user="ada", shape=gpus(1), run_s=HOUR))
    submit(sim, want("waits", held="user"))
    sim.advance(600.0)
    return sim


def test_a_step_tells_each_gpu_of_the_job_as_our_reader_reads_it(sim):
    found = parse_gpus(ask(sim, " ".join(step_words("1001", nodes=2))).stdout)
    assert [(gpu.node, gpu.index) for gpu in found] == [("fox01", 0), ("fox01", 1), ("fox02", 0), ("fox02", 1)]
    assert {gpu.name for gpu in found} == {"NVIDIA A100-SXM4-80GB"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (" ".join(step_words("1002", nodes=1)), "Access/permission denied"),
        (" ".join(step_words("1003", nodes=1)), "Job is pending execution"),
        (" ".join(step_words("99", nodes=1)), "Invalid job id"),
        ("srun --jobid=1001 hostname", "nothing but nvidia-smi"),
        (f"srun --jobid=1001 sh -c {shlex.quote('rm -r /')}", "nothing but nvidia-smi"),
        ("srun hostname", "--jobid"),
        ("srun --nope", "unrecognized option"),
    ],
)
def test_all_else_is_refused(sim, line, words):
    answer = ask(sim, line)
    assert answer.exit_status
    assert (answer.stdout, answer.stderr[:5]) == ("", "srun:")
    assert words in answer.stderr


def test_a_slice_of_a_gpu_tells_no_utilisation_and_accounting_has_none(sim):
    [job] = submit(sim, want("slice", shape=gpus(0)))
    job.placement = {"fox01": (0,)}
    job.shape = Shape(gpus=1, gpu_type="1g.10gb")
    [gpu] = parse_gpus(ask(sim, " ".join(step_words(str(job.job_id), nodes=1))).stdout)
    assert (gpu.percent, gpu.memory_total_mib) == (None, 9_984)
