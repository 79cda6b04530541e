"""One person's look at how the dashboard is set up."""

from __future__ import annotations

from typing import get_args

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.local_processes import CLUSTER
from clausius_panel.runtime import Runtime
from clausius_panel.state.settings import RULE_LISTS, SettingsState
from clausius_panel.store.rules import RuleKind

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
