import json

import pytest

from clausius_panel.config import Config
from clausius_panel.runtime import Runtime
from tests.history_kit import job_rows

HEADER = "JobID|State|Submit|User|Layout"
JOBS = ["7|COMPLETED|2026-07-01T12:00:00|alice|", "8|RUNNING|2026-07-01T12:00:00|bob|", "9|FAILED|never|bob|"]


@pytest.fixture
def data(tmp_path):
    with Runtime(Config(data_dir=tmp_path / "data"), create=True) as runtime:
        yield runtime.store


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "jobs.txt"
    path.write_text("\n".join([HEADER, *JOBS]) + "\n")
    return str(path)


def test_a_dry_run_says_what_was_understood_and_writes_nothing(run, data, dump):
    result = run("import", dump, "--cluster", "gauss")
    assert result.exit_code == 0, result.output
    for words in (
        "text that sacct printed",
        "3 rows, of them 1 jobs",
        "clusters: gauss (1)",
        "ignored: Layout",
        "1 jobs had not ended",
        "jobs.txt line 4: left out: not a time: 'never'",
        "write it with --yes",
    ):
        assert words in result.stdout
    assert job_rows(data, "1") == []


def test_with_yes_it_is_written_and_again_changes_nothing(run, data, dump):
    assert "1 new jobs, 0 changed, 0 known" in run("import", dump, "-c", "gauss", "--yes").stdout
    assert "0 new jobs, 0 changed, 1 known" in run("import", dump, "-c", "gauss", "--yes").stdout
    assert job_rows(data, "cluster", "job_id", "user_name") == [("gauss", "7", "alice")]


def test_a_store_with_jobs_is_copied_before_more_are_written(run, data, dump, tmp_path):
    first = run("import", dump, "-c", "gauss", "--yes")
    assert "backup" not in first.stderr  # there was nothing to keep
    kept = run("import", dump, "-c", "other", "--yes", "--json").stderr
    [copy] = (tmp_path / "data" / "backups").glob("*.duckdb")
    assert kept == f"backup: {copy}\n"


def test_both_speak_json(run, data, dump):
    survey = json.loads(run("import", dump, "-c", "gauss", "--json").stdout)
    assert (survey["jobs"], survey["bad_rows"], survey["clusters"]) == (1, 1, {"gauss": 1})
    done = json.loads(run("import", dump, "-c", "gauss", "--json", "--yes").stdout)
    assert (done["new"], [bad["place"] for bad in done["bad"]]) == (1, ["jobs.txt line 4"])


def test_a_file_without_a_job_that_can_be_read_costs_exit_code_1(run, data, tmp_path):
    path = tmp_path / "none.txt"
    path.write_text(f"{HEADER}\n{JOBS[2]}\n")
    assert run("import", str(path), "-c", "gauss").exit_code == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["{dump}"], "cluster"),
        (["{dump}", "-c", "../evil"], "../evil"),
        (["{dump}", "-c", "gauss", "--time-zone", "Mars/Olympus"], "--time-zone"),
        (["{dump}", "-c", "gauss", "--time-zone", "../../etc/passwd"], "--time-zone"),
        (["{dump}.gone", "-c", "gauss"], "No such file"),
    ],
)
def test_values_that_cannot_be_right_cost_exit_code_2(run, data, dump, words, named):
    result = run("import", *(word.format(dump=dump) for word in words))
    assert result.exit_code == 2
    assert named in result.stderr


def test_a_name_in_the_file_does_not_drive_the_terminal(run, data, tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text(f"{HEADER}|a\x1b[31m\n{JOBS[0]}|\n")
    assert "\x1b" not in run("import", str(path), "-c", "gauss").stdout
