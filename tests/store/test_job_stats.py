from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clausius_panel.model.job_usage import GpuUse, Usage
from clausius_panel.store import Store
from clausius_panel.store.job_stats import append_usage, read_usage
from tests.store.kit import a_job

NOW = datetime.now(UTC).replace(microsecond=0)
KEPT = timedelta(days=30)
GPU = GpuUse(node="n1", index=0, uuid="GPU-\udcff", name="<b>", percent=None, memory_mib=3, memory_total_mib=5)
WHOLE = Usage(
    at=NOW,
    source="step",
    cpu_percent=12.5,
    rss_mib=10,
    max_rss_mib=20,
    gpu_percent=0.0,
    gpu_memory_mib=3,
    gpu_memory_total_mib=5,
    gpus=(GPU,),
)


def keep(store: Store, job, *usages: Usage, kept: timedelta = KEPT) -> None:
    with store.write() as cur:
        for usage in usages:
            append_usage(cur, job, usage, kept=kept)


def kept(store: Store, job, limit: int = 100) -> list[Usage]:
    with store.read() as cur:
        return read_usage(cur, job, limit=limit)


def test_a_snapshot_comes_back_as_it_was(store):
    job = a_job(1)
    keep(store, job, WHOLE, Usage(at=NOW - timedelta(minutes=1), source="sstat"))
    first, second = kept(store, job)
    assert first == Usage(at=NOW - timedelta(minutes=1), source="sstat")
    assert first.is_empty
    assert replace(second, gpus=()) == replace(WHOLE, gpus=())
    assert second.gpus == (replace(GPU, uuid="GPU-\ufffd"),)


def test_attempts_of_one_id_and_other_clusters_are_kept_apart(store):
    job = a_job(1)
    others = [a_job(1, minutes=5), a_job(1, cluster="beta"), a_job(2), replace(job, submit_time=None)]
    keep(store, job, WHOLE)
    for other in others:
        assert kept(store, other) == []
    keep(store, others[-1], WHOLE)
    assert len(kept(store, others[-1])) == 1


def test_only_the_newest_are_read_in_the_order_of_time(store):
    job = a_job(1)
    keep(store, job, *(replace(WHOLE, at=NOW - timedelta(minutes=age), gpus=()) for age in (3, 1, 2, 0)))
    assert [(NOW - usage.at).total_seconds() / 60 for usage in kept(store, job, limit=3)] == [2, 1, 0]


def test_old_snapshots_of_all_jobs_go(store):
    old, new = a_job(1), a_job(2)
    keep(store, old, replace(WHOLE, at=NOW - timedelta(days=8)))
    keep(store, new, WHOLE, kept=timedelta(days=7))
    assert (kept(store, old), len(kept(store, new))) == ([], 1)
