from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.queries import cluster_status
from clausius_panel.runtime import Runtime
from clausius_panel.views.cluster_card import card, fleet_summary
from tests.views.kit import a_job, a_runtime, fill, pending


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def test_a_card_says_what_is_there_and_what_is_free(runtime: Runtime):
    fill(runtime, [a_job(1, gpus=4), pending(2, gpus=2), a_job(3, state="FAILED")])
    [status] = cluster_status(runtime.store)
    shown = card(status, asking=False, interval_s=30)
    counts = {item["family"]: (item["jobs"], item["gpus"]) for item in shown["counts"]}
    assert counts == {"running": (1, 4), "pending": (1, 2), "failed": (1, 0)}
    assert (shown["gpus_idle"], shown["gpus"], shown["gpus_used"], shown["gpu_type"]) == (4, 8, 4, "H100")
    assert (shown["login"], shown["version"], shown["problem"]) == ("alice@this host", "Slurm 24.11.5", "")


def test_rare_families_are_shown_only_where_there_are_any(runtime: Runtime):
    fill(runtime, [a_job(1, state="SUSPENDED"), a_job(2, state="COMPLETED")])
    shown = card(cluster_status(runtime.store)[0], asking=False, interval_s=30)
    assert [item["family"] for item in shown["counts"]] == ["running", "pending", "failed", "held"]


def test_a_cluster_that_is_down_says_what_failed_since_when_and_when_it_is_tried_again(runtime: Runtime):
    since = datetime.now(UTC) - timedelta(minutes=12)
    fill(runtime, [a_job(1)], last_error="connection refused", error_kind="unreachable", error_since=since)
    shown = card(cluster_status(runtime.store)[0], asking=True, interval_s=30)
    assert (shown["problem"], shown["error"], shown["asking"]) == ("cannot be reached", "connection refused", True)
    assert shown["since"] == pytest.approx(since.timestamp(), abs=1)
    assert shown["next"] is not None
    assert shown["as_of"] is not None


def test_the_next_try_is_told_as_it_will_be_also_where_the_data_are_young(runtime: Runtime):
    soon = datetime.now(UTC) + timedelta(seconds=15)
    fill(runtime, [a_job(1)], last_error="no route", error_kind="unreachable", next_attempt=soon)
    [status] = cluster_status(runtime.store)
    assert card(status, asking=False, interval_s=10)["next"] == pytest.approx(soon.timestamp(), abs=0.01)
    assert card(status, asking=False, interval_s=300)["next"] == pytest.approx(soon.timestamp() + 285, abs=5)


def test_the_fleet_is_one_line(runtime: Runtime):
    assert fleet_summary([]) == "no cluster yet"
    fill(runtime, [a_job(1, gpus=1), pending(2)])
    assert (
        fleet_summary(cluster_status(runtime.store)) == "1 running (1 GPU) · 1 pending · 0 failed · 1 cluster up"
    )
    fill(runtime, [], cluster="beta", last_error="no route", error_kind="unreachable")
    assert fleet_summary(cluster_status(runtime.store)).endswith("1 of 2 clusters up")
