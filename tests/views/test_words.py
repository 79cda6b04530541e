from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.model import ACTIVE_STATES, FINAL_STATES
from clausius_panel.model.durations import format_ago
from clausius_panel.views import client, words
from tests.views.kit import a_job, pending


@pytest.mark.parametrize("state", sorted(ACTIVE_STATES | FINAL_STATES))
def test_every_state_is_a_word(state: str):
    word = words.state_word(state)
    assert word[0].isupper()
    assert "_" not in word


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "TIMEOUT", "time_limit_s": 5400}, "reached its time limit of 1h 30m"),
        ({"state": "TIMEOUT", "time_limit_s": None}, "reached its time limit"),
        ({"state": "OUT_OF_MEMORY"}, "ran out of memory"),
        ({"state": "FAILED", "exit_code": "1:0", "reason": "NonZeroExitCode"}, "exit status 1"),
        ({"state": "FAILED", "exit_code": "0:11"}, "killed by signal 11"),
        ({"state": "FAILED", "exit_code": "", "reason": "JobLaunchFailure"}, "could not be launched"),
        ({"state": "COMPLETED", "reason": "None"}, ""),
        ({"state": "RUNNING"}, ""),
        ({"state": "PENDING", "reason": "Licenses"}, "waits for a licence"),
        ({"state": "PENDING", "reason": "A_WORD_OF_TOMORROW"}, "A_WORD_OF_TOMORROW"),
    ],
)
def test_why_a_job_waits_or_ended_is_said_in_words(facts: dict[str, object], said: str):
    assert words.why(a_job(1, **facts)) == said


def test_a_dependency_names_the_job():
    assert (
        words.why(pending(2, reason="Dependency", dependency="afterok:1(unfulfilled)")) == "after job 1 succeeds"
    )


@pytest.mark.parametrize(
    ("gpus", "nodes", "said"),
    [(0, 1, words.DASH), (8, 1, "8"), (16, 2, "16 (2x8)"), (3, 2, "3"), (4, 0, "4")],
)
def test_gpus_tell_how_they_lie(gpus: int, nodes: int, said: str):
    assert words.gpus(a_job(1, gpus=gpus, nodes=nodes)) == said


@given(strategy.integers(1, 10**8))
def test_a_limit_always_has_a_unit(seconds: int):
    assert words.round_duration(seconds)[-1] in "smhd"


def test_times_are_counted_from_1970():
    assert words.epoch(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == 60
    assert words.epoch(None) is None


@pytest.mark.chromium
def test_the_page_and_the_command_line_tell_the_same_age(browser_page):
    script = (Path(client.__file__).parent / "client" / "dom.js").read_text(encoding="utf-8")
    ages = [-90_000, -3601, -60, -59.9, -1, 0, 0.9, 1, 59.9, 60, 119, 3599, 3600, 86_399.5, 86_400, 200_000]
    told = browser_page.evaluate(
        f"ages => {{ {script}; clock.now = () => 0; return ages.map(age => ago(-age)) }}", ages
    )
    assert told == [format_ago(age) for age in ages]
