from __future__ import annotations

import json

import pytest

from tests.faces import CLUSTER, changed


@pytest.mark.parametrize(
    ("words", "line", "said"),
    [
        (["hold", CLUSTER, "2"], "uhold 2", "held"),
        (["release", CLUSTER, "2"], "release 2", "released"),
        (["requeue", CLUSTER, "1", "--yes"], "requeue 1", "requeued"),
        (["top", CLUSTER, "2"], "top 2", "put first"),
        (["change", CLUSTER, "1", "--time-limit", "1:00:00"], "update 1 TimeLimit=1:00:00", "changed"),
        (["change", CLUSTER, "1_[3-5]", "--partition", "batch"], "update 1_[3-5] Partition=batch", "changed"),
        (["change", CLUSTER, "1", "--nice", "10"], "update 1 Nice=10", "changed"),
    ],
)
def test_each_command_changes_the_job_and_says_so(root, run, words, line, said):
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert changed(root) == [line]
    assert result.stdout.splitlines()[0] == f"{said} on {CLUSTER}: {words[2]}"


def test_one_that_fails_costs_exit_code_1_and_keeps_no_other(root, run):
    result = run("hold", CLUSTER, "1", "404", "3")
    assert result.exit_code == 1
    assert result.stdout == f"held on {CLUSTER}: 1, 3\nto take it back: release it\n"
    assert "404: not held: it is not in the queue" in result.stderr
    assert changed(root) == ["uhold 1", "uhold 3"]


def test_the_outcome_is_there_as_json(root, run):
    result = run("release", CLUSTER, "1", "404", "--json")
    outcome = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (outcome["action"], outcome["done"], list(outcome["failed"])) == ("release", ["1"], ["404"])


def test_a_requeue_is_asked_about_and_no_means_no(root, run):
    result = run("requeue", CLUSTER, "1", "3", answer="n\n")
    assert result.exit_code == 1
    assert f"Requeue 2 jobs on {CLUSTER}: 1, 3?" in result.stderr
    assert run("requeue", CLUSTER, "1", answer="").exit_code == 130
    assert changed(root) == []


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["hold", "nosuch", "1"], CLUSTER),
        (["release", CLUSTER, "1;reboot"], "123_4"),
        (["requeue", CLUSTER, "one", "--yes"], "123_4"),
        (["requeue", "nosuch", "1", "--yes"], CLUSTER),
        (["hold", CLUSTER], "JOB_ID"),
        (["change", CLUSTER, "1"], "give one of"),
        (["change", CLUSTER, "1", "--nice", "1", "--partition", "gpu"], "give one of"),
        (["change", CLUSTER, "1", "--time-limit", "soon"], "minutes"),
        (["change", CLUSTER, "1", "--partition", "a b"], "partition"),
    ],
)
def test_bad_input_costs_exit_code_2_and_changes_nothing(common, run, words, remedy):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert remedy in line
    assert changed(common) == []


def test_read_only_mode_refuses_before_anything_is_sent(root, run):
    assert run("set", "read_only", "true").exit_code == 0
    for words in (
        ["hold", CLUSTER, "1"],
        ["requeue", CLUSTER, "1", "-y"],
        ["change", CLUSTER, "1", "--nice", "1"],
    ):
        result = run(*words)
        assert result.exit_code == 1
        assert "read-only" in result.stderr
    assert changed(root) == []
