"""The board with 5,000 jobs until its first row can be read, against an empty panel-material-ui Page.

Both are opened in a new browser context with nothing cached, in turn, from servers that have served once before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clausius_panel.model import Cluster, Job
from clausius_panel.store import ClusterState, Store, merge_queue, put_cluster, put_cluster_state

from .figure import Figure, median, spread
from .served import chromium, first_line_matching, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["measure"]

JOBS = 5_000
ROUNDS = 5
EMPTY = """
import panel as pn, panel_material_ui as pmui, sys

pn.extension()
server = pn.serve({"/": lambda: pmui.Page(title="Empty", main=["nothing here"])}, port=0, show=False, start=False)
server.start()
print(f"at http://127.0.0.1:{server.port}/", file=sys.stderr, flush=True)
server.io_loop.start()
"""


def _fill(path: Path) -> None:
    now = datetime.now(UTC)
    job = Job(
        cluster="alpha",
        job_id="1",
        job_id_raw="1",
        submit_time=now,
        user="alice",
        partition="gpu",
        state="PENDING",
        reason="Priority",
        gpus=4,
        gpu_type="h100",
    )
    jobs = [
        replace(job, job_id=str(number), job_id_raw=str(number), name=f"llm7b_sweep_r{number}")
        for number in range(1, JOBS + 1)
    ]
    store = Store.create(path)
    with store.write() as cur:
        put_cluster(cur, Cluster(name="alpha", kind="local"))
        merge_queue(cur, "alpha", jobs, at=now)
        # nothing is asked of a cluster that is backed off: only what is in the store is drawn
        later = now.replace(year=now.year + 1)
        state = ClusterState(
            cluster="alpha", jobs_as_of=now, nodes_as_of=now, last_attempt=now, next_attempt=later
        )
        put_cluster_state(cur, state)
    store.close()


@contextmanager
def _empty_page() -> Iterator[str]:
    command = [sys.executable, "-c", EMPTY]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield first_line_matching(server, r"at (http://\S+)")[1]
        finally:
            server.terminate()


def _seconds_until(browser: Browser, address: str, selector: str) -> float:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(address)
    page.locator(selector).first.wait_for(state="visible", timeout=60_000)
    took = time.perf_counter() - begun
    context.close()
    return took


def measure() -> list[Figure]:
    """Medians of cold page loads."""
    board: list[float] = []
    empty: list[float] = []
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        _fill(Path(directory) / "clausius.duckdb")
        environment = dict(os.environ)
        with (
            serve(directory=Path(directory), environment=environment) as served,
            _empty_page() as empty_page,
            chromium() as browser,
        ):
            for _ in range(ROUNDS + 1):
                board.append(_seconds_until(browser, served.page, "text=llm7b_sweep_r"))
                empty.append(_seconds_until(browser, empty_page, "text=nothing here"))
    return [
        Figure(
            what=f"board with {JOBS:,} jobs, first row to read / an empty panel-material-ui Page",
            value=median(board[1:]) / median(empty[1:]),
            reach=1.5,
            how=f"board {spread(board[1:])}; empty page {spread(empty[1:])}; nothing cached in the browser",
        )
    ]
