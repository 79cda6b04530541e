from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clausius_panel.model.job_usage import GpuUse, Usage
from clausius_panel.views.job_charts import MAX_DEVICES, JobCharts, device_lines
from tests.views.kit import a_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def seen(minutes: float, *gpus: GpuUse, **facts: object) -> Usage:
    return Usage(at=NOW + timedelta(minutes=minutes), **{"source": "step", "gpus": gpus, **facts})  # type: ignore[arg-type]


def a_gpu(index: int | None = 0, node: str = "n1", percent: float | None = 50.0) -> GpuUse:
    return GpuUse(node=node, index=index, uuid="GPU-123456789", percent=percent, memory_mib=1024)


def lines(*history: Usage, is_mean: bool = True) -> dict[str, list[float]]:
    found = device_lines(history, lambda gpu: gpu.percent, lambda usage: usage.gpu_percent, is_mean=is_mean)
    return {name: [value for _, value in points] for name, points in found.items()}


def test_each_gpu_that_was_measured_is_a_line():
    assert lines(seen(0, a_gpu(0), a_gpu(1, percent=None)), seen(1, a_gpu(0, percent=60.0), a_gpu(1))) == {
        "n1:0": [50.0, 60.0],
        "n1:1": [50.0],
    }


def test_gpus_without_an_index_are_told_by_their_uuid():
    assert list(lines(seen(0, a_gpu(None)))) == ["n1:GPU-12345678"]


def test_looks_that_saw_only_the_mean_are_a_line_of_their_own():
    history = [seen(0, gpu_percent=30.0, source="sstat"), seen(1, a_gpu(), gpu_percent=50.0)]
    assert lines(*history) == {"n1:0": [50.0], "all GPUs": [30.0]}
    assert lines(*history, is_mean=False) == {"n1:0": [50.0]}
    assert lines(history[0], is_mean=False) == {"all GPUs": [30.0]}


def test_many_gpus_are_drawn_as_the_mean_of_each_node():
    gpus = [a_gpu(index, node, percent=float(index)) for node in ("n1", "n2", "n3") for index in range(8)]
    assert len(gpus) > MAX_DEVICES
    assert lines(seen(0, *gpus)) == {f"{node} (mean)": [3.5] for node in ("n1", "n2", "n3")}


def test_what_accounting_kept_is_no_point_in_time():
    assert lines(seen(0, gpu_percent=30.0, source="accounting")) == {}


def test_a_job_without_gpus_has_no_charts_of_them():
    assert len(JobCharts(gpus=4)._shown) == 4
    assert len(JobCharts(gpus=0)._shown) == 2


def test_cpus_and_memory_are_drawn_in_their_units():
    charts = JobCharts(gpus=0)
    job = a_job(1, start_time=NOW - timedelta(hours=1), memory_mib=4096)
    charts.draw(job, [seen(0, source="sstat", cpu_percent=50.0, rss_mib=2048)], interval_s=60)
    cpu, memory = charts._shown
    assert cpu._names == ("of 8",)
    assert cpu._pane.object[()].get(0).dimension_values(1).tolist() == [4.0]
    assert memory._names == ("in use of 4 GiB",)
    assert memory._pane.object[()].get(0).dimension_values(1).tolist() == [2.0]


def test_little_memory_is_drawn_in_mib_up_to_what_was_given():
    charts = JobCharts(gpus=0, memory_mib=200)
    job = a_job(1, start_time=NOW - timedelta(hours=1), memory_mib=200)
    charts.draw(job, [seen(0, source="sstat", cpu_percent=50.0, rss_mib=5)], interval_s=60)
    _, memory = charts._shown
    assert (memory._unit, memory._names, memory._drawn_top) == ("MiB", ("in use of 200 MiB",), 210)
    assert memory._pane.object[()].get(0).dimension_values(1).tolist() == [5.0]


def test_all_charts_share_one_time_axis_and_gpu_memory_goes_to_what_there_is():
    charts = JobCharts(gpus=1)
    job = a_job(1, start_time=NOW - timedelta(minutes=1), memory_mib=4096)
    gpu = GpuUse(node="n1", index=0, uuid="u", percent=50.0, memory_mib=58_000, memory_total_mib=81_920)
    charts.draw(job, [seen(0, gpu, cpu_percent=50.0, rss_mib=2048)], interval_s=60)
    assert [chart._until_h for chart in charts._shown] == [0.5] * 4
    assert charts._shown[1]._drawn_top == 84
    looks = [seen(minutes, gpu, cpu_percent=50.0, rss_mib=2048) for minutes in (0, 40)]
    charts.draw(job, looks, interval_s=60)
    assert [chart._until_h for chart in charts._shown] == [1] * 4


def test_of_an_ended_job_nothing_grows_any_more():
    charts = JobCharts(gpus=0)
    charts.draw(a_job(1, state="FAILED", start_time=NOW), [], interval_s=60)
    assert [chart.empty for chart in charts._shown] == ["nothing was measured while it ran"] * 2


def test_a_job_that_waits_has_nothing_to_draw():
    charts = JobCharts(gpus=4)
    charts.draw(a_job(1, start_time=None), [], interval_s=60)
    assert all(not chart._pane.visible for chart in charts._shown)
