from __future__ import annotations

import time
from pathlib import Path

import pytest

from clausius_panel.simulator.log_text import log_lines
from clausius_panel.simulator.logs import LogWriter
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, SPEC, FrozenClock, gpus, submit, want


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clausius_panel.simulator.logs._EVERY_S", 0.05)


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


def test_a_job_that_ended_before_the_start_has_its_files_as_old_as_its_end(tmp_path: Path):
    home = tmp_path.resolve()
    sim = Simulation(SPEC, seed=1, history_s=0.0, home=str(home))
    good, many = submit(sim, want("llm7b_sft_r01"), want("llm7b_sweep_r01", shape=gpus(0), tasks=(0, 1)))
    sim.advance(24 * HOUR)
    clock = FrozenClock()
    clock.at = sim.now
    writer = LogWriter({"fox": sim}, clock, home=lambda name: home)
    outputs = home / "projects" / "llm7b" / "outputs" / f"llm7b_sft_r01-{good.job_id}"
    logs = home / "logs" / "llm7b"
    deadline = time.monotonic() + 10
    while len(list(logs.glob("*/*.out"))) < 3 or len(list(outputs.glob("*"))) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    writer.close()
    assert sorted(path.suffix for path in outputs.iterdir()) == [".csv", ".jsonl", ".md", ".png"]
    ended = clock.wall(good.end or 0.0)
    assert {path.stat().st_mtime for path in [*outputs.iterdir(), *logs.glob("sft/*")]} == {ended}
    assert {path.name for path in logs.glob("sweep/*")} == {
        f"llm7b_sweep_r01-{many.job_id}_{task}.out" for task in (0, 1)
    }


def test_an_attempt_that_was_interrupted_says_so_in_the_log_of_the_next(tmp_path: Path):
    home = tmp_path.resolve()
    sim = Simulation(SPEC, seed=1, history_s=0.0, home=str(home))
    [job] = submit(sim, want("llm7b_sft_r01"))
    clock = FrozenClock()
    writer = LogWriter({"fox": sim}, clock, home=lambda name: home)
    log = home / "logs" / "llm7b" / "sft" / f"llm7b_sft_r01-{job.job_id}.out"
    _wait_for(log, "epoch   0", clock, 600.0)
    with sim.lock:
        sim.requeue(job, "NODE_FAIL")
    _wait_for(log, "DUE TO NODE FAILURE", clock, 1000.0)
    _wait_for(log, "done", clock, 3 * HOUR)
    writer.close()
    assert log.read_text().count("] job ") == 2


def _wait_for(log: Path, words: str, clock: FrozenClock, at: float) -> None:
    clock.at = at
    deadline = time.monotonic() + 10
    while not log.exists() or words not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
