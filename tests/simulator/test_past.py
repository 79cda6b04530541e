"""The made-up past of the demo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from clausius_panel.model import is_final
from clausius_panel.queries.usage import usage_summary
from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.past import PAST_JOBS, RECENT_JOBS, past_jobs, write_past
from clausius_panel.store import Store
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


def written(tmp_path: Path, *, now: datetime = NOW) -> Store:
    store = new_store(tmp_path / f"{now:%Y%m%d}.duckdb")
    write_past(store, seed=3, now=now)
    return store


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """For tests that only read."""
    return written(Path(tmp_path_factory.mktemp("past")))


def asked(store: Store, columns: str) -> pd.DataFrame:
    with store.read() as cur:
        return cur.execute(f"SELECT {columns} FROM jobs").df()


def test_the_store_has_every_job_once_however_often_it_is_written(past: Store) -> None:
    year = {"start": NOW.date() - timedelta(days=370), "end": NOW.date(), "now": NOW}
    told = usage_summary(past, **year)
    assert told.jobs == (PAST_JOBS + RECENT_JOBS) * len(catalogue())
    assert told.gpu_hours > 10_000
    assert told.users == 7
    write_past(past, seed=3, now=NOW)
    assert usage_summary(past, **year) == told


def test_the_last_weeks_are_busy_to_their_end_and_every_id_is_given_once(past: Store) -> None:
    told = asked(past, "cluster, job_id, job_id_raw, submit_time, start_time, end_time")
    for _, jobs in told.groupby("cluster"):
        assert jobs["job_id"].is_unique
        by_id = jobs.sort_values("job_id")
        assert by_id["submit_time"].is_monotonic_increasing
        assert (jobs["job_id"] == jobs["job_id_raw"]).all()
        assert (jobs["submit_time"] <= jobs["start_time"]).all()
        assert (jobs["start_time"] <= jobs["end_time"]).all()
        last = (NOW - timedelta(days=1)).replace(hour=0, minute=0, tzinfo=None)
        assert (jobs["end_time"] < last).all()
        ended = jobs[jobs["end_time"] >= last - timedelta(days=56)]["end_time"]
        a_week = ended.groupby((last - ended).dt.days // 7).count()
        assert len(a_week) == 8
        assert a_week[:6].min() >= 1_500
        a_day = ended[ended >= last - timedelta(days=42)].dt.date.value_counts()
        assert a_day.max() < 4 * a_day.median()  # no day towers


def test_a_repeated_job_is_the_same_but_for_its_id_and_its_times(past: Store) -> None:
    same = ["cluster", "name", "elapsed_s", "tres", "node_list", "total_cpu_s", "gpu_util", "state"]
    jobs = asked(past, ", ".join([*same, "start_time", "end_time", "used_at"]))
    assert len(jobs[same].drop_duplicates()) <= PAST_JOBS * len(catalogue())
    assert (jobs["end_time"] - jobs["start_time"]).dt.total_seconds().eq(jobs["elapsed_s"]).all()
    assert jobs["used_at"].eq(jobs["end_time"]).all()


def test_the_past_holds_the_same_whatever_day_it_is(past: Store, tmp_path: Path) -> None:
    other = written(tmp_path, now=NOW + timedelta(days=3))
    held = "count(*) AS jobs, sum(elapsed_s * gpus) AS gpu_s, sum(elapsed_s * cpus) AS cpu_s"
    assert asked(past, held).equals(asked(other, held))
