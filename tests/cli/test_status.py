from __future__ import annotations

import json

from tests.faces import CLUSTER, closed_port


def test_status_shows_each_cluster_under_the_fleet_in_one_line(common, run):
    result = run("status")
    assert result.exit_code == 0, result.output
    summary, header, line, ages = result.stdout.splitlines()
    assert summary == "2 running (16 GPUs) · 1 pending · 0 failed · 1 of 1 clusters up"
    assert header.split()[:2] == ["CLUSTER", "STATUS"]
    assert line.split()[:2] == [CLUSTER, "up"]
    assert ages.startswith(f"{CLUSTER} ")


def test_an_unreachable_cluster_is_told_with_its_reason_and_since_when(root, run):
    run("add-cluster", "gone", "127.0.0.1", "--port", str(closed_port()), "--no-test")
    result = run("status")
    assert result.exit_code == 1
    assert "1 of 2 clusters up" in result.stdout
    assert "gone     unreachable" in result.stdout
    assert "refused" in result.stdout
    assert "(since " in result.stdout


def test_status_as_json_has_counts_and_age(common, run):
    [report] = json.loads(run("status", "--json").stdout)["clusters"]
    assert report["cluster"] == CLUSTER
    assert report["up"] is True
    assert report["jobs"] == {"running": 2, "pending": 1}
    assert report["gpus"]["running"] == 16
    assert report["error"] == ""
