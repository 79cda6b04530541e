from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet
import pytest

from clausius_panel.store import Store
from tests.queries.history_kit import add


@pytest.fixture
def past(root):
    store = Store.open(root / "data" / "clausius.duckdb")
    for i in range(3):
        add(store, i, f"02-0{i + 1} 00:00", 2, cluster="here", name=f"=job-{i}", gpus=i)
    store.close()
    return root


def test_jobs_of_the_past_are_found(past, run):
    result = run("history", "job", "-u", "alice")
    assert result.exit_code == 0, result.output
    assert [line.split()[1] for line in result.stdout.splitlines()[1:]] == ["2", "1", "0"]
    answer = json.loads(run("history", "=job-1", "--json").stdout)
    assert (answer["total"], answer["rows"][0]["job_id"], answer["cursor"]) == (1, "1", None)
    assert run("history", "nosuch").stdout == "no jobs\n"


def test_a_page_tells_how_to_go_on(past, run):
    first = json.loads(run("history", "-n", "2", "--json").stdout)
    rest = json.loads(run("history", "-n", "2", "--cursor", first["cursor"], "--json").stdout)
    assert [row["job_id"] for row in first["rows"] + rest["rows"]] == ["2", "1", "0"]
    assert "--cursor" in run("history", "-n", "2").stdout
    assert "3 jobs" in run("history", "-n", "2", "--sort", "gpus", "--ascending").stdout


def test_runs_are_a_row_each(past, run):
    result = run("history", "--runs")
    assert result.exit_code == 0, result.output
    assert "1 completed" in result.stdout


def test_csv_and_files_have_everything_and_no_formula(past, tmp_path, run):
    done = run("history", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["name"] for row in rows] == ["'=job-0", "'=job-1", "'=job-2"]
    assert "3 jobs written" in run("history", "-o", str(tmp_path / "x.parquet")).stdout
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet").num_rows == 3


def test_sql_is_answered_and_described(past, run):
    cut = run("sql", "SELECT gpus AS n FROM jobs ORDER BY 1 DESC", "-n", "2").stdout
    assert cut.split()[:3] == ["n", "2", "1"]
    assert "more than 2 rows" in cut
    assert json.loads(run("sql", "SELECT 1 AS x", "--json").stdout) == {"rows": [{"x": 1}], "more": False}
    assert run("sql", "SELECT name FROM jobs ORDER BY 1 LIMIT 1", "--csv").stdout.splitlines() == [
        "name",
        "'=job-0",
    ]
    assert "gpu_hours" in run("sql").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["history", "-u", "nobody"],
        ["history", "--sort", "colour"],
        ["history", "--cursor", "junk"],
        ["history", "-o", "x.xls"],
        ["history", "--since", "2025-01-01", "--until", "2024-01-01"],
        ["history", "--since", "2025-01-01", "--until", "2024-01-01", "--csv"],
        ["sql", ""],
        ["sql", " \n"],
        ["sql", "DROP TABLE jobs"],
        ["sql", "SELECT * FROM api_keys"],
    ],
)
def test_bad_input_costs_exit_code_2_and_prints_nothing(past, run, words):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("clausius: ")


def test_jobs_are_narrowed_by_what_they_asked_for_and_when(past, run):
    def jobs(*options: str) -> list[str]:
        return [row["job_id"] for row in json.loads(run("history", *options, "--json").stdout)["rows"]]

    assert jobs("--qos", "normal", "--state", "completed", "--since", "2026-02-02") == ["2"]
    assert jobs("--until", "2026-02-02T00:00") == ["1", "0"]
    assert "nosuch" in run("history", "--gpu-type", "nosuch").stderr
