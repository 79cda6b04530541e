from __future__ import annotations

import json

import pytest


def rules(run) -> dict[str, object]:
    return json.loads(run("run-rules", "--json").stdout)["run_rules"]


def test_rules_for_runs_are_listed_added_removed_and_reset(root, run):
    table = run("run-rules").stdout
    assert all(word in table for word in ("chunk[-_]?[0-9]+", "-judge-rs0 -judge-rs -judge ''", "gap_s", "300"))
    assert "you" not in table
    shipped = rules(run)
    assert run("run-rules", "add", "stage", "eval[0-9]*").stdout.startswith("stage eval[0-9]* is added; ")
    assert run("run-rules", "add", "parent", "-eval", "-chunk", "-train", "").exit_code == 0
    assert rules(run)["parents"][0] == {"suffix": "-eval", "parents": ["-chunk", "-train", ""]}
    assert run("run-rules", "set", "--gap", "60", "--explicit", "wf=([0-9]+)").exit_code == 0
    assert (rules(run)["gap_s"], rules(run)["explicit"]) == (60, "wf=([0-9]+)")
    assert run("run-rules").stdout.count("you") == 4
    assert run("run-rules", "remove", "parent", "-eval").exit_code == 0
    assert run("run-rules", "remove", "stage", "chunk[-_]?[0-9]+").exit_code == 0
    assert "as shipped" in run("run-rules", "reset").stdout
    assert rules(run) == shipped


def test_a_change_says_how_many_jobs_it_put_into_runs_anew(root, run):
    run("jobs")
    assert "3 jobs were put into runs anew" in run("run-rules", "set", "--gap", "60").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "stage", "("], "regular expression"),
        (["add", "stage", "(a+)+"], "repeat no group"),
        (["add", "stage", "x", "-y"], "no parents"),
        (["add", "nope", "x"], "'nope' is not one of"),
        (["remove", "stage", "x"], "there are: judge"),
        (["set", "--gap", "-1"], "0 to 86400"),
        (["set", "--gap", "x"], "not a valid integer"),
        (["set"], "say --gap or --explicit"),
    ],
)
def test_a_rule_for_runs_that_cannot_be_right_is_refused_in_one_line(common, run, words, said):
    done = run("run-rules", *words)
    assert (done.exit_code, said in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.stderr
