from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.usage import UsageBoard, default_dates, top, usage_board, usage_nodes, usage_summary
from tests.queries.history_kit import NOW, add
from tests.stores import filled


@filled
def past(store):
    """Five jobs of two users on two clusters in one week."""
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(store, 1, "01-05 00:00", 1, submit="01-04 23:00", cpus=4)
    add(store, 2, "01-05 10:00", 2, submit="01-05 10:00", gpus=2, gpu_type="h100", state="FAILED")
    add(store, 3, "01-06 00:00", 3, submit="01-05 21:00", user_name="bob", account="uni-chem")
    add(
        store,
        4,
        "01-06 12:00",
        10,
        submit="01-06 11:00",
        cluster="gone",
        partition="cpu",
        nodes=2,
        node_list="c[1-2]",
    )
    add(store, 5, None, submit="01-07 00:00", state="CANCELLED")


SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 11), "now": NOW}


def test_the_summary_tells_the_whole(past):
    told = usage_board(past, **SPAN).summary
    assert (told.jobs, told.started, told.users) == (5, 4, 2)
    assert told.cpu_hours == 4 + 8 + 12 + 40
    assert (told.gpu_hours, told.node_hours) == (4, 1 + 2 + 3 + 20)
    assert told.wait_h_mean == pytest.approx((1 + 0 + 3 + 1) / 4)
    assert told.wait_h_median == 1
    assert told.run_h_median == 2.5
    assert told.success_rate == 3 / 5
    assert usage_summary(past, **SPAN) == told


@pytest.mark.parametrize("basis", ["spread", "start", "end"])
def test_a_summary_by_itself_is_that_of_the_board(past, basis):
    add(past, 6, "01-04 20:00", 30, gpus=1)  # runs into the span, over the midnights in it, and ends there
    add(past, 7, "01-11 20:00", 30, submit="01-09 20:00", nodes=3)  # and out of it
    board = usage_board(past, basis=basis, period="day", **SPAN)
    assert asdict(usage_summary(past, basis=basis, **SPAN)) == pytest.approx(asdict(board.summary))


def test_every_frame_of_the_board_is_there_even_without_jobs(past):
    board = usage_board(past, start=date(2020, 1, 1), end=date(2020, 1, 10), now=NOW)
    for field in fields(UsageBoard):
        frame = getattr(board, field.name)
        if isinstance(frame, pd.DataFrame) and field.name not in ("totals", "series"):
            assert frame.empty
            assert len(frame.columns) >= 2
    assert len(board.totals) == 10
    assert board.summary.jobs == 0
    assert board.summary.wait_h_mean is None
    assert board.summary.success_rate is None


def test_clusters_are_compared_or_added_up(past):
    apart = usage_board(past, group="cluster", **SPAN)
    sums = apart.series.groupby("group")["cpu_hours"].sum().to_dict()
    assert sums == {"alpha": 24, "gone": 40}
    assert apart.totals["cpu_hours"].sum() == 64
    assert usage_board(past, clusters="gone", **SPAN).summary.cpu_hours == 40


def test_the_default_is_the_last_42_days_in_the_zone():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert default_dates("Asia/Tokyo", now=late) == (date(2026, 1, 20), date(2026, 3, 2))
    assert default_dates(now=late)[1] == date(2026, 3, 1)


def test_what_is_not_among_the_greatest_is_one_row_of_others(past):
    rows = usage_board(past, **SPAN).breakdown
    assert list(top(rows, "user", count=2)["value"]) == ["alice", "bob"]
    for i in range(8):
        add(past, 100 + i, "01-08 00:00", 1, user_name=f"u{i}", cpus=1 + i)
    shown = top(usage_board(past, **SPAN).breakdown, "user", count=3)
    assert list(shown["value"])[:2] == ["alice", "bob"]
    assert shown["value"].iloc[-1] == "Others (7)"
    assert shown["cpu_hours"].sum() == 64 + sum(range(1, 9))
    with pytest.raises(InvalidInput, match="account"):
        top(rows, "colour")
    with pytest.raises(InvalidInput, match="cpu_hours"):
        top(rows, "user", by="value")


def test_percentiles_are_those_of_the_jobs_and_not_of_periods(past):
    with past.write() as cur:
        cur.execute("DELETE FROM jobs")
    rng = np.random.default_rng(7)
    waits = rng.integers(0, 200, 40)
    for i, wait in enumerate(waits):
        day = 5 + min(2, i // 5)  # few on the first days, many on the last: a mean of medians would differ
        submit = datetime(2026, 1, day, 12) - timedelta(minutes=int(wait))
        add(past, i, f"01-{day:02} 12:00", 1, submit=submit.isoformat())
    board = usage_board(past, **SPAN)
    assert board.summary.wait_h_median == pytest.approx(np.median(waits) / 60)
    last = board.trends[(board.trends["measure"] == "wait_h") & (board.trends["period"] == "2026-01-07")].iloc[0]
    for name, share in (("p25", 25), ("p50", 50), ("p75", 75), ("p90", 90), ("p95", 95), ("p99", 99)):
        assert last[name] == pytest.approx(np.percentile(waits[10:], share) / 60), name
    assert (last["mean"], last["max"]) == (
        pytest.approx(waits[10:].mean() / 60),
        pytest.approx(waits[10:].max() / 60),
    )


def test_nodes_can_be_asked_for_alone(past):
    nodes = usage_nodes(past, **SPAN).set_index("node")["cpu_hours"].to_dict()
    assert nodes == {"n1": 24, "c1": 20, "c2": 20}


def test_of_all_that_ended_only_what_the_job_could_not_help_is_no_failure(past):
    for i, state in enumerate(("NODE_FAIL", "DEADLINE", "PREEMPTED", "REQUEUED", "REVOKED", "UNKNOWN")):
        add(past, 90 + i, "01-07 00:00", state=state)
    told = usage_board(past, **SPAN).summary
    assert told.success_rate == 3 / 7
    assert usage_summary(past, **SPAN).success_rate == 3 / 7
