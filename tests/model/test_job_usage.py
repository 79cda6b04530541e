from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.model import Job
from clausius_panel.model.job_usage import (
    GpuUse,
    StepUse,
    Usage,
    cpu_rates,
    cpus_used,
    gpus_together,
    usage_of_steps,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def a_job(**facts: object) -> Job:
    usual = {
        "cluster": "alpha",
        "job_id": "1",
        "job_id_raw": "1",
        "submit_time": START,
        "state": "RUNNING",
        "start_time": START,
        "elapsed_s": 1000,
        "cpus": 4,
        "memory_mib": 4096,
    }
    return Job(**{**usual, **facts})  # type: ignore[arg-type]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_the_steps_of_a_running_job_add_up():
    steps = [
        StepUse(step="batch", tasks=1, cpu_s=100, rss_mib=100, max_rss_mib=200),
        StepUse(step="0", tasks=2, cpu_s=900, rss_mib=300, max_rss_mib=500, gpu_percent=150.0, gpu_memory_mib=7),
    ]
    usage = usage_of_steps(a_job(gpus=2), steps, at=after(500), source="sstat")
    assert usage.cpu_percent == pytest.approx(100 * 1000 / (4 * 500))
    assert (usage.rss_mib, usage.max_rss_mib) == (400, 500)
    assert (usage.gpu_percent, usage.gpu_memory_mib) == (75.0, 7)


def test_accounting_knows_the_cpu_time_of_the_whole_job():
    steps = [StepUse(step="", tasks=1, cpu_s=2000.0), StepUse(step="batch", tasks=1, cpu_s=5.0, max_rss_mib=10)]
    usage = usage_of_steps(a_job(state="COMPLETED"), steps, at=after(5000), source="accounting")
    assert usage.cpu_percent == 50.0
    assert cpus_used(a_job(), usage) == 2.0


def test_what_was_not_measured_is_none_and_not_zero():
    usage = usage_of_steps(a_job(gpus=2), [], at=after(100), source="sstat")
    assert usage.is_empty
    assert cpus_used(a_job(), usage) is None
    assert gpus_together([GpuUse(node="n", index=0, uuid="")]) == (None, None, None)


def test_a_job_without_gpus_has_no_share_of_them():
    steps = [StepUse(step="0", tasks=1, gpu_percent=50.0, gpu_memory_mib=3)]
    usage = usage_of_steps(a_job(), steps, at=after(100), source="sstat")
    assert (usage.gpu_percent, usage.gpu_memory_mib) == (None, None)


def test_gpus_together_are_the_mean_of_those_that_tell():
    gpus = [
        GpuUse(node="n", index=0, uuid="a", percent=90.0, memory_mib=10, memory_total_mib=100),
        GpuUse(node="n", index=1, uuid="b", percent=10.0, memory_mib=20, memory_total_mib=100),
        GpuUse(node="n", index=2, uuid="c", memory_mib=30, memory_total_mib=100),
    ]
    assert gpus_together(gpus) == (50.0, 60, 300)


def test_what_lies_between_two_looks_follows_from_their_means():
    history = [
        Usage(at=after(100), source="sstat", cpu_percent=100.0),
        Usage(at=after(200), source="sstat", cpu_percent=50.0),
        Usage(at=after(300), source="step", cpu_percent=50.0),
    ]
    assert cpu_rates(a_job(), history) == pytest.approx([100.0, 0.0, 50.0])


def test_two_looks_right_after_each_other_tell_no_new_rate():
    history = [
        Usage(at=after(100), source="sstat", cpu_percent=40.0),
        Usage(at=after(103), source="step", cpu_percent=39.0),
        Usage(at=after(203), source="sstat", cpu_percent=100 * 120 / 203),
    ]
    rates = cpu_rates(a_job(), history)
    assert rates[:2] == pytest.approx([40.0, 40.0])
    assert rates[2] == pytest.approx(100 * 80 / 103)


def test_a_look_without_cpu_time_leaves_a_gap():
    history = [Usage(at=after(100), source="sstat"), Usage(at=after(200), source="sstat", cpu_percent=20.0)]
    assert cpu_rates(a_job(), history) == [None, pytest.approx(20.0)]


@given(some.lists(some.tuples(some.floats(0, 1e6), some.one_of(some.none(), some.floats(0, 100))), max_size=20))
def test_rates_are_shares_whatever_was_seen(points):
    history = [
        Usage(at=after(s), source="sstat", cpu_percent=share) for s, share in sorted(points, key=lambda p: p[0])
    ]
    rates = cpu_rates(a_job(), history)
    assert len(rates) == len(history)
    assert all(rate is None or 0 <= rate <= 100 for rate in rates)
