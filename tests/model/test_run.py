import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.model.run import ParentRule, RunJob, RunRules, run_key, run_keys, without_stages


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("eval-math-judge", "eval-math"),
        ("eval-math-rs0", "eval-math"),
        ("model-a-judge-rs", "model-a"),
        ("eval-math_100", "eval-math_100"),
        ("eval-math_100-rs0", "eval-math_100"),
        ("", "misc"),
        ("-server", "misc"),
        ("hle_mpsf_eval-gpqa-r1-judge-rs0", "hle_mpsf_eval-gpqa-r1"),
        ("a_rs3_c2", "a"),
        ("run-chunk3-judge", "run"),
        ("train-v3_server", "train-v3"),
        ("eval-X-summarize-results", "eval-x"),
        ("Train", "train"),
        ("prejudge", "prejudge"),
        ("rs0", "rs0"),
        ("a-judge-b", "a-judge-b"),
    ],
)
def test_the_key_is_the_name_without_its_stages(name: str, key: str):
    assert run_key(name) == key


def test_the_stages_are_rules_that_can_be_changed():
    rules = RunRules(stages=("phase[0-9]+",))
    assert run_key("x-phase2", rules) == "x"
    assert run_key("x-judge", rules) == "x-judge"
    assert run_key("x-judge", RunRules(stages=())) == "x-judge"


def test_stages_that_could_be_read_in_two_ways_all_go():
    names = ("x-merge-rs3_c2", "x-merge-merge-merge", "x-gate-merge-judge-server", "x-rs3-server_probes_server")
    assert [without_stages(name) for name in names] == ["x", "x", "x", "x"]


@given(st.text(max_size=400))
def test_a_key_is_never_empty_and_has_no_stage_left(name: str):
    key = run_key(name)
    assert key
    assert without_stages(key) in (key, "")
    assert run_keys([name, name]) == {name: key}


def test_a_hostile_name_costs_no_time():
    begun = time.perf_counter()
    run_key("-rs1" * 200_000 + "x")
    run_key("-" * 1_000_000)
    run_key("x" + "-merge" * 42 + "!")
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: RunRules(stages=("(",)),
        lambda: RunRules(explicit="run="),
        lambda: RunRules(explicit="("),
        lambda: RunRules(gap_s=-1),
        lambda: RunRules(stages=("(a+)+",)),
        lambda: RunRules(stages=("a\n",)),
        lambda: RunRules(explicit=f"({'a' * 500})"),
        lambda: ParentRule(suffix="[", parents=()),
    ],
)
def test_a_rule_that_cannot_work_is_refused(make):
    with pytest.raises(InvalidInput):
        make()


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ({"COMPLETED": 5}, "COMPLETED"),
        ({"COMPLETED": 5, "RUNNING": 1, "PENDING": 3}, "RUNNING"),
        ({"COMPLETED": 5, "TIMEOUT": 1, "RUNNING": 3}, "TIMEOUT"),
        ({}, "UNKNOWN"),
    ],
)
def test_an_array_shows_the_state_that_matters_most(states, state):
    job = RunJob(cluster="a", job_id="1", states=states)
    assert job.state == state
    assert job.tasks == sum(states.values())
