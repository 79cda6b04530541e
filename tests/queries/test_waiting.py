from __future__ import annotations

from datetime import date

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.waiting import estimate_errors, wait_times
from tests.queries.history_kit import NOW, add, at
from tests.stores import filled

SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 11), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(store, 1, "01-05 10:00", submit="01-05 08:00")
    add(store, 2, "01-05 10:00", submit="01-05 06:00")
    add(store, 3, "01-06 10:00", submit="01-06 09:30", partition="cpu", gpus=16, nodes=2)
    add(store, 4, None, submit="01-06 10:00", state="PENDING", in_queue=True)


def test_waits_are_told_by_partition_over_jobs_that_started(past):
    rows = wait_times(past, **SPAN).set_index("group")
    assert rows["jobs"].to_dict() == {"gpu": 2, "cpu": 1}
    assert (rows.at["gpu", "mean"], rows.at["gpu", "p50"], rows.at["gpu", "max"]) == (3, 3, 4)
    assert rows.at["gpu", "p90"] == pytest.approx(3.8)


def test_sizes_come_in_their_order(past):
    assert wait_times(past, by="gpus", **SPAN)["group"].tolist() == ["0", "9-32"]
    assert wait_times(past, by="nodes", **SPAN)["group"].tolist() == ["1", "2-4"]


def test_the_hour_of_the_week_is_that_of_the_submission_in_the_zone(past):
    utc = wait_times(past, by="hour_of_week", **SPAN)
    assert utc["group"].tolist() == ["Mon 06", "Mon 08", "Tue 09"]
    kolkata = wait_times(past, by="hour_of_week", tz="Asia/Kolkata", **SPAN)
    assert list(zip(kolkata["weekday"], kolkata["hour"], strict=True)) == [(0, 11), (0, 13), (1, 15)]


def test_estimates_are_held_against_what_came(past):
    told = [
        (1, "01-05 08:00", "01-05 09:00"),
        (1, "01-05 09:45", "01-05 10:00"),
        (2, "01-05 06:00", "01-06 07:00"),
    ]
    with past.write() as cur:
        for job, said, expected in told:
            [(submit,)] = cur.execute("SELECT submit_time FROM jobs WHERE job_id = ?", [str(job)]).fetchall()
            cur.execute(
                "INSERT INTO start_estimates VALUES ('alpha', ?, ?, ?, ?)",
                [str(job), submit, at(said), at(expected)],
            )
    rows = estimate_errors(past, **SPAN).set_index("lead")
    assert rows["estimates"].to_dict() == {"< 1 h": 1, "1 - 6 h": 1, "> 24 h": 1}
    assert rows["error_h_median"].to_dict() == {"< 1 h": 0, "1 - 6 h": 1, "> 24 h": -21}
    assert rows.at["< 1 h", "within_15_min_percent"] == 100
    assert rows.at["1 - 6 h", "within_1_h_percent"] == 100
    assert rows.at["> 24 h", "within_1_h_percent"] == 0


def test_without_estimates_there_are_no_rows(past):
    assert estimate_errors(past, **SPAN).empty
    with pytest.raises(InvalidInput, match="partition"):
        wait_times(past, by="colour")
