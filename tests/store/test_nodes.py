from datetime import UTC, datetime

import pytest

from clausius_panel.model import Node, Partition
from clausius_panel.store import replace_nodes

AT = datetime(2026, 1, 1, tzinfo=UTC)
NODE = Node(
    cluster="alpha",
    name="gpu01",
    state="MIXED",
    flags=("DRAIN", "MAINT"),
    reason="it's \udcff broken",
    partitions=("gpu", "all"),
    features=(),
    cpus=64,
    cpus_alloc=8,
    memory_mib=512_000,
    memory_alloc_mib=1000,
    gpus=8,
    gpus_alloc=3,
    gpu_type="h100",
    gres="gpu:h100:8(S:0-1)",
    gres_used="gpu:h100:3(IDX:0-2)",
)
PARTITION = Partition(
    cluster="alpha", name="gpu", state="UP", is_default=True, time_limit_s=86400, nodes=4, nodes_idle=1, gpus=32
)


def rows(store, table, *columns):
    with store.read() as cur:
        return cur.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY cluster, name").fetchall()


def put(store, cluster, nodes, partitions=(), at=AT):
    with store.write() as cur:
        replace_nodes(cur, cluster, nodes, partitions, at=at)


def test_a_node_comes_back_as_it_was(store):
    put(store, "alpha", [NODE])
    [row] = rows(store, "nodes", *Node.__dataclass_fields__, "as_of")
    back = [tuple(value) if isinstance(value, list) else value for value in row[:-1]]
    assert back == [
        "it's \ufffd broken" if field == "reason" else getattr(NODE, field) for field in Node.__dataclass_fields__
    ]
    assert row[-1] == AT.replace(tzinfo=None)


@pytest.mark.parametrize("limit", [86400, None])
def test_a_partition_comes_back_as_it_was(store, limit):
    partition = Partition(cluster="alpha", name="gpu", state="UP", is_default=True, time_limit_s=limit, gpus=32)
    put(store, "alpha", [], [partition])
    [row] = rows(store, "partitions", *Partition.__dataclass_fields__)
    assert row == tuple(getattr(partition, field) for field in Partition.__dataclass_fields__)


def test_the_new_picture_replaces_the_old_one_of_that_cluster_only(store):
    put(store, "alpha", [NODE], [PARTITION])
    put(store, "beta", [Node(cluster="beta", name="b1", state="IDLE")])
    put(store, "alpha", [Node(cluster="alpha", name="gpu02", state="IDLE")], [])
    assert rows(store, "nodes", "cluster", "name") == [("alpha", "gpu02"), ("beta", "b1")]
    assert rows(store, "partitions", "name") == []


def test_a_node_told_twice_is_one_row(store):
    put(store, "alpha", [NODE, Node(cluster="alpha", name="gpu01", state="DOWN")])
    assert rows(store, "nodes", "name", "state") == [("gpu01", "DOWN")]
