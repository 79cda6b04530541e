from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.logs.crashes import judge
from clausius_panel.logs.progress import find_progress
from clausius_panel.logs.trackers import find_tracker_links
from clausius_panel.simulator.log_text import log_lines, losses, metric_lines
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, gpus, quiet, submit, want


@settings(max_examples=50)
@given(st.floats(0, HOUR), st.floats(0, HOUR))
def test_more_time_only_adds_lines(first: float, second: float):
    sim = quiet()
    [job] = submit(sim, want())
    earlier, later = sorted((first, second))
    for lines in (log_lines, metric_lines):
        early, late = lines(job, earlier), lines(job, later)
        assert late[: len(early)] == early


@pytest.mark.parametrize(
    ("verdict", "exit_code", "words"),
    [
        ("COMPLETED", "0:0", "done"),
        ("FAILED", "1:0", "Error: "),
        ("FAILED", "0:11", "Segmentation fault"),
        ("OUT_OF_MEMORY", "0:125", "oom_kill"),
        ("TIMEOUT", "0:0", "DUE TO TIME LIMIT"),
        ("CANCELLED", "0:0", "CANCELLED ***"),
        ("NODE_FAIL", "1:0", "DUE TO NODE FAILURE"),
        ("PREEMPTED", "0:0", "DUE TO PREEMPTION"),
    ],
)
def test_the_last_words_tell_how_it_ended(sim: Simulation, verdict: str, exit_code: str, words: str):
    [job] = submit(sim, want(verdict=verdict, exit_code=exit_code, run_s=600.0))
    sim.advance(700.0)
    assert words in log_lines(job, 700.0)[-1]


def test_our_reader_finds_the_crash_of_every_program_that_fails(sim: Simulation):
    jobs = submit(sim, *(want(verdict="FAILED", exit_code="1:0", run_s=60.0, shape=gpus(0)) for _ in range(14)))
    sim.advance(100.0)
    found = {judge("".join(log_lines(job, 100.0))).crash for job in jobs}
    assert None not in found
    assert len({crash.message.partition(":")[0] for crash in found if crash}) >= 4


def test_our_reader_finds_how_far_it_is_and_the_page_of_its_run(sim: Simulation):
    [job] = submit(sim, want(limit_s=2 * HOUR, run_s=HOUR))
    sim.advance(HOUR / 2)
    text = "".join(log_lines(job, sim.now))
    progress = find_progress(text)
    assert progress is not None
    assert (progress.percent, progress.done, progress.total, progress.eta_s) == (50.0, 150.0, 300.0, 1800.0)
    [link] = find_tracker_links(text)
    assert link.tracker == "wandb"


def test_metrics_tell_what_the_log_tells(sim: Simulation):
    [job] = submit(sim, want())
    values = [json.loads(line) for line in metric_lines(job, HOUR)]
    assert [value["step"] for value in values] == list(range(50, 301, 50))
    assert [value["loss"] for value in values] == [round(losses(job, 300)[step], 4) for step in range(50, 301, 50)]
    assert f"epoch   1 | loss {values[0]['loss']:.4f}" in "".join(log_lines(job, HOUR))


def test_a_notebook_that_was_left_alone_makes_no_progress(sim: Simulation):
    [job] = submit(sim, want(habit="idle"))
    assert log_lines(job, HOUR)[-1].startswith("jupyter:")
    assert metric_lines(job, HOUR) == []
