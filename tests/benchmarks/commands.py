"""What we cost a cluster: commands in the first minute and per minute after it, for one viewer and for a crowd.

One viewer is a browser with the board of two real clusters. The crowd is ten of them, a notebook that asks for its
DataFrame every 5 s, and an agent that asks over MCP every 5 s. Counted are the Slurm commands that the store has
recorded of each poll.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clausius_panel.store import Store, put_cluster

from .figure import Figure
from .on_bed import bed_cluster, bed_config
from .served import Served, chromium, serve

__all__ = ["measure"]

SECONDS = 180
BROWSERS = 10
NOTEBOOK = """
import sys, time
import clausius_panel as cp

with cp.Fleet() as fleet:
    while True:
        fleet.jobs()
        time.sleep(5)
"""


async def _agent(served: Served, ended: threading.Event) -> None:
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    http = create_mcp_http_client(headers={"Authorization": f"Bearer {served.token}"})
    async with Client(streamable_http_client(f"{served.api}/mcp", http_client=http)) as client:
        while not ended.is_set():
            answer = await client.call_tool("list_jobs", {})
            if answer.is_error:
                raise AssertionError(f"list_jobs: {answer.content}")
            await asyncio.sleep(5)


@contextmanager
def _others(served: Served, environment: dict[str, str]) -> Iterator[None]:
    """The notebook and the agent."""
    ended = threading.Event()
    agent = threading.Thread(target=lambda: asyncio.run(_agent(served, ended)))
    with subprocess.Popen([sys.executable, "-c", NOTEBOOK], env=environment) as notebook:
        agent.start()
        try:
            yield
            if notebook.poll() is not None or not agent.is_alive():
                raise AssertionError("the notebook or the agent ended too early")
        finally:
            ended.set()
            notebook.terminate()
            agent.join(timeout=30)


def _counts(directory: Path, begun: datetime) -> tuple[list[int], list[int]]:
    """Commands of each cluster in the first minute, and in all minutes after it together."""
    naive = begun.replace(tzinfo=None)
    sql = """
        SELECT cluster, coalesce(sum(commands) FILTER (WHERE at_time < ?), 0),
               coalesce(sum(commands) FILTER (WHERE at_time >= ?), 0)
        FROM polls GROUP BY cluster ORDER BY cluster
    """
    minute = naive + timedelta(seconds=60)
    store = Store.open(directory / "clausius.duckdb")
    with store.read() as cur:
        rows = cur.execute(sql, [minute, minute]).fetchall()
    store.close()
    return [int(row[1]) for row in rows], [int(row[2]) for row in rows]


def _watch(browsers: int, *, others: bool) -> tuple[list[int], list[int]]:
    clusters = [bed_cluster(on, on) for on in ("alpha", "beta")]
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as name:
        directory = Path(name)
        config = bed_config(directory, clusters)
        store = Store.create(directory / "clausius.duckdb")
        with store.write() as cur:
            for cluster in clusters:
                put_cluster(cur, cluster)
        store.close()
        environment = {
            **os.environ,
            "CLAUSIUS_DATA_DIR": name,
            "CLAUSIUS_KNOWN_HOSTS": str(config.known_hosts_files[0]),
            "CLAUSIUS_SSH_CONFIG": str(config.ssh_config_file),
        }
        with ExitStack() as stack:
            served = stack.enter_context(serve(directory=directory, environment=environment))
            browser = stack.enter_context(chromium())
            begun = datetime.now(UTC)
            end = time.monotonic() + SECONDS
            if others:
                stack.enter_context(_others(served, environment))
            pages = [browser.new_context().new_page() for _ in range(browsers)]
            for page in pages:
                page.goto(served.page)
                page.locator("text=llm7b_").first.wait_for(timeout=60_000)
            while (left := end - time.monotonic()) > 0:
                pages[0].wait_for_timeout(min(left, 5) * 1000)
        return _counts(directory, begun)


def measure() -> list[Figure]:
    """The worse of the two clusters."""
    first, later = _watch(1, others=False)
    crowd_first, crowd_later = _watch(BROWSERS, others=True)
    minutes = SECONDS / 60 - 1
    alone = sum(first) + sum(later)
    crowd = sum(crowd_first) + sum(crowd_later)
    seen = f"alpha and beta: {first} in the first minute, {later} in the {minutes:g} after it"
    crowded = (
        f"one viewer {alone}, crowd {crowd} commands in {SECONDS} s; crowd: {crowd_first}, then {crowd_later}"
    )
    return [
        Figure(what="commands per cluster in the first minute", value=max(first), reach=6, how=seen, digits=0),
        Figure(
            what="commands per cluster and minute after it",
            value=max(later) / minutes,
            reach=4,
            how=seen,
            digits=1,
        ),
        Figure(
            what=f"the same with {BROWSERS} browsers, a notebook and an agent / one viewer",
            value=crowd / alone,
            reach=1.0,
            how=crowded,
        ),
    ]
