from __future__ import annotations

import json

from tests.faces import CLUSTER, scancelled


def test_the_question_names_what_it_hits_and_no_means_no(root, run):
    result = run("cancel", CLUSTER, "1", "3", answer="n\n")
    assert result.exit_code == 1
    assert f"Cancel 2 jobs on {CLUSTER}: 1, 3?" in result.stderr
    assert scancelled(root) == []


def test_yes_cancels(root, run):
    result = run("cancel", CLUSTER, "1", answer="y\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"cancelled on {CLUSTER}: 1"
    assert "cannot come back; requeue instead" in result.stdout
    assert scancelled(root) == ["1"]


def test_one_that_fails_costs_exit_code_1_and_keeps_no_other(root, run):
    result = run("cancel", CLUSTER, "1", "404", "3", "--yes")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f"cancelled on {CLUSTER}: 1, 3"
    assert "404: not cancelled: it is not in the queue" in result.stderr
    assert scancelled(root) == ["1", "3"]


def test_the_outcome_is_there_as_json(root, run):
    outcome = json.loads(run("cancel", CLUSTER, "1", "404", "--yes", "--json").stdout)
    assert outcome["cancelled"] == ["1"]
    assert list(outcome["failed"]) == ["404"]


def test_control_c_at_the_question_ends_with_130(root, run):
    assert run("cancel", CLUSTER, "1", answer="").exit_code == 130
    assert scancelled(root) == []


def test_read_only_mode_refuses_before_anything_is_sent(root, run):
    assert run("set", "read_only", "true").exit_code == 0
    result = run("cancel", CLUSTER, "1", "--yes")
    assert result.exit_code == 1
    assert "read-only" in result.stderr
    assert scancelled(root) == []


def test_a_run_is_cancelled_by_any_of_its_jobs_after_a_question_that_names_them(root, run):
    result = run("cancel-run", CLUSTER, "2", answer="n\n")
    assert (result.exit_code, scancelled(root)) == (1, [])
    assert f"Cancel run 2 on {CLUSTER}, 1 job: 2?" in result.stderr
    result = run("cancel-run", CLUSTER, "2", "--yes", "--json")
    assert (result.exit_code, scancelled(root)) == (0, ["2"])
    assert json.loads(result.stdout)["done"] == ["2"]


def test_a_run_that_nobody_knows_costs_one_line_and_exit_code_2(root, run):
    result = run("cancel-run", CLUSTER, "404", "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert "404" in line
