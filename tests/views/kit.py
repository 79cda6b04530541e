"""What the tests of state and views share: jobs, a store filled by hand, and a page that shows it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clausius_panel import config
from clausius_panel import store as st
from clausius_panel.collector import LONGEST_PAUSE
from clausius_panel.model import Cluster, Job, Node
from clausius_panel.runtime import Runtime
from clausius_panel.store import ClusterState
from tests.stores import copied, empty

__all__ = ["a_job", "a_runtime", "fill", "pending", "serving"]

BEGUN = datetime.now(UTC).replace(microsecond=0)


def a_job(number: int, **facts: Any) -> Job:
    """A running job of alice, but for `facts`; a greater number was submitted earlier."""
    usual: dict[str, Any] = {
        "cluster": "alpha",
        "job_id": str(number),
        "job_id_raw": str(number),
        "submit_time": BEGUN - timedelta(seconds=number),
        "start_time": BEGUN - timedelta(minutes=1),
        "name": f"job-{number}",
        "user": "alice",
        "account": "nlp",
        "partition": "gpu",
        "state": "RUNNING",
        "nodes": 1,
        "cpus": 8,
        "elapsed_s": 60,
        "time_limit_s": 3600,
        "node_list": "gpu01",
    }
    return Job(**(usual | facts))


def pending(number: int, **facts: Any) -> Job:
    """A waiting job, but for `facts`."""
    waits = {"state": "PENDING", "reason": "Licenses", "start_time": None, "elapsed_s": 0, "node_list": ""}
    return a_job(number, **(waits | facts))


def a_runtime(directory: Path, *, content: bytes | None = None) -> Runtime:
    """A runtime on a store with the content of that file; without one, on a new store without clusters."""
    copied(content or empty(), directory / "data" / "clausius.duckdb")
    return Runtime(config.load(environ={}, file="/dev/null", data_dir=directory / "data"))


def fill(runtime: Runtime, jobs: list[Job], *, cluster: str = "alpha", **state: Any) -> None:
    """Write one cluster's answer as a poll would have; nothing asks the cluster itself for a long time."""
    at = datetime.now(UTC)
    known = ClusterState(
        cluster=cluster,
        user_name="alice",
        slurm_version="24.11.5",
        jobs_as_of=at,
        last_attempt=at - timedelta(minutes=1),
        next_attempt=at + LONGEST_PAUSE,
    )
    node = Node(cluster=cluster, name="gpu01", state="MIXED", gpus=8, gpus_alloc=4, gpu_type="h100")
    with runtime.store.write() as cur:
        st.put_cluster(cur, Cluster(name=cluster, kind="local", scope="everyone"))
        st.merge_queue(cur, cluster, [replace(job, cluster=cluster) for job in jobs], at=at)
        st.mark_left(cur, cluster, at=at)
        st.replace_nodes(cur, cluster, [node], [], at=at)
        st.put_cluster_state(cur, replace(known, **state))


@contextmanager
def serving(make: Callable[[], Any]) -> Iterator[str]:
    """The address of a page that Panel serves from a thread of its own."""
    import panel as pn

    started, found = threading.Event(), list[Any]()

    def run() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        server = pn.io.server.get_server({"/": make}, port=0, start=False, show=False, verbose=False)
        server.start()
        found.append(server)
        started.set()
        server.io_loop.start()

    thread = threading.Thread(target=run, name="served page", daemon=True)
    thread.start()
    assert started.wait(20), "the server did not start"
    server = found[0]
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.io_loop.add_callback(server.stop)
        server.io_loop.add_callback(server.io_loop.stop)
        thread.join(10)
