from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet
import pytest

import clausius_panel as cp
from clausius_panel.errors import InvalidInput
from clausius_panel.reports import render
from tests.faces import data_directory
from tests.queries.history_kit import add


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cp.Fleet]:
    root = Path(tmp_path_factory.mktemp("fleet"))
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(root)) as fleet:
        facts = {"cpus": 16, "total_cpu_s": 3600.0}
        for i in range(6):
            add(fleet.runtime.store, i, f"02-0{i + 1} 00:00", 2, name=f"job-{i}", cluster="here", **facts)
        yield fleet


SPAN = {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}


def test_the_past_is_a_frame_and_a_file(fleet, tmp_path):
    assert fleet.history(text="job")["job_id"].tolist() == ["5", "4", "3", "2", "1", "0"]
    assert fleet.history(clusters="here", limit=2, sort="job_id", descending=False)["job_id"].tolist() == [
        "0",
        "1",
    ]
    assert fleet.export_history(tmp_path / "jobs.parquet", users="alice") == 6
    assert pyarrow.parquet.read_table(tmp_path / "jobs.parquet").num_rows == 6


def test_usage_efficiency_and_waits_are_frames(fleet):
    board = fleet.usage(**SPAN, period="week", group="user")
    assert board.series["cpu_hours"].sum() == 6 * 32
    assert fleet.efficiency(**SPAN)["cpu_percent"].tolist() == [pytest.approx(100 / 32)]
    assert set(fleet.right_sizing(**SPAN)["resource"]) == {"cpus"}
    assert fleet.wait_times(**SPAN)["p50"].tolist() == [1]
    assert fleet.start_estimates(**SPAN).empty


def test_sql_and_its_schema(fleet):
    assert fleet.sql("SELECT count(*) AS n FROM jobs")["n"].tolist() == [6]
    assert {"view", "column", "type", "meaning"} == set(fleet.sql_schema().columns)


def test_a_report_can_be_rendered(fleet):
    report = fleet.report("monthly", year=2026, number=2)
    assert render(report, "html").startswith(b"<!DOCTYPE html>")
    with pytest.raises(InvalidInput):
        fleet.report("monthly", year=2199, number=2)
