from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history import history
from clausius_panel.queries.history_facets import history_facets
from tests.queries.history_kit import add
from tests.stores import filled


@filled
def past(store):
    """Five jobs of alice's on one cluster, three of bob's on one that is configured nowhere."""
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    for i in range(5):
        add(store, i, f"01-0{i + 1} 00:00", name=f"stage-{i}", campaign="c1")
    for i in range(5, 8):
        add(store, i, "02-01 00:00", cluster="gone", user_name="bob", state="FAILED")


def counted(facets, key) -> dict[str, int]:
    return {each.value: each.jobs for each in facets[key]}


def test_every_value_is_counted_most_frequent_first(past):
    facets = history_facets(past)
    assert list(counted(facets, "users").items()) == [("alice", 5), ("bob", 3)]
    assert counted(facets, "campaigns") == {"c1": 5}
    assert counted(facets, "clusters") == {"alpha": 5, "gone": 3}


def test_a_filter_narrows_the_other_facets_but_not_its_own(past):
    facets = history_facets(past, users=["bob"])
    assert counted(facets, "users") == {"alice": 5, "bob": 3}
    assert counted(facets, "states") == {"FAILED": 3}
    both = history_facets(past, users=["bob"], states=["failed"])
    assert counted(both, "users") == {"bob": 3}
    assert counted(both, "states") == {"FAILED": 3}


def test_a_text_narrows_all(past):
    facets = history_facets(past, text="stage")
    assert counted(facets, "states") == {"COMPLETED": 5}
    assert counted(facets, "users") == {"alice": 5}


def test_an_age_includes_the_shorter_ones_and_does_not_narrow_itself(past):
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    with past.write() as cur:
        cur.execute("UPDATE jobs SET submit_time = ?", [now - timedelta(days=4000)])
        cur.execute("UPDATE jobs SET submit_time = ? WHERE job_id = '1'", [now - timedelta(hours=2)])
        cur.execute("UPDATE jobs SET submit_time = ? WHERE job_id = '2'", [now - timedelta(days=3)])
    expected = {"1 day": 1, "7 days": 2, "30 days": 2, "90 days": 2, "1 year": 2}
    assert counted(history_facets(past), "age") == expected
    assert counted(history_facets(past, max_age_s=86_400), "age") == expected


def test_a_slip_is_refused(past):
    with pytest.raises(InvalidInput, match="alice"):
        history_facets(past, users=["nobody"])


def test_a_job_with_several_types_of_gpus_is_found_by_each_and_counts_for_each(past):
    add(past, 90, "04-01 00:00", gpus=2, gpu_type="a100,h100", partition="gpu,gpu-long")
    add(past, 91, "04-01 00:00", gpus=1, gpu_type="h100", partition="gpu-long")
    facets = history_facets(past, since=datetime(2026, 3, 30, tzinfo=UTC))
    assert counted(facets, "gpu_types") == {"a100": 1, "h100": 2}
    assert counted(facets, "partitions") == {"gpu": 1, "gpu-long": 2}
    assert {row.job_id for row in history(past, gpu_types=["h100"]).rows} == {"90", "91"}
    assert {row.job_id for row in history(past, gpu_types="a100").rows} == {"90"}
    assert "90" in {row.job_id for row in history(past, partitions=["gpu-long"]).rows}
    with pytest.raises(InvalidInput, match=r"there are: .*h100"):
        history(past, gpu_types=["a100,h100x"])
