"""The rules by which jobs count, each against a handful of jobs counted by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.usage import usage_series
from tests.queries.history_kit import NOW, add, at
from tests.stores import filled


def hours(store, start, end, *, column="cpu_hours", **more) -> dict[str, float]:
    frame = usage_series(store, start=start, end=end, now=NOW, **more)
    return dict(zip(frame["period"], frame[column].round(6), strict=True))


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")


def test_hours_are_spread_over_the_periods_or_count_at_start_or_end(past):
    add(past, 1, "02-28 20:00", 10, cpus=2)  # 4 h in February, 6 h in March
    span = (date(2026, 2, 1), date(2026, 3, 31))
    assert hours(past, *span, period="month") == {"2026-02": 8, "2026-03": 12}
    assert hours(past, *span, period="month", basis="start") == {"2026-02": 20, "2026-03": 0}
    assert hours(past, *span, period="month", basis="end") == {"2026-02": 0, "2026-03": 20}


def test_a_job_counts_once_however_many_periods_it_ran_in(past):
    add(past, 1, "02-01 00:00", 24 * 40)
    span = (date(2026, 1, 1), date(2026, 4, 30))
    assert hours(past, *span, period="month", column="jobs") == {
        "2026-01": 0,
        "2026-02": 1,
        "2026-03": 0,
        "2026-04": 0,
    }
    assert hours(past, *span, period="month") == {
        "2026-01": 0,
        "2026-02": 4 * 24 * 28,
        "2026-03": 4 * 24 * 12,
        "2026-04": 0,
    }
    assert hours(past, *span, period="month", column="users")["2026-03"] == 1


def test_what_ran_outside_the_span_does_not_count(past):
    add(past, 1, "01-31 22:00", 4)  # two hours of February, but it belongs to January
    add(past, 2, "02-28 23:00", 3)
    assert hours(past, date(2026, 2, 1), date(2026, 2, 28), period="month") == {"2026-02": 12}
    assert hours(past, date(2026, 2, 1), date(2026, 2, 28), period="month", column="jobs") == {"2026-02": 1}


def test_on_the_day_the_clock_changes_hours_go_where_they_ran(past):
    add(past, 1, "03-28 22:00", 30, cpus=1)  # from 23:00 in Berlin on the 28th, over the day of 23 hours
    span = (date(2026, 3, 28), date(2026, 3, 30))
    assert hours(past, *span, tz="Europe/Berlin") == {"2026-03-28": 1, "2026-03-29": 23, "2026-03-30": 6}
    assert hours(past, *span, tz="UTC") == {"2026-03-28": 2, "2026-03-29": 24, "2026-03-30": 4}
    assert hours(past, *span, tz="Asia/Kolkata")["2026-03-29"] == 24 - 3.5


def test_a_running_job_counts_until_now_but_not_beyond_its_limit(past):
    add(past, 1, "2027-01-20 02:00", 0, state="RUNNING", in_queue=True, cpus=1)
    add(past, 2, "2027-01-20 02:00", 0, state="RUNNING", in_queue=True, cpus=1, end="2027-01-20 05:00")
    day = date(2027, 1, 20)
    assert hours(past, day, day) == {"2027-01-20": 10 + 3}
    assert hours(past, day, day, basis="start") == {"2027-01-20": 13}
    assert hours(past, day, day, basis="end", column="jobs") == {"2027-01-20": 0}


def test_a_job_that_left_without_a_record_counts_until_it_was_seen_last(past):
    add(past, 1, "01-05 10:00", 2, state="UNKNOWN", cpus=1, end=None)
    with past.write() as cur:
        cur.execute("UPDATE jobs SET end_time = NULL, last_seen = ?", [at("01-05 13:00")])
    day = date(2026, 1, 5)
    assert hours(past, day, day, basis="start")["2026-01-05"] == pytest.approx(2, abs=1e-6)


def test_suspended_time_does_not_count(past):
    add(past, 1, "01-05 00:00", 10, cpus=1, elapsed_s=5 * 3600)
    day = date(2026, 1, 5)
    assert hours(past, day, day) == {"2026-01-05": 5}
    assert hours(past, day, day, basis="end") == {"2026-01-05": 5}


def test_a_job_that_never_started_belongs_to_its_submission_and_costs_nothing(past):
    add(past, 1, None, submit="01-05 10:00", state="CANCELLED")
    add(past, 2, "01-07 10:00", 0, submit="01-06 10:00", state="PENDING", in_queue=True)  # Slurm's guess
    add(
        past, 3, "01-06 10:00", 0, submit="01-05 09:00", state="CANCELLED", elapsed_s=0
    )  # cancelled while it waited
    span = (date(2026, 1, 5), date(2026, 1, 7))
    assert hours(past, *span, column="jobs") == {"2026-01-05": 2, "2026-01-06": 1, "2026-01-07": 0}
    assert hours(past, *span, column="started") == dict.fromkeys(("2026-01-05", "2026-01-06", "2026-01-07"), 0)
    assert sum(hours(past, *span).values()) == 0


def test_the_unstarted_rest_of_an_array_counts_its_tasks(past):
    add(past, "5_[1-10%2]", None, submit="01-05 10:00", state="PENDING", in_queue=True, array_task_id="1-10%2")
    assert hours(past, date(2026, 1, 5), date(2026, 1, 5), column="jobs") == {"2026-01-05": 10}


def test_each_attempt_of_a_requeued_job_held_its_resources(past):
    add(past, 1, "01-05 00:00", 2, state="PREEMPTED", cpus=1)
    add(past, 1, "01-05 04:00", 3, cpus=1)
    day = date(2026, 1, 5)
    assert hours(past, day, day) == {"2026-01-05": 5}


def test_accounts_are_cut_after_so_many_segments(past):
    add(past, 1, "01-05 00:00", account="uni-phys-lab1")
    add(past, 2, "01-05 00:00", account="uni-phys-lab2")
    add(past, 3, "01-05 00:00", account="root")
    frame = usage_series(
        past, start=date(2026, 1, 5), end=date(2026, 1, 5), group="account", account_segments=2, now=NOW
    )
    assert dict(zip(frame["group"], frame["jobs"], strict=True)) == {"root": 1, "uni-phys": 2}


def test_a_period_ends_where_the_next_begins(past):
    for i in range(4):
        add(past, i, f"01-05 {6 * i:02}:00", 6, cpus=1)
    assert hours(past, date(2026, 1, 5), date(2026, 1, 6)) == {"2026-01-05": 24, "2026-01-06": 0}


def test_hours_add_up_to_the_same_by_any_period(past):
    begin = datetime(2026, 1, 1)
    for i in range(30):
        add(past, i, (begin + timedelta(hours=34 * i)).isoformat(), 1 + 7.4 * i, cpus=1 + i % 5)
    span = (date(2025, 12, 1), date(2026, 12, 31))
    sums = [
        sum(hours(past, *span, period=period, tz="America/St_Johns").values())
        for period in ("day", "week", "month", "year")
    ]
    with past.read() as cur:
        [(exact,)] = cur.execute("SELECT sum(elapsed_s * cpus) / 3600 FROM jobs").fetchall()
    assert sums == pytest.approx([exact] * 4, abs=1e-4)


@pytest.mark.parametrize(
    "wrong", [{"basis": "middle"}, {"account_segments": -1}, {"group": "colour"}, {"users": "nobody"}]
)
def test_what_cannot_be_is_refused(past, wrong):
    with pytest.raises(InvalidInput):
        usage_series(past, **wrong)


def test_a_job_whose_submission_is_not_known_has_no_waiting_time(past):
    add(past, 1, "01-05 10:00", 2)
    with past.write() as cur:
        cur.execute("UPDATE jobs SET submit_time = NULL")
    frame = usage_series(past, start=date(2026, 1, 5), end=date(2026, 1, 5), now=NOW)
    assert frame["jobs"].tolist() == [1]
    assert frame["wait_h"].isna().all()


def test_a_job_that_is_suspended_now_counts_what_it_ran(past):
    add(past, 1, "2027-01-20 02:00", 3, state="SUSPENDED", in_queue=True, cpus=1)
    day = date(2027, 1, 20)
    assert hours(past, day, day) == {"2027-01-20": 3}
