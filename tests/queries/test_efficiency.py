from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.efficiency import efficiency, right_sizing
from tests.queries.history_kit import NOW, add
from tests.stores import filled

SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 6), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")


def test_figures_are_weighted_by_what_was_held(past):
    used = {"cpus": 4, "memory_mib": 1000, "time_limit_s": 7200, "gpus": 2}
    add(past, 1, "01-05 00:00", 1, total_cpu_s=4 * 3600 * 0.5, max_rss_mib=250, gpu_util=80.0, **used)
    add(past, 2, "01-05 00:00", 3, total_cpu_s=12 * 3600 * 0.9, max_rss_mib=1000, gpu_util=20.0, **used)
    row = efficiency(past, **SPAN).iloc[0]
    assert row["cpu_percent"] == pytest.approx(100 * (2 + 10.8) / 16)
    assert row["memory_percent"] == pytest.approx(100 * (250 + 3000) / 4000)
    assert row["gpu_percent"] == pytest.approx(100 * (1.6 + 1.2) / 8)
    assert row["time_percent"] == pytest.approx(100 * 4 / 4)
    assert row["cpu_hours_wasted"] == pytest.approx(16 - 12.8)
    assert row["gpu_hours_wasted"] == pytest.approx(8 - 2.8)
    assert row["cpu_known_percent"] == row["gpu_known_percent"] == 100


def test_what_is_not_known_is_neither_used_nor_wasted(past):
    add(past, 1, "01-05 00:00", 1, total_cpu_s=3600)
    add(past, 2, "01-05 00:00", 3)
    row = efficiency(past, **SPAN).iloc[0]
    assert (row["cpu_percent"], row["cpu_hours_wasted"], row["cpu_known_percent"]) == (25, 3, 25)
    assert math.isnan(row["gpu_percent"])
    assert math.isnan(row["gpu_hours_wasted"])


def test_the_greatest_waste_comes_first_and_jobs_that_run_do_not_count(past):
    add(past, 1, "01-05 00:00", 1, total_cpu_s=0, user_name="idle", gpus=8, gpu_util=0.0)
    add(past, 2, "01-05 00:00", 9, total_cpu_s=0, user_name="some")
    add(past, 3, "01-05 00:00", 1, user_name="now", state="RUNNING", in_queue=True)
    assert efficiency(past, **SPAN)["group"].tolist() == ["idle", "some"]
    assert efficiency(past, group="", **SPAN)["jobs"].tolist() == [2]
    with pytest.raises(InvalidInput):
        efficiency(past, group="colour", **SPAN)


def test_more_than_all_is_all(past):
    add(past, 1, "01-05 00:00", 1, total_cpu_s=5 * 3600, max_rss_mib=2000, memory_mib=1000, gpus=1, gpu_util=120.0)
    row = efficiency(past, **SPAN).iloc[0]
    assert (row["cpu_percent"], row["memory_percent"], row["gpu_percent"]) == (100, 100, 100)


def test_advice_has_the_figures_that_it_follows_from(past):
    facts = {"cpus": 32, "memory_mib": 64_000, "gpus": 4, "gpu_util": 20.0, "time_limit_s": 48 * 3600}
    for i in range(6):
        add(past, i, "01-05 00:00", 2, name=f"eval-r{i}", total_cpu_s=2 * 3600 * 3.5, max_rss_mib=6_000, **facts)
    found = {each.resource: each for each in right_sizing(past, **SPAN)}
    assert {each.jobs_like for each in found.values()} == {"eval-r#"}
    assert (found["cpus"].asked, found["cpus"].used, found["cpus"].advised) == (32, 3.5, 5)
    assert found["cpus"].hours_saved == pytest.approx(6 * 2 * 27)
    assert (found["memory"].used, found["memory"].advised) == (6000, 7424)
    assert (found["gpus"].advised, found["gpus"].hours_saved) == (1, pytest.approx(6 * 2 * 3))
    assert found["time"].advised == 9000
    assert all(each.jobs == 6 and each.why for each in found.values())


def test_few_jobs_good_use_and_killed_jobs_give_no_wrong_advice(past):
    for i in range(4):
        add(past, i, "01-05 00:00", 2, name="few", total_cpu_s=10, cpus=64)
    for i in range(10, 16):
        add(
            past,
            i,
            "01-05 00:00",
            2,
            name="good",
            total_cpu_s=4 * 7000,
            memory_mib=1000,
            max_rss_mib=900,
            time_limit_s=9000,
        )
    for i in range(20, 26):
        add(past, i, "01-05 00:00", 2, name="late", state="TIMEOUT", time_limit_s=100 * 3600)
    assert right_sizing(past, **SPAN) == []
    assert [each.jobs_like for each in right_sizing(past, least_jobs=4, **SPAN)] == ["few"]
    with pytest.raises(InvalidInput):
        right_sizing(past, least_jobs=0)


def test_names_that_differ_by_what_they_are_are_not_alike_and_one_name_stands_as_it_is(past):
    for i in range(5):
        for name in ("llm7b", "llm13b", "odd*1"):
            add(past, f"{name}{i}", "01-05 00:00", 2, name=name, total_cpu_s=10, cpus=64)
        add(past, 100 + i, "01-05 00:00", 2, name=f"llm7b_s{i}-main", total_cpu_s=10, cpus=64)
    found = {one.jobs_like for one in right_sizing(past, **SPAN) if one.resource == "cpus"}
    assert {"llm7b", "llm13b", "odd*1", "llm7b_s#-main"} <= found


def test_with_a_moment_only_jobs_that_ended_before_it_count(past):
    add(past, 1, "01-05 00:00", 1, total_cpu_s=3600)
    add(past, 2, "01-05 00:00", 3, total_cpu_s=3600)
    early = datetime.fromisoformat("2026-01-05T02:00:00+00:00")
    assert efficiency(past, **{**SPAN, "now": early})["jobs"].tolist() == [1]
    assert efficiency(past, **SPAN)["jobs"].tolist() == [2]


def test_memory_that_saves_most_comes_first_and_is_told_in_gib(past):
    for i in range(5):
        add(past, i, "01-05 00:00", 1, name="a-little", memory_mib=4096, max_rss_mib=1000)
        add(past, 10 + i, "01-05 00:00", 10, name="b-lot", memory_mib=102_400, max_rss_mib=10_240)
    found = [one for one in right_sizing(past, **SPAN) if one.resource == "memory"]
    assert [one.jobs_like for one in found] == ["b-lot", "a-little"]
    assert found[0].hours_saved == pytest.approx(5 * 10 * (102_400 - found[0].advised) / 1024)
    assert "10 of 100 GiB" in found[0].why
    assert "0.98 of 4 GiB" in found[1].why


def test_limits_that_are_too_long_by_most_come_first(past):
    for i in range(5):
        add(past, i, "01-05 00:00", 1, name="a-little", time_limit_s=3 * 3600)
        add(past, 10 + i, "01-05 00:00", 1, name="b-lot", time_limit_s=100 * 3600)
    assert [one.jobs_like for one in right_sizing(past, **SPAN)] == ["b-lot", "a-little"]
