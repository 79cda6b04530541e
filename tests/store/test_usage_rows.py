from datetime import timedelta

from clausius_panel import store as stores
from clausius_panel.store.history_rows import merge_history
from clausius_panel.store.usage_rows import mark_used, unused_jobs
from tests.history_kit import START, an_ended_job, job_rows

NOW = START + timedelta(hours=3)


def ended(store, *jobs):
    with store.write() as cur:
        stores.merge_ended(cur, "gauss", jobs, at=NOW)


def unused(store, at=NOW, days=7, limit=50):
    with store.read() as cur:
        return unused_jobs(cur, "gauss", at=at, days=days, limit=limit)


def test_jobs_that_polls_saw_ending_lack_their_usage_the_latest_first(store):
    ended(store, an_ended_job("1"), an_ended_job("2", end_time=START + timedelta(hours=2)))
    assert unused(store) == ["2", "1"]
    assert unused(store, limit=1) == ["2"]


def test_jobs_that_never_ran_or_ended_long_ago_or_just_now_are_not_asked_for(store):
    ended(
        store,
        an_ended_job("1", start_time=None),
        an_ended_job("2", end_time=START - timedelta(days=30)),
        an_ended_job("3", end_time=NOW - timedelta(seconds=5)),
    )
    assert unused(store) == []


def test_history_from_elsewhere_is_not_asked_for(store):
    with store.write() as cur:
        merge_history(cur, [an_ended_job()], evidence="import", at=NOW)
    assert unused(store) == []


def test_a_job_is_asked_for_once_whether_or_not_accounting_knew_it(store):
    ended(store, an_ended_job("1"), an_ended_job("2"))
    with store.write() as cur:
        merge_history(cur, [an_ended_job("1", total_cpu_s=5.0, used_at=NOW)], evidence="sacct", at=NOW)
        mark_used(cur, "gauss", ["1", "2"], at=NOW + timedelta(seconds=1))
    assert unused(store) == []
    assert [cpu for (cpu,) in job_rows(store, "total_cpu_s")] == [5.0, None]
