"""One person's look at how the dashboard is set up."""

from __future__ import annotations

from typing import get_args

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.model.cluster import PROCESSES as CLUSTER
from clausius_panel.model.run import DEFAULT_RULES, ParentRule, RunRules
from clausius_panel.runtime import Runtime
from clausius_panel.state.settings import RULE_LISTS, RUN_LISTS, SettingsState
from clausius_panel.store.rules import RuleKind, run_rules

__all__: list[str] = []


def started(runtime: Runtime) -> SettingsState:
    state = SettingsState(runtime)
    state.start()
    return state


def test_every_list_that_people_configure_is_there() -> None:
    assert {one.kind for one in RULE_LISTS} == set(get_args(RuleKind)) - {"runs"}


def test_every_example_is_one_that_would_be_taken(runtime: Runtime) -> None:
    state = started(runtime)
    for one in RULE_LISTS:
        examples = {name: hint for name, hint in one.fields.items() if name != "cluster"}
        state.add_rule(one.kind, examples)
    state.read_anew()
    state.show(state.read())
    assert all(len(state.rules[one.kind]) == 1 for one in RULE_LISTS)


def test_a_process_filter_brings_its_cluster_and_takes_it_away(runtime: Runtime) -> None:
    state = started(runtime)
    state.add_rule("process_filter", {"text": "train.py"})
    state.read_anew()
    state.show(state.read())
    assert [one.name for one in state.clusters] == [CLUSTER]
    state.remove_rule("process_filter", "train.py")
    state.read_anew()
    state.show(state.read())
    assert state.clusters == []


@pytest.mark.parametrize("kind", ["no such", "runs", ""])
def test_a_list_that_there_is_not_is_refused(runtime: Runtime, kind: str) -> None:
    with pytest.raises(InvalidInput, match="use one of"):
        started(runtime).add_rule(kind, {"text": "x"})


def test_a_rule_without_its_name_says_what_to_type(runtime: Runtime) -> None:
    with pytest.raises(InvalidInput, match="such as /workspace"):
        started(runtime).add_rule("path_mapping", {"outside": "/lustre"})


def test_rules_for_runs_begin_as_shipped_and_every_example_would_be_taken(runtime: Runtime) -> None:
    state = started(runtime)
    assert state.run_rules == DEFAULT_RULES
    for one in RUN_LISTS:
        assert all(line.is_shipped for line in state.run_lines(one.kind))
        assert not state.is_changed(one.kind)
        examples = {name: hint for name, hint in one.fields.items() if hint}
        assert "put into" in state.add_rule(one.kind, {"name": "gap_s"} | examples)
    assert run_rules(runtime.store) == RunRules(
        stages=(*DEFAULT_RULES.stages, "eval[0-9]*"),
        parents=(ParentRule(suffix="[-_]eval[0-9]*", parents=("-train", "")), *DEFAULT_RULES.parents),
        gap_s=600,
    )
    state.read_anew()
    state.show(state.read())
    assert all(state.is_changed(one.kind) for one in RUN_LISTS)
    state.remove_rule("parent", "[-_]eval[0-9]*")
    state.reset_rules("stage")
    state.reset_rules("join")
    assert run_rules(runtime.store) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("stage", {"pattern": "("}, "regular expression"),
        ("parent", {"pattern": "x", "parents": "'"}, "close the quote"),
        ("parent", {"parents": "x"}, "type one"),
        ("join", {"name": "gap_s", "value": "soon"}, "whole number"),
        ("join", {"name": "gap_s"}, "whole number"),
        ("join", {"name": "explicit", "value": "x"}, "one group"),
        ("join", {"name": "stages", "value": "x"}, "use one of gap_s, explicit"),
    ],
)
def test_a_rule_for_runs_that_cannot_be_right_is_refused(
    runtime: Runtime, kind: str, fields: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        started(runtime).add_rule(kind, fields)


def test_only_what_is_a_list_is_forgotten_or_had_as_shipped(runtime: Runtime) -> None:
    state = started(runtime)
    for act in (lambda: state.remove_rule("join", "gap_s"), lambda: state.reset_rules("benign")):
        with pytest.raises(InvalidInput, match="use one of"):
            act()
