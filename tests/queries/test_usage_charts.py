from __future__ import annotations

from datetime import date

import pytest

from clausius_panel.queries.usage import usage_board
from clausius_panel.queries.usage_charts import BINS
from tests.queries.history_kit import NOW, add
from tests.stores import filled

SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 6), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")


def test_waiting_and_running_times_fall_into_their_bins(past):
    for i, minutes in enumerate((0, 29, 30, 59, 60, 239, 240, 719, 720, 1439, 1440)):
        hours, rest = divmod(1440 * 2 - minutes, 60)
        add(past, i, "01-05 00:00", 0.1, submit=f"01-{3 + hours // 24:02} {hours % 24:02}:{rest:02}")
    found = usage_board(past, **SPAN).bins
    waits = found[found["measure"] == "wait_h"]
    assert dict(zip(waits["bin"], waits["jobs"], strict=True)) == {
        "< 30 min": 2,
        "30 min - 1 h": 2,
        "1 - 4 h": 2,
        "4 - 12 h": 2,
        "12 - 24 h": 2,
        "1 - 3 d": 1,
    }
    assert waits["percent"].sum() == pytest.approx(100)
    runs = found[found["measure"] == "run_h"]
    assert list(runs["bin"]) == ["< 30 min"]
    assert [name for name, _ in BINS][-1] == "> 7 d"


def test_breakdowns_count_every_job_once_in_each_dimension(past):
    add(past, 1, "01-05 00:00", 1)
    add(past, 2, "01-05 00:00", 30, user_name="bob", state="FAILED", partition="cpu", qos="high", project="hle")
    rows = usage_board(past, **SPAN).breakdown
    for dimension in ("cluster", "account", "user", "partition", "state", "qos", "project"):
        part = rows[rows["dimension"] == dimension]
        assert (part["jobs"].sum(), part["cpu_hours"].sum()) == (2, 4 + 120), dimension
    users = rows[rows["dimension"] == "user"].set_index("value")["cpu_hours"].to_dict()
    assert users == {"alice": 4, "bob": 120}
    assert rows[rows["dimension"] == "cluster"]["users"].tolist() == [2]


def test_hours_of_a_job_with_several_gpu_types_go_to_each(past):
    both = "cpu=4,gres/gpu=5,gres/gpu:a100=2,gres/gpu:h100=3"
    add(past, 1, "01-05 00:00", 2, gpus=5, gpu_type="a100,h100", tres=both)
    add(past, 2, "01-05 00:00", 1, gpus=1, gpu_type="a100", tres="cpu=4,gres/gpu:a100=1")
    add(past, 3, "01-05 00:00", 1, gpus=4, gpu_type="")
    types = usage_board(past, **SPAN).gpu_types.set_index("type")
    assert types["gpu_hours"].to_dict() == {"h100": 6, "a100": 5, "": 4}
    assert types["jobs"].to_dict() == {"h100": 1, "a100": 2, "": 1}


def test_sizes_leave_out_what_jobs_did_not_have(past):
    add(past, 1, "01-05 00:00", 1, cpus=4, gpus=0)
    add(past, 2, "01-05 00:00", 1, cpus=4, gpus=8, nodes=2)
    rows = usage_board(past, **SPAN).sizes
    found = {(row["measure"], row["value"]): row["jobs"] for row in rows.to_dict("records")}
    assert found == {("cpus", 4): 2, ("gpus", 8): 1, ("nodes", 1): 1, ("nodes", 2): 1}


def test_activity_says_on_how_many_days_users_were_active(past):
    add(past, 1, "01-05 00:00", 1)
    add(past, 2, "01-06 00:00", 1)
    add(past, 3, "01-05 00:00", 30, user_name="bob")
    add(past, 4, "01-05 05:00", 1, user_name="carol")
    rows = usage_board(past, **SPAN).activity
    assert dict(zip(rows["periods"], rows["users"], strict=True)) == {1: 1, 2: 2}


def test_every_period_has_a_row_in_the_totals_and_times_bear_their_zone(past):
    add(past, 1, "01-05 00:00", 1)
    totals = usage_board(past, start=date(2026, 1, 1), end=date(2026, 1, 8), tz="Europe/Berlin", now=NOW).totals
    assert list(totals["period"]) == [f"2026-01-{day:02}" for day in range(1, 9)]
    assert totals["jobs"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert str(totals["period_start"].dt.tz) == "Europe/Berlin"
    assert totals["is_complete"].all()


def test_a_series_by_gpu_type_splits_a_job_over_its_types_and_counts_it_for_each(past):
    both = "cpu=5,gres/gpu=5,gres/gpu:a100=2,gres/gpu:h100=3"
    add(past, 1, "01-05 00:00", 30, cpus=5, gpus=5, gpu_type="a100,h100", tres=both)
    add(past, 2, "01-05 00:00", 1, gpus=1, gpu_type="a100", tres="cpu=4,gres/gpu:a100=1")
    add(past, 3, "01-05 00:00", 1, gpus=0)
    board = usage_board(past, group="gpu_type", **SPAN)
    sums = board.series.groupby("group")[["jobs", "cpu_hours", "gpu_hours", "node_hours"]].sum().round(6)
    assert sums.T.to_dict("list") == {"": [1, 4, 0, 1], "a100": [2, 64, 61, 13], "h100": [1, 90, 90, 18]}
    assert board.series["cpu_hours"].sum() == pytest.approx(board.summary.cpu_hours)
    nodes = board.nodes.set_index("group")
    assert nodes["gpu_hours"].to_dict() == {"": 0, "a100": 61, "h100": 90}
    assert nodes["node_hours"].sum() == pytest.approx(32)
