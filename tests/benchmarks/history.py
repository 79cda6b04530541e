"""The history of a large cluster: 100,000 jobs merged, first and again, and the size of a store with a million."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from clausius_panel.store import Store
from clausius_panel.store.history_rows import merge_history

from .figure import Figure, median, peak_mb, spread
from .history_data import fill, history_arrow

__all__ = ["measure"]

JOBS = 1_000_000
BATCH = 100_000
ROUNDS = 3


def measure() -> list[Figure]:
    """Into a store that holds a million jobs of another cluster already."""
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        path = Path(directory) / "store.duckdb"
        store = Store.create(path)
        fill(store, JOBS)
        store.close()  # its last page is written
        megabytes = path.stat().st_size / 1e6
        first, again = [], []
        for number in range(ROUNDS):
            with store.read() as cur:
                table = history_arrow(cur, BATCH, cluster=f"sent{number}", seed=number + 2)
            for times, new in ((first, BATCH), (again, 0)):
                begun = time.perf_counter()
                with store.write() as cur:
                    count = merge_history(cur, table, evidence="ingest", at=datetime.now(UTC))
                times.append(time.perf_counter() - begun)
                if count.new != new:
                    raise AssertionError(f"{count} instead of {new} new jobs")
        store.close()
    how = f"into a store of {JOBS:,} jobs; peak memory of this process {peak_mb():.0f} MB, of it the batch itself"
    return [
        Figure(
            what="bytes of the store with 1,000,000 jobs, MB",
            value=megabytes,
            reach=80,
            how="a year of 300 users on 124 nodes, with usage; see history_data",
            digits=0,
        ),
        Figure(what="merging 100,000 jobs, s", value=median(first), reach=2, how=f"{spread(first)}; {how}"),
        Figure(what="the same again, s", value=median(again), reach=2, how=f"{spread(again)}; {how}"),
    ]
