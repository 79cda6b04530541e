from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput, ParseError
from clausius_panel.slurm.stats_gpus import MAX_NODES, complaints, parse_gpus, step_words

SEEN = """\
clausius-gpu, n2, 0, GPU-b1, NVIDIA H100 80GB HBM3, 97, 70000, 81559, 640.13, 67
clausius-gpu, n1, 1, GPU-a2, NVIDIA H100 80GB HBM3, 3, 512, 81559, 71.20, 31
clausius-gpu, n1, 0, GPU-a1, NVIDIA A100-SXM4-80GB MIG 1g.10gb, [N/A], 12, 9728, [N/A], [N/A]
"""


def test_each_gpu_is_told_by_node_and_index():
    first, second, third = parse_gpus(f"motd\n{SEEN}")
    assert [(gpu.node, gpu.index, gpu.uuid) for gpu in (first, second, third)] == [
        ("n1", 0, "GPU-a1"),
        ("n1", 1, "GPU-a2"),
        ("n2", 0, "GPU-b1"),
    ]
    assert (third.percent, third.memory_mib, third.memory_total_mib, third.power_w) == (97.0, 70000, 81559, 640.13)


def test_what_a_mig_gpu_does_not_tell_is_none():
    gpu = parse_gpus(SEEN)[0]
    assert (gpu.percent, gpu.power_w, gpu.temperature_c) == (None, None, None)
    assert (gpu.memory_mib, gpu.memory_total_mib) == (12, 9728)


def test_a_line_that_was_cut_off_is_an_error():
    with pytest.raises(ParseError, match="fields"):
        parse_gpus("clausius-gpu, n1, 0, GPU-a1, NVIDIA H100, 9")


@given(some.text(max_size=200))
def test_any_line_is_read_or_refused(text):
    try:
        found = parse_gpus(f"clausius-gpu, {text}")
    except ParseError:
        return
    assert all(gpu.percent is None or 0 <= gpu.percent <= 100 for gpu in found)


@given(
    name=some.text(
        alphabet=some.characters(exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=30
    )
)
def test_a_comma_in_a_gpus_name_moves_nothing(name):
    [gpu] = parse_gpus(f"clausius-gpu, n1, 3, GPU-x, {name}, 50, 10, 20, 1.5, 40")
    assert (gpu.index, gpu.percent, gpu.memory_mib, gpu.memory_total_mib, gpu.temperature_c) == (
        3,
        50.0,
        10,
        20,
        40.0,
    )


def test_the_step_runs_once_on_every_node_and_ends_within_a_minute():
    words = step_words("12", nodes=3)
    assert {"--jobid=12", "--overlap", "-N3", "-n3", "--ntasks-per-node=1", "--time=1"} <= set(words)
    with pytest.raises(InvalidInput, match=str(MAX_NODES)):
        step_words("12", nodes=MAX_NODES + 1)
    with pytest.raises(ParseError):
        step_words("12 --uid=0", nodes=1)


def test_the_script_of_the_step_marks_each_line_with_its_node(tmp_path):
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho '0, GPU-1, NVIDIA X, 5, 6, 7, 8, 9'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    script = shlex.split(" ".join(step_words("12", nodes=1)))[-1]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURMD_NODENAME": "n7"}
    done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, timeout=20, check=True)
    [gpu] = parse_gpus(done.stdout)
    assert (gpu.node, gpu.name, gpu.percent) == ("n7", "NVIDIA X", 5.0)


def test_complaints_are_told_once_and_without_srun_before_them():
    said = "srun: error: n1: task 0: Exited\nsrun: error: n1: task 0: Exited\n\nsh: nvidia-smi: not found\n"
    assert complaints(said) == "n1: task 0: Exited; sh: nvidia-smi: not found"
    assert complaints("") == ""
