from __future__ import annotations

import json

import pytest


def test_every_kind_of_log_rule_is_added_listed_and_removed(root, run):
    assert "no rules of your own" in run("log-rules").stdout
    added = {
        "map": ["/workspace", "/lustre/lab"],
        "mount": ["/scratch", "/mnt/alpha", "-c", "here"],
        "crash": ["License server says no", "licence"],
        "soft": ["shard [0-9]+ is empty", "the shard was empty"],
        "benign": ["all is well"],
    }
    for kind, words in added.items():
        result = run("log-rules", "add", kind, *words)
        assert result.exit_code == 0, result.output
    table = run("log-rules").stdout
    assert all(words[0] in table for words in added.values())
    assert "on here" in table
    assert json.loads(run("log-rules", "--json").stdout)["soft"] == [
        {"meaning": "the shard was empty", "pattern": "shard [0-9]+ is empty"}
    ]
    for kind, words in added.items():
        result = run("log-rules", "remove", kind, words[0], *words[2:])
        assert result.exit_code == 0, result.output
    assert set(map(tuple, json.loads(run("log-rules", "--json").stdout).values())) == {()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["crash", "only a pattern"], "crash takes PATTERN and KIND"),
        (["crash", "[", "x"], "pattern of x"),
        (["crash", "(a+)+", "x"], "repeat no group"),
        (["crash", "a" * 501, "x"], "at most 500"),
        (["map", "workspace", "/x"], "absolute path"),
        (["benign", "x"], "three characters"),
        (["benign", "all is well", "-c", "here"], "--cluster is for map and mount"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused(common, run, words, said):
    done = run("log-rules", "add", *words)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_process_filters_are_added_listed_and_removed(root, run):
    assert "no process is shown" in run("process-filters").stdout
    run("process-filters", "add", "no such command")
    run("process-filters", "add", "jupyter", "--exclude")
    assert json.loads(run("process-filters", "--json").stdout) == {
        "process_filters": [
            {"text": "no such command", "action": "include"},
            {"text": "jupyter", "action": "exclude"},
        ]
    }
    assert "exclude" in run("process-filters").stdout
    assert "local" in run("list-clusters").stdout
    assert run("process-filters", "remove", "no such command").exit_code == 0
    assert "local" not in run("list-clusters").stdout
