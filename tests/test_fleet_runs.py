from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import clausius_panel as cp
from clausius_panel.errors import InvalidInput
from clausius_panel.model.run import DEFAULT_RULES
from clausius_panel.store.audit import audit_rows
from tests.faces import data_directory


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cp.Fleet]:
    root = Path(tmp_path_factory.mktemp("fleet"))
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(root)) as fleet:
        yield fleet


def test_the_rules_for_runs_are_read_changed_and_had_back(fleet):
    assert fleet.run_rules() == DEFAULT_RULES
    fleet.add_run_rule("parent", "[-_]eval", "-train", "")
    assert fleet.run_rules().parents[0].parents == ("-train", "")
    fleet.remove_run_rule("parent", "[-_]eval")
    assert fleet.set_run_rules(gap_s=60).rules.gap_s == 60
    assert fleet.reset_run_rules().regrouped == 0
    assert fleet.run_rules() == DEFAULT_RULES
    with pytest.raises(InvalidInput, match="0 to 86400"):
        fleet.set_run_rules(gap_s=-1)


def test_projects_are_added_edited_and_merged(fleet):
    assert fleet.add_project("beta", prefix="beta-").prefix == "beta-"
    assert fleet.edit_project("beta", new_name="gamma", colour="#abcdef").colour == "#abcdef"
    fleet.add_project("delta")
    assert fleet.merge_project("gamma", "delta").merged_into == "delta"
    assert fleet.merge_project("gamma", "").merged_into == ""
    assert set(fleet.projects()["name"]) == {"gamma", "delta"}
    assert {row.actor for row in audit_rows(fleet.runtime.store)} == {"notebook"}
