from __future__ import annotations

import json

import pytest

from tests.faces import CLUSTER


def test_the_output_and_the_exit_code_are_those_of_the_script(common, run):
    result = run("script", CLUSTER, "-", answer="echo out; echo err >&2; exit 7\n")
    assert (result.exit_code, result.stdout, result.stderr) == (7, "out\n", "err\n")


def test_a_file_runs_with_the_interpreter_it_names(common, run, tmp_path):
    file = tmp_path / "two.py"
    file.write_text("#!/usr/bin/env python3\nprint(6 * 7)\n")
    assert run("script", CLUSTER, str(file)).stdout == "42\n"
    assert run("script", CLUSTER, "-", "--interpreter", "python3", answer="print('é')").stdout == "é\n"


def test_a_script_that_takes_too_long_ends_with_124(common, run):
    result = run("script", CLUSTER, "-", "--timeout", "1", answer="echo first; exec sleep 60")
    assert (result.exit_code, result.stdout) == (124, "first\n")
    assert "did not end within" in result.stderr


def test_the_outcome_is_there_as_json(common, run):
    result = run("script", CLUSTER, "-", "--json", answer="echo out; exit 3")
    outcome = json.loads(result.stdout)
    assert result.exit_code == outcome["exit_code"] == 3
    assert (outcome["stdout"], outcome["stderr"], outcome["timed_out"]) == ("out\n", "", False)


@pytest.mark.parametrize(
    ("words", "answer", "remedy"),
    [
        (["nosuch", "-"], "true", CLUSTER),
        ([CLUSTER, "-"], " \n", "at least one command"),
        ([CLUSTER, "-", "--timeout", "0"], "true", "1 to 3600"),
        ([CLUSTER, "-", "--interpreter", "perl"], "true", "perl"),
        ([CLUSTER, "/nosuch/file"], None, "/nosuch/file"),
    ],
)
def test_bad_input_costs_exit_code_2(common, run, words, answer, remedy):
    result = run("script", *words, answer=answer)
    assert (result.exit_code, result.stdout) == (2, "")
    assert remedy in result.stderr


def test_what_is_no_text_is_refused(common, run, tmp_path):
    (tmp_path / "program").write_bytes(b"\x7fELF\xff\xfe")
    result = run("script", CLUSTER, str(tmp_path / "program"))
    assert result.exit_code == 2
    assert "no text" in result.stderr


def test_read_only_mode_runs_nothing(root, run, tmp_path):
    assert run("set", "read_only", "true").exit_code == 0
    result = run("script", CLUSTER, "-", answer=f"touch {tmp_path}/made")
    assert result.exit_code == 1
    assert "read-only" in result.stderr
    assert not (tmp_path / "made").exists()
