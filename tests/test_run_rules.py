from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as strategy

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.model.run import DEFAULT_RULES, ParentRule, RunRules
from clausius_panel.run_rules import (
    MOST_RUN_RULES,
    add_run_rule,
    remove_run_rule,
    reset_run_rules,
    rule_lines,
    set_rules,
    set_run_rules,
)
from clausius_panel.store.audit import audit_rows
from clausius_panel.store.rules import list_rules, run_rules
from tests.store.kit import a_job, look, one, rows
from tests.stores import new_store


@pytest.fixture
def store(tmp_path):
    made = new_store(tmp_path / "clausius.duckdb")
    yield made
    made.close()


@pytest.fixture(scope="module")
def common(tmp_path_factory):
    """For tests that change nothing."""
    made = new_store(tmp_path_factory.mktemp("rules") / "clausius.duckdb")
    yield made
    made.close()


def test_a_stage_that_is_added_joins_jobs_at_once_and_one_removed_parts_them(store):
    look(store, a_job(1, "llm_c_train"), a_job(2, "llm_c_train-eval3", 1))
    assert one(store, "SELECT count(*) FROM runs") == 2
    change = add_run_rule(store, "stage", "eval[0-9]*", actor="cli")
    assert change.words == "2 jobs were put into runs anew"
    assert rows(store, "SELECT run_id, name FROM runs") == [("1", "llm_c_train")]
    assert run_rules(store).stages == (*DEFAULT_RULES.stages, "eval[0-9]*") == change.rules.stages
    assert remove_run_rule(store, "stage", "eval[0-9]*").regrouped == 2
    assert one(store, "SELECT count(*) FROM runs") == 2
    assert [(row.actor, row.detail) for row in audit_rows(store)][::-1] == [
        ("cli", "add stage eval[0-9]*"),
        ("script", "remove stage eval[0-9]*"),
    ]


def test_a_shipped_rule_can_be_removed_and_had_back(store):
    look(store, a_job(1, "x"), a_job(2, "x-judge", 1))
    assert remove_run_rule(store, "stage", DEFAULT_RULES.stages[0]).regrouped == 2
    assert one(store, "SELECT count(*) FROM runs") == 2
    assert reset_run_rules(store).rules == DEFAULT_RULES
    assert one(store, "SELECT count(*) FROM runs") == 1
    assert list_rules(store, "runs") == []


def test_parents_of_ones_own_are_asked_first_and_leave_runs_as_they_are(store):
    look(store, a_job(1, "x"))
    change = add_run_rule(store, "parent", "[-_]eval", ["-train", ""])
    assert change.words == "no job had to be put into a run anew"
    assert change.rules.parents[0] == ParentRule(suffix="[-_]eval", parents=("-train", ""))
    assert add_run_rule(store, "parent", "-x").rules.parents[0].parents == ("",)
    lines = rule_lines(run_rules(store))["parent"]
    assert [(line.pattern, line.parents, line.is_shipped) for line in lines[:3]] == [
        ("-x", "''", False),
        ("[-_]eval", "-train ''", False),
        (DEFAULT_RULES.parents[0].suffix, "''", True),
    ]
    remove_run_rule(store, "parent", "-x")
    remove_run_rule(store, "parent", "[-_]eval")
    assert run_rules(store) == DEFAULT_RULES


def test_what_is_not_given_stays(store):
    set_run_rules(store, gap_s=60)
    set_run_rules(store, explicit="wf=([0-9]+)", stages=["a", "b"], parents=[])
    assert run_rules(store) == RunRules(stages=("a", "b"), parents=(), explicit="wf=([0-9]+)", gap_s=60)
    set_rules(store, RunRules(gap_s=7))
    assert run_rules(store) == RunRules(gap_s=7)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda s: add_run_rule(s, "stage", "("), "regular expression"),
        (lambda s: add_run_rule(s, "stage", "(a+)+"), "repeat no group"),
        (lambda s: add_run_rule(s, "stage", ""), "type what"),
        (lambda s: add_run_rule(s, "stage", "a\nb"), "one line"),
        (lambda s: add_run_rule(s, "stage", "a" * 501), "at most 500"),
        (lambda s: add_run_rule(s, "stage", DEFAULT_RULES.stages[0]), "there already"),
        (lambda s: add_run_rule(s, "stage", "a", ["-b"]), "no parents"),
        (lambda s: add_run_rule(s, "parent", "[", [""]), "regular expression"),
        (lambda s: add_run_rule(s, "parent", "a", ["b\x1b[31m"]), "one line"),
        (lambda s: add_run_rule(s, "gap", "a"), "use one of stage, parent"),
        (lambda s: remove_run_rule(s, "stage", "nope"), "there are: judge"),
        (lambda s: set_run_rules(s, stages="judge"), "a list"),
        (lambda s: set_run_rules(s, stages=[3]), "one line"),
        (lambda s: set_run_rules(s, stages=map(str, range(MOST_RUN_RULES + 1))), "number of run rules"),
        (lambda s: set_run_rules(s, parents=["-a"]), "ParentRule"),
        (lambda s: set_run_rules(s, explicit="no group"), "exactly one group"),
        (lambda s: set_run_rules(s, explicit=3), "one line"),
        (lambda s: set_run_rules(s, gap_s=-1), "0 to 86400"),
        (lambda s: set_run_rules(s, gap_s="x"), "0 to 86400"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused_in_one_line(common, wrong, said):
    with pytest.raises(InvalidInput, match=said) as refused:
        wrong(common)
    assert "\n" not in str(refused.value)
    assert run_rules(common) == DEFAULT_RULES
    assert audit_rows(common) == []


@settings(max_examples=40)
@given(strategy.text(max_size=30))
def test_whatever_is_typed_is_a_rule_or_refused(pattern):
    try:
        rules = RunRules(stages=(pattern,))
    except InvalidInput:
        return
    assert rule_lines(rules)["stage"][0].pattern == pattern


def test_read_only_mode_keeps_the_rules(store):
    with store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    for change in (
        lambda: add_run_rule(store, "stage", "x"),
        lambda: remove_run_rule(store, "stage", DEFAULT_RULES.stages[0]),
        lambda: set_run_rules(store, gap_s=1),
        lambda: reset_run_rules(store),
        lambda: set_rules(store, RunRules(gap_s=1)),
    ):
        with pytest.raises(ReadOnly):
            change()
    assert run_rules(store) == DEFAULT_RULES
