from __future__ import annotations

import csv
import io
import json

import pytest

from clausius_panel.store import Store
from tests.queries.history_kit import add

SPAN = ["--start", "2026-02-01", "--end", "2026-02-28"]


@pytest.fixture
def past(root):
    store = Store.open(root / "data" / "clausius.duckdb")
    for i in range(6):
        add(store, i, f"02-0{i + 1} 00:00", 2, cluster="here", cpus=16, total_cpu_s=3600.0)
    store.close()
    return root


def test_usage_is_told_by_period(past, run):
    result = run("usage", *SPAN, "--period", "month")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2026-02-01 to 2026-02-28 (UTC): 6 jobs of 1 user, 192 CPU hours")
    assert lines[1] == "not compared with 2026-01-04 to 2026-01-31: the history of here begins on 2026-02-01"
    assert lines[3].split()[:3] == ["2026-02", "6", "1"]


def test_json_and_csv_have_the_rows(past, run):
    answer = json.loads(run("usage", *SPAN, "--period", "month", "--by", "user", "--json").stdout)
    assert (answer["rows"][0]["group"], answer["rows"][0]["cpu_hours"]) == ("alice", 192)
    assert answer["summary"]["jobs"] == 6
    assert answer["days"] == "2026-02-01 to 2026-02-28"
    assert answer["before"]["summary"] is None
    rows = list(csv.DictReader(io.StringIO(run("usage", *SPAN, "--period", "day", "--csv").stdout)))
    assert len(rows) == 28


def test_efficiency_advice_and_waits_stand_in_their_place(past, run):
    assert "3.12" in run("usage", *SPAN, "--efficiency").stdout
    assert "cpus" in run("usage", *SPAN, "--advice").stdout
    waits = json.loads(run("usage", *SPAN, "--waits", "partition", "--json").stdout)
    assert waits["rows"][0]["p50"] == 1
    assert run("usage", "--start", "2020-01-01", "--end", "2020-01-02", "--efficiency").stdout == "no jobs\n"


def test_boxes_are_rows_of_both_measures(past, run):
    rows = json.loads(run("usage", *SPAN, "--boxes", "--json").stdout)["rows"]
    assert {row["measure"]: row["p50"] for row in rows} == {"wait_h": 1, "run_h": 2}
    assert [row["by"] for row in rows[:3]] == ["gpus", "partition", "qos"]
    lines = run("usage", *SPAN, "--boxes").stdout.splitlines()
    assert lines[0].split()[:4] == ["MEASURE", "BY", "GROUP", "JOBS"]
    assert len(lines) == 7


@pytest.mark.parametrize(
    "words",
    [
        ["--start", "2026-03-01", "--end", "2026-02-01"],
        ["--tz", "Mars/Base"],
        ["-u", "nobody"],
        ["--efficiency", "--advice"],
        ["--waits", "qos", "--boxes"],
        ["--start", "yesterday"],
    ],
)
def test_bad_input_costs_exit_code_2(past, run, words):
    result = run("usage", *words)
    assert (result.exit_code, result.stdout) == (2, "")


def test_usage_is_narrowed_by_state_qos_and_gpu_type(past, run):
    told = json.loads(run("usage", *SPAN, "--state", "completed", "--qos", "normal", "--json").stdout)
    assert told["summary"]["jobs"] == 6
    for option in ("--state", "--qos", "--gpu-type"):
        refused = run("usage", *SPAN, option, "nosuch")
        assert (refused.exit_code, "nosuch" in refused.stderr.lower()) == (2, True), option


def test_no_advice_is_not_no_jobs(past, run):
    told = run("usage", "--start", "2020-01-01", "--end", "2020-01-02", "--advice").stdout
    assert told.startswith("no advice")
