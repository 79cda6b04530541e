"""100,000 jobs by POST to a server of its own process, first and again, and how fast it answers meanwhile.

And the first page of a year of a million jobs, as /api/dashboard/filter gives it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clausius_panel import config, keys
from clausius_panel.queries.dashboard import JobSelection, filter_jobs
from clausius_panel.runtime import Runtime
from clausius_panel.store import Store
from tests.http import SERVE, Site, process_serving

from .figure import Figure, median, p95, peak_mb, spread, timed
from .history_data import CLUSTER, fill

__all__ = ["measure"]

JOBS = 100_000
ROUNDS = 3
HOST = "bench"


def _body(year: int) -> bytes:
    """A year of jobs as an exporter sends them: 300 users, 40 accounts, 124 nodes."""
    random_ = random.Random(year)
    first = datetime(year, 1, 1, tzinfo=UTC)
    jobs = []
    for number in range(JOBS):
        submit = first + timedelta(seconds=number * 315)
        start = submit + timedelta(seconds=random_.randint(1, 20_000))
        hours = random_.random() * 24
        end, cpus, gpus = (
            start + timedelta(hours=hours),
            random_.choice([1, 4, 16, 64]),
            random_.choice([0, 0, 1, 4]),
        )
        jobs.append(
            {
                "JobID": str(year * 1_000_000 + number),
                "User": f"user{number % 300:03d}",
                "Account": f"dept-group-{number % 40:02d}",
                "Partition": random_.choice(["cpu", "gpu", "long"]),
                "State": random_.choice(["COMPLETED", "COMPLETED", "COMPLETED", "FAILED", "TIMEOUT"]),
                "QOS": "normal",
                "Submit": submit.isoformat(),
                "Start": start.isoformat(),
                "End": end.isoformat(),
                "CPUHours": hours * cpus,
                "GPUHours": hours * gpus,
                "AllocCPUS": cpus,
                "AllocGPUS": gpus,
                "AllocNodes": 1,
                "NodeList": f"node{number % 124:03d}",
            }
        )
    return json.dumps({"hostname": HOST, "jobs": jobs}).encode()


def _post(site: Site, body: bytes, key: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(site.host, site.port, timeout=120)
    connection.request("POST", "/api/data/ingest", body, {"X-API-Key": key, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise AssertionError(f"{answer.status}: {text[:300]}")
    told: dict[str, Any] = json.loads(text)
    return told


def _watch(site: Site, ended: threading.Event, seen: list[float]) -> None:
    while not ended.wait(0.02):
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(site.host, site.port, timeout=60)
        connection.request("GET", "/api/dashboard/health")
        connection.getresponse().read()
        connection.close()
        seen.append(time.perf_counter() - begun)


def _first_page() -> Figure:
    samples = []
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        store = Store.create(Path(directory) / "clausius.duckdb")
        fill(store, 1_000_000)
        selection = JobSelection(hostname=CLUSTER)
        for _ in range(ROUNDS * 3):
            store.close()  # the file is opened anew, as after a pause
            samples.append(timed(lambda: json.dumps(filter_jobs(store, selection, limit=1000).data)))
        store.close()
    return Figure(
        what="first page of /filter, a year, 1,000,000 jobs (s)",
        value=median(samples),
        reach=0.15,
        how=f"{spread(samples)}; totals of all and 1,000 rows as JSON, without HTTP",
    )


def measure() -> list[Figure]:
    """Each round is another year, sent twice."""
    first: list[float] = []
    again: list[float] = []
    health: list[float] = []
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        os.environ["CLAUSIUS_DATA_DIR"] = directory
        with Runtime(config.load(data_dir=directory), create=True) as runtime:
            key = keys.add_key(runtime.store, HOST).secret
        with process_serving(*SERVE) as (process, sites):
            site, ended = sites[-1], threading.Event()
            _post(site, json.dumps({"hostname": HOST, "jobs": []}).encode(), key)
            watcher = threading.Thread(target=_watch, args=[site, ended, health])
            bodies = [_body(2020 + number) for number in range(ROUNDS)]
            watcher.start()
            for body in bodies:
                first.append(timed(lambda body=body: _post(site, body, key)))
                again.append(timed(lambda body=body: _post(site, body, key)))
            ended.set()
            watcher.join()
            peak = peak_mb(process.pid)
        size = (Path(directory) / "clausius.duckdb").stat().st_size
    how = (
        f"{len(bodies[0]) / 1e6:.0f} MB of JSON; server's peak {peak:.0f} MB; {size / 1e6:.0f} MB file in the end"
    )
    return [
        Figure(what="100,000 jobs by POST, first (s)", value=max(first), reach=3.0, how=f"{spread(first)}; {how}"),
        Figure(what="100,000 jobs by POST, again (s)", value=max(again), reach=3.0, how=spread(again)),
        Figure(
            what="health while they are taken in, 95th percentile (s)",
            value=p95(health),
            reach=0.1,
            how=f"{spread(health)}, one question every 20 ms",
        ),
        _first_page(),
    ]
