"""What polls ask beside the queue: what jobs that ended have used, and when waiting jobs are expected to start."""

from datetime import UTC, datetime, timedelta

from clausius_panel.collector import MAX_UNUSED
from tests.fake_slurm.rows import accounted, queued
from tests.history_kit import job_rows


def ended(job_id, *, minutes_ago=30, **fields):
    end = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return accounted(
        job_id,
        "COMPLETED",
        Start=f"{end - timedelta(hours=1):%FT%T}",
        End=f"{end:%FT%T}",
        Submit="2026-01-01T10:00:00",
        **fields,
    )


def test_the_poll_after_a_jobs_end_brings_what_it_used(slurm, alpha_store, look):
    slurm.answer(accounted=[ended("1", TotalCPU="00:30:00", MaxRSS="1048576")])
    look()
    assert job_rows(alpha_store, "state", "total_cpu_s", "used_at") == [("COMPLETED", None, None)]
    look()
    assert job_rows(alpha_store, "state", "total_cpu_s", "max_rss_mib", "evidence") == [
        ("COMPLETED", 1800.0, 1, "sacct")
    ]


def test_each_job_is_asked_for_once(slurm, alpha_store, look):
    slurm.answer(accounted=[ended("1", TotalCPU="00:30:00")])
    look()
    look()
    asked = slurm.calls.count("sacct")
    look()
    assert slurm.calls.count("sacct") == asked + 1


def test_one_poll_asks_for_a_bounded_number(slurm, alpha_store, look):
    slurm.answer(accounted=[ended(str(number), TotalCPU="00:30:00") for number in range(1, MAX_UNUSED + 21)])
    look()
    look()
    assert len(job_rows(alpha_store, "1", where="used_at IS NOT NULL")) == MAX_UNUSED
    look()
    assert len(job_rows(alpha_store, "1", where="used_at IS NULL")) == 0


def test_a_usage_that_cannot_be_read_costs_nothing_else(slurm, alpha_store, look):
    slurm.answer(queue=[queued("2")], accounted=[ended("1", TotalCPU="much")])
    look()
    answer = look()
    assert answer.error == ""
    assert job_rows(alpha_store, "state", "total_cpu_s") == [("COMPLETED", None), ("RUNNING", None)]


def test_slurms_estimates_are_kept_as_they_change(slurm, alpha_store, look):
    for hours in (5, 5, 9):
        start = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=hours * 100)
        slurm.answer(queue=[queued("1", "PENDING", StartTime=f"{start:%FT%T}")])
        look()
    with alpha_store.read() as cur:
        assert cur.execute("SELECT count(*) FROM start_estimates").fetchall() == [(2,)]
