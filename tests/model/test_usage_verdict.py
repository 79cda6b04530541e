from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.model import Job
from clausius_panel.model.job_usage import Usage
from clausius_panel.model.usage_verdict import IDLE_GPU_S, Verdict, idle_gpu_span, verdicts

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_job(**facts: object) -> Job:
    usual = {
        "cluster": "alpha",
        "job_id": "1",
        "job_id_raw": "1",
        "submit_time": NOW - timedelta(hours=3),
        "start_time": NOW - timedelta(hours=2),
        "state": "RUNNING",
        "elapsed_s": 7200,
        "time_limit_s": 36000,
        "cpus": 16,
        "memory_mib": 102_400,
        "gpus": 4,
    }
    return Job(**{**usual, **facts})  # type: ignore[arg-type]


def seen(minutes_ago: float = 0, **facts: object) -> Usage:
    return Usage(at=NOW - timedelta(minutes=minutes_ago), **{"source": "sstat", **facts})  # type: ignore[arg-type]


def said(job: Job, usage: Usage | None, history: list[Usage] | None = None) -> dict[str, Verdict]:
    return {each.topic: each for each in verdicts(job, usage, history=history or [], now=NOW)}


def test_gpus_that_do_nothing_are_told_with_how_long():
    history = [seen(minutes, gpu_percent=3.0) for minutes in (40, 30, 20, 10, 0)]
    found = said(a_job(), history[-1], history)["gpu"]
    assert (found.level, found.text) == ("warning", "4 GPUs held, 3 % used for 40 min")


def test_gpus_that_did_something_in_between_are_not_idle_since_then():
    history = [
        seen(40, gpu_percent=1.0),
        seen(30, gpu_percent=90.0),
        seen(20, gpu_percent=1.0),
        seen(5, gpu_percent=1.0),
    ]
    assert idle_gpu_span(history) == timedelta(minutes=15)
    assert said(a_job(), history[-1], history)["gpu"].text == "4 GPUs held, 1 % used for 15 min"


def test_one_look_at_idle_gpus_speaks_of_this_moment_only():
    usage = seen(gpu_percent=0.0)
    assert said(a_job(gpus=1), usage, [usage])["gpu"].text == "GPU: 0 % used at this moment"
    assert idle_gpu_span([usage]) == timedelta(0)
    assert idle_gpu_span([]) == timedelta(0)


def test_a_long_gap_between_two_looks_is_no_idle_time():
    history = [seen(200, gpu_percent=0.0), seen(5, gpu_percent=0.0), seen(0, gpu_percent=0.0)]
    assert idle_gpu_span(history) == timedelta(minutes=5)
    assert IDLE_GPU_S > 5 * 60
    assert said(a_job(), history[-1], history)["gpu"].level == "note"


@pytest.mark.parametrize(
    ("rss", "level", "text"),
    [
        (93_184, "warning", "memory 91 %: near the limit (91 GiB of 100 GiB)"),
        (102_400, "warning", "memory 100 %: at the limit (100 GiB of 100 GiB)"),
        (51_200, "good", "memory 50 %: 50 GiB of 100 GiB used at most"),
        (1_024, "note", "memory: 1 GiB of 100 GiB used at most"),
    ],
)
def test_memory_is_judged_by_its_peak(rss, level, text):
    found = said(a_job(), seen(max_rss_mib=rss, rss_mib=10))["memory"]
    assert (found.level, found.text) == (level, text)


def test_a_young_job_is_not_judged_by_how_little_it_uses():
    found = said(a_job(elapsed_s=60), seen(max_rss_mib=10, cpu_percent=1.0))
    assert {each.level for each in found.values()} == {"good"}


def test_cpus_are_told_as_cores():
    found = said(a_job(), seen(cpu_percent=100 * 1.1 / 16))["cpu"]
    assert (found.level, found.text) == ("note", "CPU: 1.1 of 16 cores used")
    assert said(a_job(), seen(cpu_percent=80.0))["cpu"].level == "good"
    assert said(a_job(cpus=1), seen(cpu_percent=80.0))["cpu"].text == "CPU: 80 % used"


def test_the_end_of_a_limit_is_told_when_it_is_near():
    found = said(a_job(elapsed_s=7200, time_limit_s=7500), seen(cpu_percent=90.0))["time"]
    assert (found.level, found.text) == ("warning", "time: 5 min left before its limit")
    assert "time" not in said(a_job(), seen(cpu_percent=90.0))


def test_a_job_that_ended_early_could_have_asked_for_less():
    ended = {"state": "COMPLETED", "elapsed_s": 3600, "time_limit_s": 10_800}
    assert said(a_job(**ended), seen(cpu_percent=90.0))["time"].text == "time: ended 2 h before its limit"
    assert "time" not in said(a_job(**{**ended, "state": "FAILED"}), seen(cpu_percent=90.0))


def test_warnings_come_first_and_what_was_not_measured_is_not_judged():
    usage = seen(cpu_percent=90.0, max_rss_mib=102_000)
    assert [each.topic for each in verdicts(a_job(), usage, now=NOW)] == ["memory", "cpu"]
    assert verdicts(a_job(), None, now=NOW) == []
    assert verdicts(a_job(state="PENDING"), usage, now=NOW) == []


@pytest.mark.parametrize(
    ("facts", "usage", "text"),
    [
        ({"memory_mib": 20}, None, "memory: it ran out (its limit was 20 MiB)"),
        (
            {"memory_mib": 2048, "nodes": 2},
            {"max_rss_mib": 1024},
            "memory: it ran out (its limit was 2 GiB on 2 nodes, 1 GiB seen at most)",
        ),
        ({"memory_mib": None}, {"cpu_percent": 3.0}, "memory: it ran out"),
    ],
)
def test_a_job_that_ran_out_of_memory_is_told_so_first_with_what_is_known(facts, usage, text):
    found = verdicts(a_job(state="OUT_OF_MEMORY", **facts), usage and seen(**usage), now=NOW)
    assert (found[0].topic, found[0].level, found[0].text) == ("memory", "warning", text)
    assert [each.topic for each in found].count("memory") == 1


def test_a_job_that_ran_into_its_time_limit_is_told_so():
    [found] = verdicts(a_job(state="TIMEOUT", time_limit_s=3600), None, now=NOW)
    assert (found.topic, found.level, found.text) == ("time", "warning", "time: it ran into its limit of 1:00:00")
    [found] = verdicts(a_job(state="TIMEOUT", time_limit_s=None), None, now=NOW)
    assert found.text == "time: it ran into its limit"
