from __future__ import annotations

import json
from pathlib import Path

from clausius_panel.queries import cluster_configs
from clausius_panel.store import Store
from tests.faces import CLUSTER, closed_port


def configured(root: Path) -> list[str]:
    return [cluster.name for cluster in cluster_configs(Store.open(root / "data" / "clausius.duckdb"))]


def test_a_cluster_is_added_and_tested(root, run):
    result = run(
        "add-cluster", "second", "--local", "--slurm-path", str(root / "slurm"), "--description", "Test bed"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("added second\nsecond: connected as ")
    assert "Slurm 23.11.10" in result.stdout
    assert configured(root) == [CLUSTER, "second"]


def test_a_cluster_that_cannot_be_reached_is_kept_with_exit_code_1_and_one_line(root, run):
    result = run("add-cluster", "gone", "127.0.0.1", "--port", str(closed_port()))
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "gone" in line
    assert "refused" in line
    assert configured(root) == [CLUSTER, "gone"]


def test_without_the_test_not_even_the_host_is_looked_up(root, run):
    assert run("add-cluster", "later", "nosuchhost.invalid", "--no-test").exit_code == 0
    assert configured(root) == [CLUSTER, "later"]


def test_update_changes_what_is_given_and_nothing_else(root, run):
    assert run("update-cluster", CLUSTER, "--description", "ours", "--no-test").exit_code == 0
    [config] = json.loads(run("list-clusters", "--json").stdout)["configs"]
    assert config["description"] == "ours"
    assert config["scope"] == "everyone"
    assert config["slurm_path"] == str(root / "slurm")


def test_list_shows_clusters_without_asking_them(root, run):
    result = run("list-clusters")
    assert result.stdout.splitlines()[1].split()[:3] == [CLUSTER, "this", "host"]
    assert not (root / "slurm" / "calls.log").exists()


def test_remove_asks_and_forgets(root, run):
    refused = run("remove-cluster", CLUSTER, answer="n\n")
    assert refused.exit_code == 1
    assert configured(root) == [CLUSTER]
    assert run("remove-cluster", CLUSTER, answer="y\n").exit_code == 0
    assert configured(root) == []
    assert "no cluster is configured yet" in run("list-clusters").stdout


def test_read_only_mode_refuses_to_change_clusters(root, run):
    run("set", "read_only", "true")
    for words in (
        ["add-cluster", "new", "--local", "--no-test"],
        ["update-cluster", CLUSTER, "--user", "al", "--no-test"],
        ["remove-cluster", CLUSTER, "--yes"],
    ):
        result = run(*words)
        assert result.exit_code == 1
        assert "read-only" in result.stderr
    assert configured(root) == [CLUSTER]
