from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clausius_panel.errors import StoreError, UnknownCluster
from clausius_panel.model import Cluster, Job, Node
from clausius_panel.store import (
    ClusterState,
    delete_cluster,
    get_cluster,
    list_clusters,
    merge_queue,
    put_cluster,
    put_cluster_state,
    replace_nodes,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALPHA = Cluster(
    name="alpha", host="login.alpha", port=2222, user="alice", proxy_jump="a@b:22,c", description="it's é 🚀"
)
BETA = Cluster(name="beta", kind="local", scope="everyone")


def put(store, *clusters):
    with store.write() as cur:
        for cluster in clusters:
            put_cluster(cur, cluster)


def count(store, table):
    with store.read() as cur:
        return cur.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def test_clusters_come_back_as_they_were_in_the_order_of_their_adding(store):
    put(store, BETA, ALPHA)
    assert list_clusters(store) == [BETA, ALPHA]
    assert get_cluster(store, "alpha") == ALPHA


def test_a_changed_cluster_keeps_its_place(store):
    put(store, BETA, ALPHA, replace(BETA, description="new"))
    assert [(cluster.name, cluster.description) for cluster in list_clusters(store)] == [
        ("beta", "new"),
        ("alpha", ALPHA.description),
    ]


def test_a_list_that_the_caller_changes_is_the_callers_own(store):
    put(store, ALPHA)
    list_clusters(store).clear()
    assert list_clusters(store) == [ALPHA]


def test_an_unknown_cluster_is_told_with_those_there_are(store):
    put(store, ALPHA)
    with pytest.raises(UnknownCluster, match="known clusters: alpha"):
        get_cluster(store, "nope")
    with pytest.raises(UnknownCluster, match="known clusters: alpha"), store.write() as cur:
        delete_cluster(cur, "nope")


@pytest.mark.parametrize(("history", "jobs"), [(False, 1), (True, 0)])
def test_a_deleted_cluster_leaves_its_history_unless_asked(store, history, jobs):
    put(store, ALPHA, BETA)
    with store.write() as cur:
        put_cluster_state(cur, ClusterState(cluster="alpha"))
        replace_nodes(cur, "alpha", [Node(cluster="alpha", name="n", state="IDLE")], [], at=NOW)
        merge_queue(cur, "alpha", [Job(cluster="alpha", job_id="1", job_id_raw="1", submit_time=NOW)], at=NOW)
        delete_cluster(cur, "alpha", history=history)
    assert list_clusters(store) == [BETA]
    assert [count(store, table) for table in ("jobs", "nodes", "cluster_state")] == [jobs, 0, 0]
    with store.read() as cur:
        states = cur.execute("SELECT DISTINCT in_queue, state FROM jobs").fetchall()
    assert states == ([(False, "UNKNOWN")] if jobs else [])  # nobody asks any more what becomes of them


def test_fields_of_another_version_are_left_out(store):
    put(store, ALPHA)
    with store.write() as cur:
        cur.execute("""UPDATE clusters SET config = '{"name": "alpha", "host": "h", "mood": "good"}'""")
    assert list_clusters(store) == [Cluster(name="alpha", host="h")]


@pytest.mark.parametrize(
    "config", ['{"name": "alpha", "host": "-oProxyCommand=x"}', '{"name": "alpha"}', "[1]", "3"]
)
def test_a_configuration_that_cannot_be_right_is_told_and_not_used(store, config):
    put(store, ALPHA)
    with store.write() as cur:
        cur.execute("UPDATE clusters SET config = ?", [config])
    with pytest.raises(StoreError, match="alpha cannot be read"):
        list_clusters(store)
