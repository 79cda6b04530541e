from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.logs import LogWriter, log_lines
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, SPEC, FrozenClock, quiet, submit, want


@given(st.floats(0, HOUR), st.floats(0, HOUR))
def test_more_time_only_adds_lines(first: float, second: float):
    sim = quiet()
    [job] = submit(sim, want())
    early, late = (log_lines(job, moment) for moment in sorted((first, second)))
    assert late[: len(early)] == early


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("COMPLETED", "done"),
        ("FAILED", "RuntimeError"),
        ("OUT_OF_MEMORY", "oom_kill"),
        ("TIMEOUT", "DUE TO TIME LIMIT"),
        ("CANCELLED", "CANCELLED ***"),
    ],
)
def test_the_last_words_tell_how_it_ended(sim: Simulation, verdict: str, words: str):
    [job] = submit(sim, want(verdict=verdict, run_s=600.0))
    sim.advance(700.0)
    assert words in log_lines(job, 700.0)[-1]


def test_logs_of_the_demos_user_grow_in_their_home(tmp_path: Path):
    home = tmp_path.resolve()
    sim = Simulation(SPEC, seed=1, history_s=0.0, home=str(home))
    outside = want("a_b_outside", stdout=f"{home}/../escape.out")
    mine, _, _ = submit(sim, want("llm7b_sft_r01"), want("a_b_theirs", user="ada"), outside)
    clock = FrozenClock()
    log = home / "logs" / "llm7b" / "sft" / f"llm7b_sft_r01-{mine.job_id}.out"
    for moment in (60.0, 1800.0, HOUR + 60.0):
        clock.at = moment
        writer = LogWriter({"fox": sim}, clock, home=lambda name: home)
        expected = "".join(log_lines(mine, moment) if moment < HOUR else [])
        deadline = time.monotonic() + 10
        while not log.exists() or len(log.read_text()) < len(expected):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        writer.close()
        writer.close()
        log.unlink()
    assert [path.name for path in home.rglob("*.out")] == []
    assert not (home.parent / "escape.out").exists()
