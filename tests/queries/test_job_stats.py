from __future__ import annotations

from datetime import timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.model.job_usage import GpuUse, Usage
from clausius_panel.queries import job
from clausius_panel.queries.job_stats import gpus_frame, idle_gpus, usage_frame, usage_history
from clausius_panel.store.job_stats import append_usage


@pytest.fixture
def keep(store, now):
    """`keep("1", (minutes ago, {...}), ...)` keeps snapshots of a job."""

    def snapshots(job_id: str, *seen: tuple[float, dict[str, object]]) -> None:
        found = job(store, cluster="alpha", job_id=job_id).job
        with store.write() as cur:
            for minutes, facts in seen:
                usage = Usage(at=now - timedelta(minutes=minutes), **{"source": "sstat", **facts})
                append_usage(cur, found, usage, kept=timedelta(days=30))

    return snapshots


def test_the_history_of_a_job_leaves_out_looks_that_saw_nothing(store, keep):
    keep("1", (3, {"cpu_percent": 5.0}), (2, {}), (1, {"rss_mib": 7}))
    found, history = usage_history(store, cluster="alpha", job_id="1")
    assert found.job_id == "1"
    assert [usage.rss_mib for usage in history] == [None, 7]


def test_a_frame_has_aware_times_and_the_use_between_two_looks(store, keep):
    keep("1", (20, {"cpu_percent": 100.0}), (10, {"cpu_percent": 50.0, "gpu_percent": 3.0}))
    frame = usage_frame(store, cluster="alpha", job_id="1")
    assert str(frame["at"].dt.tz) == "UTC"
    assert frame["cpu_percent"].tolist() == pytest.approx([100.0, 0.0])
    assert frame["cpu_mean_percent"].tolist() == [100.0, 50.0]
    assert frame["gpu_percent"].isna().tolist() == [True, False]


def test_frames_have_their_columns_without_any_snapshot(store):
    assert list(usage_frame(store, cluster="alpha", job_id="2").columns)[:3] == ["at", "source", "cpu_percent"]
    assert {"gpu", "percent", "memory_mib"} <= set(gpus_frame(store, cluster="alpha", job_id="2").columns)


def test_single_gpus_are_a_row_each(store, keep):
    gpus = (GpuUse(node="n1", index=0, uuid="a", percent=1.0), GpuUse(node="n1", index=None, uuid="b"))
    keep("1", (2, {"gpus": gpus}), (1, {"gpus": gpus[:1]}))
    frame = gpus_frame(store, cluster="alpha", job_id="1")
    assert frame["gpu"].tolist() == ["n1:0", "n1:b", "n1:0"]


def test_jobs_that_were_never_seen_and_wrong_limits_are_refused(store):
    with pytest.raises(InvalidInput, match="999"):
        usage_history(store, cluster="alpha", job_id="999")
    with pytest.raises(InvalidInput, match="limit"):
        usage_history(store, cluster="alpha", job_id="1", limit=0)


def test_idle_gpus_are_those_that_did_nothing_until_now(store, keep, now):
    keep("1", *((minutes, {"gpu_percent": 2.0}) for minutes in (25, 15, 5)))
    [idle] = idle_gpus(store, now=now)
    assert (idle.cluster, idle.job_id, idle.gpus, idle.gpu_percent, idle.for_s) == ("alpha", "1", 16, 2.0, 1200)
    assert idle.run_id == ""
    assert idle_gpus(store, clusters=["beta"], now=now) == []
    assert idle_gpus(store, now=now + timedelta(hours=2)) == []


def test_busy_gpus_and_those_of_jobs_that_do_not_run_are_not_idle(store, keep, now):
    keep("1", (25, {"gpu_percent": 2.0}), (5, {"gpu_percent": 80.0}))
    keep("2", (25, {"gpu_percent": 0.0}), (5, {"gpu_percent": 0.0}))
    keep("10", (25, {"gpu_percent": 0.0}), (5, {"gpu_percent": 0.0}))
    assert idle_gpus(store, now=now) == []
