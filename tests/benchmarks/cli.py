"""`clausius jobs` on a warm store as a whole process, against `python -c "import duckdb"`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clausius_panel.model import Cluster, Job
from clausius_panel.store import ClusterState, Store, merge_queue, put_cluster, put_cluster_state

from .figure import Figure, median, spread, timed

__all__ = ["measure"]

ROUNDS = 9
JOBS = 300


def _fill(path: Path) -> None:
    """A store whose one cluster answered just now, so that the command asks nobody."""
    now = datetime.now(UTC)
    job = Job(cluster="alpha", job_id="1", job_id_raw="1", submit_time=now, name="llm7b_sft_r1", state="RUNNING")
    jobs = [replace(job, job_id=str(number), job_id_raw=str(number)) for number in range(1, JOBS + 1)]
    store = Store.create(path)
    with store.write() as cur:
        put_cluster(cur, Cluster(name="alpha", host="login.invalid"))
        merge_queue(cur, "alpha", jobs, at=now)
        put_cluster_state(cur, ClusterState(cluster="alpha", jobs_as_of=now, nodes_as_of=now, last_attempt=now))
    store.close()


def measure() -> list[Figure]:
    """Medians of whole processes, in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    run_cli = [sys.executable, "-c", "from clausius_panel.cli import main; raise SystemExit(main())", "jobs"]
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        _fill(Path(directory) / "clausius.duckdb")
        environment = {**os.environ, "CLAUSIUS_DATA_DIR": directory}

        def run(*words: str) -> None:
            done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True, timeout=60)
            if words[-1] == "jobs" and "llm7b_sft_r1" not in done.stdout:
                raise AssertionError(f"no jobs were shown: {done.stdout[:500]}{done.stderr[:500]}")

        run(*run_cli)  # both are compiled and in the page cache
        for _ in range(ROUNDS):
            ours.append(timed(lambda: run(*run_cli)))
            theirs.append(timed(lambda: run(sys.executable, "-c", "import duckdb")))
    return [
        Figure(
            what="clausius jobs on a warm store, whole process / python -c 'import duckdb'",
            value=median(ours) / median(theirs),
            reach=3.0,
            how=f"clausius jobs {spread(ours)} with {JOBS} jobs; import duckdb {spread(theirs)}",
        )
    ]
