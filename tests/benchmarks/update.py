"""What travels to a browser when 50 of 5,000 jobs change, against all that the board shows sent at once.

The bytes are those of the page's web socket, as Chromium received them. The table has its longest page; the jobs
that change lie evenly over the whole list.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from clausius_panel.model import Cluster, Job
from clausius_panel.store import ClusterState, Store, merge_queue, put_cluster, put_cluster_state

from .figure import Figure, Unmeasured, median
from .served import chromium, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

__all__ = ["measure"]

JOBS = 5_000
CHANGES = 50
ROWS = 250
ROUNDS = 5
QUIET_S = 2.5
LONGEST_S = 30.0


def _jobs(now: datetime, *, changed: int = 0) -> list[Job]:
    """Half of them run. In each round `changed` every hundredth waits for something else, or has another node."""
    usual = {
        "cluster": "alpha",
        "user": "alice",
        "account": "nlp",
        "partition": "gpu",
        "gpus": 4,
        "gpu_type": "h100",
    }
    every = JOBS // CHANGES
    made = []
    for number in range(1, JOBS + 1):
        turn = changed if number % every == 0 else 0
        runs = number <= JOBS // 2
        made.append(
            Job(
                job_id=str(number),
                job_id_raw=str(number),
                submit_time=now - timedelta(hours=2, seconds=number),
                start_time=now - timedelta(hours=1) if runs else None,
                elapsed_s=3600 if runs else 0,
                time_limit_s=86_400,
                name=f"llm7b_sweep_r{number}",
                state="RUNNING" if runs else "PENDING",
                reason="" if runs else ("Resources" if turn % 2 else "Priority"),
                node_list=f"gpu{number % 97 + turn:03}" if runs else "",
                nodes=1,
                **usual,  # type: ignore[arg-type]
            )
        )
    return made


def _write(store: Store, begun: datetime, *, changed: int) -> None:
    """One poll's worth: time has gone on for those that run."""
    now = datetime.now(UTC)
    gone = int((now - begun).total_seconds())
    jobs = [
        replace(job, elapsed_s=job.elapsed_s + gone) if job.start_time else job
        for job in _jobs(begun, changed=changed)
    ]
    later = now.replace(year=now.year + 1)
    with store.write() as cur:
        put_cluster(cur, Cluster(name="alpha", kind="local"))
        merge_queue(cur, "alpha", jobs, at=now)
        # nothing is asked of a cluster that is backed off: only what is in the store is drawn
        put_cluster_state(cur, ClusterState(cluster="alpha", jobs_as_of=now, last_attempt=now, next_attempt=later))


class _Socket:
    """Counts what comes over a page's web socket."""

    def __init__(self, page: Page) -> None:
        self.page, self.bytes, self.last = page, 0, time.monotonic()
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.bytes += len(payload.encode() if isinstance(payload, str) else payload)
        self.last = time.monotonic()

    def during(self, act: Callable[[], object]) -> int:
        """Bytes that come because of it, until none has come for a while."""
        before, begun = self.bytes, time.monotonic()
        act()
        while self.bytes == before or time.monotonic() - self.last < QUIET_S:
            if time.monotonic() - begun > LONGEST_S:
                raise Unmeasured(f"the page did not come to rest within {LONGEST_S:.0f} s")
            self.page.wait_for_timeout(100)
        return self.bytes - before


def measure() -> list[Figure]:
    """Bytes of an update and of everything."""
    whole: list[float] = []
    update: list[float] = []
    begun = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        store = Store.create(Path(directory) / "clausius.duckdb")
        _write(store, begun, changed=0)
        with serve(directory=Path(directory), environment=dict(os.environ)) as served, chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            socket = _Socket(page)
            address = f"{served.page}&rows={ROWS}"
            socket.during(lambda: page.goto(address))
            for turn in range(1, ROUNDS + 1):
                # another page of the same length is everything but cards and filters: they are taken as free
                whole.append(socket.during(lambda: page.keyboard.press("]")))
                socket.during(lambda: page.keyboard.press("["))
                update.append(socket.during(lambda turn=turn: _write(store, begun, changed=turn)))  # type: ignore[misc]
            page.close()
        store.close()
    return [
        Figure(
            what=f"bytes to the browser when {CHANGES} of {JOBS:,} jobs change / a whole page of {ROWS} rows",
            value=median(update) / median(whole),
            reach=0.05,
            digits=3,
            how=f"update {median(update):,.0f} bytes ({min(update):,.0f}-{max(update):,.0f}), whole "
            f"{median(whole):,.0f}; web socket frames in Chromium, n={ROUNDS}",
        )
    ]
