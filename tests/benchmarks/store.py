"""Four processes that read and write one store for a minute: nothing lost, no error, and how long each waits."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from clausius_panel.errors import ClausiusError
from clausius_panel.model import Job
from clausius_panel.queries import count_jobs
from clausius_panel.store import Store, merge_queue

from .figure import Figure, p95, spread

__all__ = ["measure"]

PROCESSES = 4
SECONDS = 60
BATCH = 50
WRITES_IN_5 = 1
"""One act in five is a write, as with a few windows and a collector."""


def work(path: Path, me: int, seconds: float) -> dict[str, object]:
    """What one process does, and what became of it."""
    rng = random.Random(me)
    store = Store.open(path)
    reads: list[float] = []
    writes: list[float] = []
    errors: list[str] = []
    written = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.perf_counter()
        try:
            if rng.randrange(5) < WRITES_IN_5:
                _write(store, me, written)
                written += BATCH
                writes.append(time.perf_counter() - begun)
            else:
                count_jobs(store)
                reads.append(time.perf_counter() - begun)
        except ClausiusError as exc:
            errors.append(str(exc))
        time.sleep(rng.random() * 0.1)
    store.close()
    return {"reads": reads, "writes": writes, "errors": errors, "written": written}


def _write(store: Store, me: int, start: int) -> None:
    now = datetime.now(UTC)
    ids = [f"{me}{number:08d}" for number in range(start, start + BATCH)]
    jobs = [Job(cluster=f"c{me}", job_id=each, job_id_raw=each, submit_time=now, state="RUNNING") for each in ids]
    with store.write() as cur:
        merge_queue(cur, f"c{me}", jobs, at=now)


def measure() -> list[Figure]:
    """Counts what is in the file at the end against what each process was told is in it."""
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        path = Path(directory) / "store.duckdb"
        Store.create(path).close()
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", __name__, str(path), str(me)], stdout=subprocess.PIPE, text=True
            )
            for me in range(1, PROCESSES + 1)
        ]
        answers = [json.loads(worker.communicate(timeout=SECONDS + 60)[0]) for worker in workers]
        store = Store.open(path)
        with store.read() as cur:
            [(kept,)] = cur.execute("SELECT count(*) FROM jobs").fetchall()
        store.close()
    reads = [each for answer in answers for each in answer["reads"]]
    writes = [each for answer in answers for each in answer["writes"]]
    errors = [each for answer in answers for each in answer["errors"]]
    written = sum(answer["written"] for answer in answers)
    how = (
        f"{written} rows written; reads {spread(reads)}, p95 {p95(reads) * 1000:.0f} ms; "
        f"writes {spread(writes)}, p95 {p95(writes) * 1000:.0f} ms"
    )
    what = f"{PROCESSES} processes reading and writing one store, {SECONDS} s"
    return [
        Figure(what=f"{what}: rows lost", value=written - kept, reach=0, how=how, digits=0),
        Figure(what=f"{what}: errors", value=len(errors), reach=0, how="; ".join(errors[:3]) or "none", digits=0),
    ]


if __name__ == "__main__":
    print(json.dumps(work(Path(sys.argv[1]), int(sys.argv[2]), SECONDS)))
