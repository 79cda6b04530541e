"""How waiting and running times spread."""

from __future__ import annotations

from datetime import date

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.usage_boxes import BOX_GROUPS, time_boxes
from tests.queries.history_kit import NOW, add
from tests.stores import filled

SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 11), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    for i in range(21):  # waited 0 to 20 hours, ran 1 to 21
        day, hour = divmod(i, 24)
        add(store, i, f"01-07 {hour:02}:00", i + 1, submit="01-07 00:00", gpus=8 if i % 2 else 0)
        assert day == 0
    add(store, 50, "01-08 00:00", 1, partition="cpu")
    add(store, 51, None, submit="01-08 00:00", state="PENDING", in_queue=True)
    add(store, 52, "01-20 00:00", 1)


def row(frame, measure, by, group):
    [found] = frame[(frame["measure"] == measure) & (frame["by"] == by) & (frame["group"] == group)].to_dict(
        "records"
    )
    return found


def test_percentiles_are_those_of_the_jobs_that_started(past):
    frame = time_boxes(past, **SPAN)
    waited, ran = row(frame, "wait_h", "partition", "gpu"), row(frame, "run_h", "partition", "gpu")
    assert [waited[name] for name in ("jobs", "min", "p5", "p25", "p50", "p75", "p95", "max")] == pytest.approx(
        [21, 0, 1, 5, 10, 15, 19, 20]
    )
    assert (ran["p50"], ran["mean"]) == pytest.approx((11, 11))
    assert row(frame, "wait_h", "qos", "normal")["jobs"] == 22


def test_groups_come_by_jobs_and_sizes_in_their_order(past):
    frame = time_boxes(past, **SPAN)
    assert set(frame["by"]) == set(BOX_GROUPS)
    waits = frame[frame["measure"] == "wait_h"].groupby("by")["group"].apply(list)
    assert waits["partition"] == ["gpu", "cpu"]
    assert waits["gpus"] == ["0", "5-8"]


def test_without_jobs_there_are_no_rows_and_reversed_days_are_refused(past):
    assert time_boxes(past, start=date(2020, 1, 1), end=date(2020, 1, 2), now=NOW).empty
    with pytest.raises(InvalidInput, match="dates"):
        time_boxes(past, start=date(2026, 1, 2), end=date(2026, 1, 1), now=NOW)
