"""A store with two clusters and a handful of jobs, as two polls would have left it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel import store as st
from clausius_panel.model import Cluster, Job, Node
from clausius_panel.store import ClusterState, Store
from tests.stores import Shelf, content_after, filled

NOW = datetime.now(UTC).replace(microsecond=0)


def a_job(job_id: str, **facts: object) -> Job:
    """A job of alice's on alpha, submitted an hour ago, but for `facts`."""
    raw = job_id.partition("_")[0].partition("+")[0]
    usual = {
        "cluster": "alpha",
        "job_id": job_id,
        "job_id_raw": raw,
        "submit_time": NOW - timedelta(hours=1),
        "name": f"job-{raw}",
        "user": "alice",
        "account": "nlp",
        "partition": "gpu",
        "state": "RUNNING",
        "start_time": NOW - timedelta(minutes=30),
    }
    return Job(**{**usual, **facts})  # type: ignore[arg-type]


@pytest.fixture
def now() -> datetime:
    """The time of the last poll."""
    return NOW


def _poll_twice(store: Store) -> None:
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", host="alpha-login", user="alice"))
        st.put_cluster(cur, Cluster(name="beta", host="beta-login", scope="everyone"))
        st.merge_queue(
            cur,
            "alpha",
            [
                a_job("1", name="llm_pretrain_main", gpus=16, nodes=2, gpu_type="h100"),
                a_job("2", state="PENDING", reason="Resources", gpus=8, start_time=None, name="50%_off 'quoted'"),
                a_job("3_[5-9%2]", state="PENDING", reason="Priority", user="bob", account="vision"),
            ],
            at=NOW,
        )
        st.merge_ended(
            cur,
            "alpha",
            [
                a_job("10", state="FAILED", exit_code="1:0", end_time=NOW - timedelta(hours=2)),
                a_job("11", state="OUT_OF_MEMORY", end_time=NOW - timedelta(hours=3)),
                a_job(
                    "12", state="COMPLETED", end_time=NOW - timedelta(days=3), submit_time=NOW - timedelta(days=4)
                ),
            ],
            at=NOW,
        )
        st.merge_queue(cur, "beta", [a_job("7", cluster="beta", user="bob", partition="batch")], at=NOW)
        st.put_cluster_state(cur, ClusterState(cluster="alpha", user_name="alice", jobs_as_of=NOW))
        st.put_cluster_state(
            cur,
            ClusterState(
                cluster="beta",
                user_name="bob",
                jobs_as_of=NOW - timedelta(minutes=12),
                last_error="beta-login: connection refused",
                error_kind="unreachable",
                error_since=NOW - timedelta(minutes=11),
                failures=3,
            ),
        )
        nodes = [
            Node(cluster="alpha", name="gpu01", state="MIXED", gpus=8, gpus_alloc=6, gpu_type="h100"),
            Node(cluster="alpha", name="gpu02", state="IDLE", flags=("DRAIN",), gpus=8, gpu_type="h100"),
            Node(cluster="alpha", name="cpu01", state="ALLOCATED"),
        ]
        st.replace_nodes(cur, "alpha", nodes, [], at=NOW)
        for seconds in (0, 30, 60):
            at = NOW - timedelta(seconds=seconds)
            st.record_poll(cur, "alpha", at=at, commands=2, answer_bytes=1, duration_s=0.1, error_kind="")


_polled = functools.cache(lambda: content_after(_poll_twice))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    shelf = Shelf(Path(tmp_path_factory.mktemp("shelf")), base=_polled())
    yield shelf
    shelf.close()


@filled
def store(_: Store) -> None:
    """As the polls have left it."""
