from datetime import timedelta

import pytest

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.errors import UnknownCluster
from clausius_panel.model import Cluster


def test_status_counts_jobs_gpus_and_nodes(store, now):
    [alpha, beta] = queries.cluster_status(store, now=now + timedelta(seconds=4))
    assert (alpha.jobs["running"], alpha.gpus["running"]) == (1, 16)
    assert (alpha.nodes, alpha.nodes_available) == (3, 1)
    assert (alpha.gpus_total, alpha.gpus_idle, alpha.gpu_type) == (16, 2, "h100")
    assert beta.jobs == {"running": 1}


def test_gpus_of_a_drained_node_are_not_idle(store):
    [alpha, _] = queries.cluster_status(store)
    assert alpha.gpus_idle == 2


def test_status_says_how_old_it_is_and_why(store, now):
    [alpha, beta] = queries.cluster_status(store, now=now)
    assert alpha.is_up
    assert alpha.freshness.age_s(now) == 0
    assert not beta.is_up
    assert beta.freshness.age_s(now) == 720
    assert beta.freshness.error == "beta-login: connection refused"
    assert beta.freshness.error_since == now - timedelta(minutes=11)


def test_commands_per_minute_are_a_mean_of_what_was_run(store, now):
    [alpha, beta] = queries.cluster_status(store, now=now + timedelta(seconds=1))
    assert alpha.commands_per_min == pytest.approx(5.9, abs=0.2)
    assert beta.commands_per_min == 0


def test_a_cluster_never_asked_has_no_data_and_no_error(store):
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="gamma", host="gamma-login"))
    status = queries.cluster_status(store, clusters=["gamma"])[0]
    assert (status.freshness.as_of, status.freshness.source, status.freshness.error) == (None, "none", "")
    assert not status.is_up


def test_clusters_keep_their_configured_order(store):
    assert [cluster.name for cluster in queries.cluster_configs(store)] == ["alpha", "beta"]


def test_an_unknown_name_is_refused(store):
    with pytest.raises(UnknownCluster, match="alpha, beta"):
        queries.cluster_status(store, clusters=["alpha", "nosuch"])
