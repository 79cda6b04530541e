from __future__ import annotations

import json

import pytest


def projects(run) -> dict[str, dict[str, str]]:
    found = json.loads(run("projects", "--max-age", "9999", "--json").stdout)["projects"]
    return {each["project"]["name"]: each["project"] for each in found}


def test_projects_are_added_edited_and_merged(root, run):
    run("jobs")
    assert "prefix job-" in run("add-project", "paper", "--prefix", "job-", "--emoji", "").stdout
    changed = run("edit-project", "paper", "--name", "thesis", "--colour", "#abcdef", "--emoji", "🔥").stdout
    assert changed == "🔥 thesis: prefix job-, colour #abcdef\n"
    assert run("merge-project", "thesis", "llm").stdout == "thesis counts to llm\n"
    assert set(projects(run)) == {"llm"}
    assert "stands for itself again" in run("merge-project", "thesis", "--undo").stdout
    assert projects(run)["thesis"]["colour"] == "#abcdef"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add-project", "a b"], "use letters"),
        (["edit-project", "nope", "--prefix", "x"], "known projects"),
        (["edit-project", "nope"], "say what to change"),
        (["merge-project", "nope"], "say INTO or --undo"),
        (["merge-project", "nope", "x", "--undo"], "say INTO or --undo"),
        (["merge-project", "nope", "x"], "known projects"),
    ],
)
def test_a_project_that_cannot_be_right_is_refused_in_one_line(common, run, words, said):
    done = run(*words)
    assert (done.exit_code, said in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.stderr
