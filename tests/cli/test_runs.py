from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faces import CLUSTER, row


@pytest.fixture
def queue(root: Path) -> Path:
    """A run of two jobs of the project hle, and a job of its own."""
    jobs = [
        row(1, Name="hle_mpsf_eval-r1"),
        row(
            2, Name="hle_mpsf_eval-r1-judge", State="PENDING", Dependency="afterok:1(unfulfilled)", StartTime="N/A"
        ),
        row(9, Name="other_x_y", UserName="bob", SubmitTime="2026-01-01T00:00:00"),
    ]
    (root / "slurm" / "queue.json").write_text(json.dumps(jobs))
    return root


def test_jobs_that_belong_together_are_one_run(queue, run):
    result = run("runs")
    assert result.exit_code == 0, result.output
    first = next(line for line in result.stdout.splitlines() if "hle_mpsf_eval-r1" in line)
    assert "hle/mpsf" in first
    assert "1 pending, 1 running" in first
    answer = json.loads(run("runs", "--json").stdout)
    assert answer["total"] == 2
    assert sorted(each["jobs"] for each in answer["runs"]) == [1, 2]
    assert answer["clusters"][0]["cluster"] == CLUSTER


def test_filters_choose_runs(queue, run):
    assert json.loads(run("runs", "--project", "hle", "--json").stdout)["total"] == 1
    assert json.loads(run("runs", "--text", "other", "--json").stdout)["total"] == 1
    assert "1 of 2 runs" in run("runs", "-n", "1").stdout


def test_a_run_is_found_by_any_of_its_jobs_and_shows_what_waits_for_what(queue, run):
    result = run("run", CLUSTER, "2")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    judge = next(line for line in lines if "-judge" in line)
    assert judge.split()[:3] == ["2", "hle_mpsf_eval-r1-judge", "pending"]
    answer = json.loads(run("run", CLUSTER, "1", "--json").stdout)
    assert [each["job"]["job_id"] for each in answer["run"]["rows"]] == ["1", "2"]
    assert list(answer["run"]["rows"][1]["parents"]) == ["1"]


def test_projects_are_told_by_the_names_of_jobs(queue, run):
    result = run("projects")
    assert result.exit_code == 0, result.output
    cells = {line.split()[0]: line.split()[1:3] for line in result.stdout.splitlines()}
    assert cells["hle"] == ["1", "1"]
    found = json.loads(run("projects", "--json").stdout)["projects"]
    assert {each["project"]["name"] for each in found} == {"hle", "other"}


def test_the_jobs_of_a_project_are_listed_and_of_one_campaign(queue, run):
    result = run("project", "hle")
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith(f"{CLUSTER} ")]
    assert [words[1] for words in lines[:2]] == ["1", "2"]
    answer = json.loads(run("project", "hle", "--campaign", "mpsf", "--limit", "1", "--json").stdout)
    assert (len(answer["jobs"]), answer["total"]) == (1, 2)
    assert run("project", "hle", "--campaign", "nosuch").stdout.splitlines()[0] == "no jobs"


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["runs", "--cluster", "nosuch"], CLUSTER),
        (["run", "nosuch", "1"], CLUSTER),
        (["run", CLUSTER, "987"], "987"),
        (["runs", "--project", "nosuch"], "nosuch"),
        (["project", "nosuch"], "nosuch"),
    ],
)
def test_bad_input_costs_exit_code_2(common, run, words, remedy):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert remedy in result.stderr


def test_where_nothing_runs_it_says_so(root, run):
    (root / "slurm" / "queue.json").write_text("[]")
    assert run("runs").stdout.splitlines()[0] == "no runs"
    assert run("projects").stdout.splitlines()[0] == "no projects"
