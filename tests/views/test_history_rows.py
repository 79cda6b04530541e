"""Rows of the page of history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from clausius_panel.queries.history import HistoryRun
from clausius_panel.queries.history_rows import SORTS, HistoryRow
from clausius_panel.state.history import COLUMNS
from clausius_panel.views.history_rows import JOB_COLUMNS, RUN_COLUMNS, job_row, run_row

__all__: list[str] = []

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB = HistoryRow(
    cluster="alpha",
    job_id="12_3",
    job_id_raw="15",
    name="train",
    user="ada",
    account="nlp",
    partition="gpu",
    qos="normal",
    state="OUT_OF_MEMORY",
    family="failed",
    project="llm",
    campaign="sft",
    run_id="12",
    nodes=2,
    cpus=16,
    memory_mib=65536,
    gpus=8,
    gpu_type="h100",
    submit_time=AT,
    start_time=None,
    end_time=AT,
    wait_s=None,
    elapsed_s=0,
    time_limit_s=3600,
    cpu_hours=0.01,
    gpu_hours=1234.5,
    node_list="gpu[01-02]",
    exit_code="0:125",
)


def test_every_column_that_can_be_shown_can_be_sorted_by() -> None:
    assert set(JOB_COLUMNS) == set(COLUMNS) <= set(SORTS)


def test_a_job_says_what_is_known_and_dashes_for_what_is_not() -> None:
    row = job_row(JOB, list(JOB_COLUMNS))
    cells = row["cells"]
    assert cells["state"]["text"] == "Out of memory"
    assert cells["gpus"]["text"] == "8 H100"
    assert cells["gpu_hours"]["text"] == "1,234"
    assert cells["cpu_hours"]["text"] == "< 0.1"
    assert cells["start_time"]["at"] is None
    assert cells["elapsed_s"]["seconds"] is None
    assert set(cells) == set(JOB_COLUMNS)
    assert "run=12" in row["run"]


def test_attempts_of_one_job_are_rows_of_their_own() -> None:
    again = replace(JOB, submit_time=AT.replace(hour=9))
    assert job_row(JOB, [])["row"] != job_row(again, [])["row"]


def test_a_run_counts_its_jobs_by_how_they_ended() -> None:
    run = HistoryRun(
        cluster="alpha",
        run_id="12",
        name="train",
        user="ada",
        project="llm",
        campaign="sft",
        starred=True,
        jobs=7,
        states={"COMPLETED": 4, "FAILED": 1, "TIMEOUT": 2},
        cpu_hours=10,
        gpu_hours=0,
        first_submit=AT,
        last_submit=AT,
        last_end=None,
    )
    row = run_row(run)
    assert row["cells"]["states"]["families"] == [("completed", 4), ("failed", 3)]
    assert row["cells"]["name"]["text"].startswith("★")
    assert row["cells"]["gpu_hours"]["text"] == "\N{EN DASH}"
    assert set(row["cells"]) == set(RUN_COLUMNS)
