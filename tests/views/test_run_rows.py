from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.queries.job_stats import IdleGpus
from clausius_panel.queries.run_detail import array_tasks, run
from clausius_panel.queries.runs import runs
from clausius_panel.store.projects import list_projects
from clausius_panel.views.run_rows import families, job_rows, run_row, shared_start
from tests.views.kit import a_job
from tests.views.run_kit import fill_runs


@pytest.fixture
def rows(chained_runtime):
    tasks = {"alpha:4": array_tasks(chained_runtime.store, cluster="alpha", job_id="4")}
    return {row["id"]: row for row in job_rows(run(chained_runtime.store, cluster="alpha", run_id="1"), tasks)}


def test_jobs_say_what_they_go_on_from_in_words(rows):
    assert [row["depth"] for row in rows.values()] == [0, 1, 1, 0]
    assert rows["2"]["after"][0]["text"] == "after success of 1 (hle_mpsf_eval)"
    assert rows["3"]["after"][0]["text"] == "only if it fails: 1 (hle_mpsf_eval)"
    assert rows["2"]["tag"]["text"] == "blocked"
    assert rows["3"]["tag"]["text"] == "backup"
    assert rows["1"]["state"]["text"] == "Failed"
    assert rows["1"]["why"]["text"] == "exit status 2"


def test_an_array_opens_to_its_tasks_and_has_no_log_of_its_own(rows):
    row = rows["4"]
    assert (row["opens"], row["tasks"], row["families"]) == (
        True,
        5,
        [{"family": "pending", "word": "pending", "tasks": 5}],
    )
    assert [task["name"] for task in row["rows"]] == ["task 1-5"]
    assert row["log"] == ""
    assert rows["1"]["log"].endswith("?page=log&cluster=alpha&job=1")


def test_a_backup_that_was_not_needed_is_skipped(runtime):
    fill_runs(
        runtime,
        [a_job(3, name="p_x", state="PENDING", dependency="afternotok:1", reason="DependencyNeverSatisfied")],
        ended=[a_job(1, name="p_x", state="COMPLETED")],
    )
    [_, row] = job_rows(run(runtime.store, cluster="alpha", run_id="1"), {})
    assert (row["state"]["text"], row["state"]["family"], row["why"]["text"]) == (
        "Skipped",
        "completed",
        "not needed",
    )


def test_jobs_that_only_serve_others_are_dimmed(runtime):
    fill_runs(runtime, [a_job(1, name="p_x"), a_job(2, name="p_x-server", dependency="after:1")])
    found = job_rows(run(runtime.store, cluster="alpha", run_id="1"), {})
    assert [row["background"] for row in found] == [False, True]


def test_a_run_says_how_it_stands(chained_runtime):
    projects = {project.name: project for project in list_projects(chained_runtime.store)}
    row = run_row(runs(chained_runtime.store, text="mpsf").runs[0], projects=projects)
    assert row["href"] == "?page=run&cluster=alpha&run=1"
    assert row["name"][row["dim"] :] == "eval"
    assert [(item["family"], item["tasks"]) for item in row["families"]] == [
        ("running", 1),
        ("pending", 6),
        ("failed", 1),
    ]
    assert row["project"]["name"] == "hle"
    assert row["gpus"] == "4"
    assert "1 backup" in row["tip"]
    assert row["rows"] is None
    [plain] = runs(chained_runtime.store, text="mpsf").runs
    assert run_row(plain, projects=projects, chips=False)["project"] is None


def test_runs_and_jobs_say_that_their_gpus_are_idle(chained_runtime):
    one = IdleGpus(
        cluster="alpha", job_id="3", run_id="1", gpus=4, gpu_percent=3.0, for_s=2400, at=datetime.now(UTC)
    )
    others = [replace(one, job_id="3_7", for_s=9000), replace(one, cluster="beta"), replace(one, run_id="2")]
    [summary] = runs(chained_runtime.store, text="mpsf").runs
    detail = run(chained_runtime.store, cluster="alpha", run_id="1")
    words = "GPUs held, 3 % used for 40 min"
    assert run_row(summary, projects={}, idle=[one])["idle"] == words
    assert run_row(summary, projects={}, idle=others[1:])["idle"] == ""
    assert "2 jobs hold GPUs" in run_row(summary, projects={}, idle=[one, *others])["idle"]
    assert [row["idle"] for row in job_rows(detail, {}, idle=[one])] == ["", "", words, ""]


@given(st.lists(st.text("ab-_", max_size=12), max_size=6))
def test_what_names_share_is_at_the_start_of_each_and_ends_with_a_separator(names):
    count = shared_start(names)
    assert len({name[:count] for name in names}) <= 1
    assert count == 0 or names[0][count - 1] in "-_"


def test_families_of_none_are_left_out():
    assert families({"running": 0, "failed": 2}) == [{"family": "failed", "word": "failed", "tasks": 2}]


def test_a_run_of_which_only_what_can_never_start_is_left_is_not_called_running(runtime):
    waits = a_job(2, name="p_x", state="PENDING", reason="DependencyNeverSatisfied", dependency="afterok:1")
    ended = a_job(1, name="p_x", state="FAILED", exit_code="1:0", end_time=a_job(1).start_time)
    fill_runs(runtime, [replace(waits, start_time=None, elapsed_s=0)], ended=[ended])
    [found] = runs(runtime.store).runs
    assert found.started is not None
    assert (run_row(found, projects={})["started"], run_row(found, projects={})["live"]) == (None, True)
    fill_runs(runtime, [a_job(2, name="p_x")], ended=[ended])
    [found] = runs(runtime.store).runs
    assert run_row(found, projects={})["started"] is not None
