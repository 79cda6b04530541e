from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.faces import CLUSTER, JOB_NAME, closed_port


def test_jobs_are_listed_with_state_gpus_and_the_age_of_the_data(common, run):
    result = run("jobs")
    assert result.exit_code == 0, result.output
    header, *lines, ages = result.stdout.splitlines()
    assert header.split()[:4] == ["CLUSTER", "JOB", "NAME", "STATE"]
    [line] = [line for line in lines if "llm_pretrain" in line]
    assert line.split()[:4] == [CLUSTER, "1", "llm_pretrain", "running"]
    assert "16 (2x8)" in line
    assert "1d 04:12" in line
    assert re.fullmatch(rf"{CLUSTER} +(now|\d+ s ago)", ages)


def test_a_reason_is_told_in_words(common, run):
    assert "waits for a licence" in run("jobs", "--state", "pending").stdout


def test_control_characters_in_a_name_never_reach_the_terminal(common, run):
    output = run("jobs").stdout
    assert "\x1b" not in output
    assert "␛[31mred" in output


def test_json_has_every_field_and_says_how_old_it_is(common, run):
    result = run("jobs", "--json")
    answer = json.loads(result.stdout)
    assert answer["total"] == 3
    assert {job["job_id"] for job in answer["jobs"]} == {"1", "2", "3"}
    [pending] = [job for job in answer["jobs"] if job["state"] == "PENDING"]
    assert pending["name"] == JOB_NAME
    assert pending["submit_time"] == "2026-01-02T03:04:05Z"
    [age] = answer["clusters"]
    assert set(age) == {"cluster", "as_of", "age_s", "source", "error", "error_kind", "error_since"}
    assert age["cluster"] == CLUSTER
    assert age["age_s"] < 60


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--user", "bob"], ["3"]),
        (["--state", "pending"], ["2"]),
        (["--state", "RUNNING", "--partition", "gpu"], ["1"]),
        (["pretrain"], ["1"]),
        (["--sort", "gpus", "--reverse", "--limit", "1"], ["1"]),
        (["--account", "nobody"], []),
    ],
)
def test_filters_choose_jobs(common, run, words, ids):
    answer = json.loads(run("jobs", "--json", *words).stdout)
    assert [job["job_id"] for job in answer["jobs"]] == ids


def test_a_cut_list_says_so(common, run):
    assert "1 of 3 jobs" in run("jobs", "--limit", "1").stdout


def test_no_jobs_are_said_to_be_none(common, run):
    assert run("jobs", "nosuchjob").stdout.startswith("no jobs\n")


def test_a_cluster_that_never_answered_costs_exit_code_1_and_does_not_hide_the_others(root, run):
    added = run("add-cluster", "gone", "127.0.0.1", "--port", str(closed_port()))
    assert added.exit_code == 1
    result = run("jobs")
    assert result.exit_code == 1
    assert "llm_pretrain" in result.stdout
    assert "gone never answered" in result.stdout
    assert run("jobs", "--cluster", CLUSTER).exit_code == 0
    assert "no jobs" not in run("jobs", "--cluster", "gone").stdout


def test_young_data_are_not_asked_for_again(root, run):
    calls = root / "slurm" / "calls.log"
    run("jobs")
    before = calls.read_text()
    assert run("jobs").exit_code == 0
    assert calls.read_text() == before


HEAVY = {"bokeh", "fastapi", "mcp", "pandas", "panel", "paramiko", "pyarrow", "rich"}


@pytest.mark.usefixtures("common")
def test_jobs_of_a_warm_store_need_no_heavy_library(run):
    run("jobs")
    code = (
        "import sys\nfrom clausius_panel.cli import clausius\n"
        "try:\n    clausius.main(['jobs'])\nexcept SystemExit as exit:\n    assert exit.code == 0\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
