from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.simulator import shim
from clausius_panel.simulator.controller import Controller
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import FrozenClock, submit, want


@pytest.fixture
def shimmed(tmp_path: Path, sim: Simulation) -> Iterator[list[str]]:
    """The words before a command."""
    submit(sim, want())
    path = tmp_path / "s"
    controller = Controller(path, {"fox": sim}, FrozenClock())
    yield [sys.executable, "-ISs", shim.__file__, str(path), "fox"]
    controller.close()


def run(words: list[str], *, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, input=stdin, env=env, capture_output=True, timeout=20)


def test_output_errors_and_exit_status_are_relayed(shimmed: list[str]):
    done = run([*shimmed, "squeue", "-h", "-o", "%i %!"])
    assert (done.returncode, done.stdout) == (0, b"1001 %!\n")
    assert done.stderr == b"squeue: error: Invalid job format specification: !\n"
    assert run([*shimmed, "squeue", "--bogus"]).returncode == 1


def test_what_shapes_an_answer_travels_with_it_and_empty_words_do_too(shimmed: list[str]):
    done = run([*shimmed, "squeue", "-h", "-O", "SubmitTime:0\x1f,Name:0"], TZ="Asia/Tokyo", HOME="/x")
    assert done.stdout == b"2026-09-21T23:13:20\x1fproj_camp_r01\n"
    assert run([*shimmed, "scancel", ""]).stderr == b"scancel: error: Invalid job id \n"


def test_only_sbatch_reads_its_input(shimmed: list[str]):
    done = run([*shimmed, "sbatch", "-J", "x_y_z", "--parsable"], stdin=b"#!/bin/sh\necho\n", PWD="/")
    assert (done.returncode, done.stdout) == (0, b"1002\n")
    loop = f"for i in 1 2; do echo $i; done | while read i; do {' '.join(shimmed)} squeue -h -o $i; done"
    assert run(["sh", "-c", loop]).stdout == b"1\n1\n2\n2\n"


def test_without_a_controller_it_says_so_as_slurm_would(tmp_path: Path):
    done = run([sys.executable, "-ISs", shim.__file__, str(tmp_path / "none"), "fox", "squeue"])
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"squeue: error: Unable to contact slurm controller (connect failure)\n"


def test_a_reader_that_goes_away_is_no_traceback(shimmed: list[str]):
    wide = " ".join([*shimmed, "squeue", "-h", "-o", "'%1000000i'"])
    done = run(["sh", "-c", f"{wide} | head -c 10"])
    assert (done.returncode, len(done.stdout), done.stderr) == (0, 10, b"")
