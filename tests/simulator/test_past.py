"""The made-up past of the demo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from clausius_panel.model import is_final
from clausius_panel.queries.usage import usage_summary
from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.past import PAST_JOBS, RECENT_JOBS, past_jobs, past_table, write_past
from tests.stores import new_store

__all__: list[str] = []

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def test_the_same_seed_gives_the_same_past_and_another_one_another() -> None:
    spec = catalogue()[0]
    assert past_jobs(spec, seed=7, now=NOW, jobs=200) == past_jobs(spec, seed=7, now=NOW, jobs=200)
    assert past_jobs(spec, seed=7, now=NOW, jobs=200) != past_jobs(spec, seed=8, now=NOW, jobs=200)


def test_every_job_is_over_a_day_ago_and_none_is_older_than_a_year() -> None:
    for spec in catalogue():
        for job in past_jobs(spec, seed=3, now=NOW, jobs=1_000):
            assert is_final(job.state)
            assert job.submit_time is not None
            assert job.start_time is not None
            assert job.end_time is not None
            assert job.submit_time <= job.start_time <= job.end_time < NOW - timedelta(days=1)
            assert job.submit_time > NOW - timedelta(days=370)


def test_no_job_uses_more_than_it_holds() -> None:
    for spec in catalogue():
        nodes = {name for group in spec.groups for name in group.names}
        for job in past_jobs(spec, seed=3, now=NOW, jobs=500):
            assert (job.total_cpu_s or 0) <= job.elapsed_s * job.cpus + 0.1
            assert 0 <= (job.gpu_util or 0) <= 100
            assert set(job.node_list.split(",")) <= nodes
            assert len(job.node_list.split(",")) == job.nodes


def test_the_store_has_every_job_once_however_often_it_is_written(tmp_path: Path) -> None:
    store = new_store(tmp_path / "store.duckdb")
    for _ in range(2):
        write_past(store, seed=7, now=NOW)
    year = usage_summary(store, start=NOW.date() - timedelta(days=370), end=NOW.date(), now=NOW)
    assert year.jobs == (PAST_JOBS + RECENT_JOBS) * len(catalogue())
    assert year.gpu_hours > 10_000
    assert year.users == 7


def test_the_last_weeks_are_busy_to_their_end_and_every_id_is_given_once() -> None:
    for spec in catalogue():
        past = past_table(spec, seed=3, now=NOW).to_pandas()
        assert past["job_id"].is_unique
        assert (past["submit_time"] <= past["start_time"]).all()
        assert (past["start_time"] <= past["end_time"]).all()
        last = (NOW - timedelta(days=1)).replace(hour=0, minute=0, tzinfo=None)
        assert (past["end_time"] < last).all()
        ended = past[past["end_time"] >= last - timedelta(days=56)]["end_time"]
        a_week = ended.groupby((last - ended).dt.days // 7).count()
        assert len(a_week) == 8
        assert a_week[:6].min() >= 1_500
        a_day = ended[ended >= last - timedelta(days=42)].dt.date.value_counts()
        assert a_day.max() < 4 * a_day.median()  # no day towers


def test_the_past_holds_the_same_whatever_day_it_is() -> None:
    spec = catalogue()[0]
    held = set()
    for days in (0, 1, 3):
        past = past_table(spec, seed=3, now=NOW + timedelta(days=days)).to_pandas()
        held.add((len(past), int((past["elapsed_s"] * past["gpus"]).sum())))
    assert len(held) == 1
