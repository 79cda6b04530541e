from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clausius_panel import store as st
from clausius_panel.job_stats import known_stats
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime
from clausius_panel.state.job_stats_asking import StatsAsker
from tests.stats_kit import calls, give
from tests.views.kit import a_job, a_runtime, fill


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    (tmp_path / "slurm").mkdir()
    give(tmp_path / "slurm")
    return tmp_path / "slurm"


@pytest.fixture
def runtime(tmp_path: Path, slurm: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        fill(made, [a_job(1), a_job(2)])
        with made.store.write() as cur:
            st.put_cluster(cur, Cluster(name="alpha", kind="local", scope="everyone", slurm_path=str(slurm)))
        yield made


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it did not happen within 20 s"
        time.sleep(0.01)


def test_a_look_runs_beside_and_is_kept(runtime, slurm):
    asker = StatsAsker(runtime)
    asker.poll("alpha", "1")
    until(lambda: not asker.is_asking)
    assert asker.problems == []
    assert known_stats(runtime.store, "alpha", "1").rss_mib == 1024


def test_the_same_job_is_asked_for_once_an_interval(runtime, slurm):
    asker = StatsAsker(runtime)
    for _ in range(3):
        asker.poll("alpha", "1")
        until(lambda: not asker.is_asking)
    assert calls(slurm, "sstat") == 1


def test_who_goes_through_the_jobs_asks_only_where_they_stay(runtime, slurm):
    asker = StatsAsker(runtime, settle_s=0.2)
    for job_id in ("1", "2", "1"):
        asker.poll("alpha", job_id)
        assert not asker.is_asking
    time.sleep(0.25)
    asker.poll("alpha", "1")
    until(lambda: calls(slurm, "sstat") == 1 and not asker.is_asking)


def test_what_could_not_be_had_is_told_in_words(runtime, slurm):
    give(slurm, fails="sstat: error: No steps running for job 1")
    asker = StatsAsker(runtime)
    asker.poll("alpha", "1")
    until(lambda: asker.problems == ["none of its steps was sampled yet"])
    asker.poll("alpha", "77")
    until(lambda: "77" in " ".join(asker.problems))
