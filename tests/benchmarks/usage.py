"""The Usage and History pages on a year of 1,000,000 jobs, each board in a process of its own; and plain SQL.

`CLAUSIUS_BENCHMARK_MANY=10000000` also measures history pages on as many jobs, against those on 1,000,000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from clausius_panel.queries.efficiency import right_sizing
from clausius_panel.queries.history import history
from clausius_panel.queries.usage import usage_board
from clausius_panel.queries.usage_boxes import time_boxes
from clausius_panel.queries.waiting import estimate_errors, wait_times
from clausius_panel.store import Store

from .figure import Figure, median, peak_mb, spread, timed
from .history_data import fill

__all__ = ["measure"]

JOBS = 1_000_000
ROUNDS = 5
YEAR = {"start": date(2024, 1, 1), "end": date(2024, 12, 31), "tz": "Europe/Berlin"}
BOARDS = {
    "every chart by month": ({"period": "month"}, 1.0),
    "every chart by day, one year": ({"period": "day"}, 1.5),
    "every chart by day and user": ({"period": "day", "group": "user"}, 2.0),
}
PAGES: dict[str, dict[str, Any]] = {
    "no filter": {},
    "text in a name": {"text": "eval17"},
    "text in no job": {"text": "nosuchname"},
    "an id": {"text": "1500123"},
    "campaign": {"campaigns": ["eval17"]},
}
_LIMIT = """
    SELECT date_trunc('month', start_time), sum(elapsed_s * cpus), sum(elapsed_s * gpus), count(*),
           count(DISTINCT user_name),
           quantile_cont(epoch(start_time) - epoch(submit_time), [0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
    FROM jobs WHERE start_time IS NOT NULL GROUP BY 1
"""


def _board(path: Path, asked: dict[str, str]) -> dict[str, float]:
    """In a process of its own: seconds of one board, imports apart, and the peak of memory in MB."""
    import pandas  # noqa: F401 - a page has loaded it long since

    store = Store.open(path)
    seconds = timed(lambda: usage_board(store, **YEAR, **asked))
    store.close()
    return {"seconds": seconds, "mb": peak_mb()}


def _boards(path: Path) -> list[Figure]:
    figures, peak = [], 0.0
    for what, (asked, reach) in BOARDS.items():
        runs = []
        for _ in range(ROUNDS):
            command = [sys.executable, "-m", "tests.benchmarks.usage", str(path), json.dumps(asked)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
            runs.append(json.loads(done.stdout))
        seconds = [run["seconds"] for run in runs]
        peak = max(peak, *(run["mb"] for run in runs))
        how = f"{spread(seconds)}, each cold in a process of its own"
        figures.append(Figure(what=f"{JOBS:,} jobs, {what}, seconds", value=median(seconds), reach=reach, how=how))
    how = "the greatest of all those processes"
    return [*figures, Figure(what="peak memory of a board, MB", value=peak, reach=700, how=how, digits=0)]


def _pages(store: Store) -> dict[str, list[float]]:
    history(store)  # the file is opened
    return {
        what: [timed(lambda asked=asked: history(store, limit=50, **asked)) for _ in range(ROUNDS)]
        for what, asked in PAGES.items()
    }


def _limit(store: Store) -> float:
    """One query in plain SQL: sums, users and percentiles of waiting times by month."""
    with store.read() as cur:
        return median([timed(lambda: cur.execute(_LIMIT).fetchall()) for _ in range(ROUNDS)])


def _more(store: Store) -> None:
    """What the tabs "Waiting and running" and "Efficiency" show beside the charts that a board has."""
    time_boxes(store, **YEAR)
    wait_times(store, by="hour_of_week", **YEAR)
    estimate_errors(store, **YEAR)
    right_sizing(store, **YEAR)


def measure() -> list[Figure]:
    """Boards and pages on 1,000,000 jobs; pages on more of them on demand."""
    with tempfile.TemporaryDirectory(prefix="clausius-usage-") as root:
        store = Store.create(Path(root) / "some.duckdb")
        fill(store, JOBS)
        figures = _boards(store.path)
        more = [timed(lambda: _more(store)) for _ in range(ROUNDS)]
        figures.append(
            Figure(
                what=f"{JOBS:,} jobs, what tabs ask besides: boxes, hours of the week, estimates, advice, seconds",
                value=median(more),
                reach=None,
                how=spread(more),
            )
        )
        plain = _limit(store)
        figures.append(
            Figure(what="plain SQL: one such chart by month, seconds", value=plain, reach=None, how="DuckDB")
        )
        few = _pages(store)
        store.close()
        for what, samples in few.items():
            name = f"history, 50 rows of {JOBS:,}: {what}, ms"
            figures.append(
                Figure(what=name, value=1000 * median(samples), reach=60, how=spread(samples), digits=0)
            )
        if many := int(os.environ.get("CLAUSIUS_BENCHMARK_MANY", "0")):
            figures += _many(Path(root) / "many.duckdb", many, few)
    return figures


def _many(path: Path, jobs: int, few: dict[str, list[float]]) -> list[Figure]:
    store = Store.create(path)
    fill(store, jobs)
    found = []
    for what, samples in _pages(store).items():
        reach = None if what == "text in no job" else 3.0  # nothing to find is a search of everything
        name = f"history, {jobs:,} / {JOBS:,} jobs: {what}"
        found.append(
            Figure(what=name, value=median(samples) / median(few[what]), reach=reach, how=spread(samples))
        )
    store.close()
    return found


if __name__ == "__main__":
    print(json.dumps(_board(Path(sys.argv[1]), json.loads(sys.argv[2]))))
