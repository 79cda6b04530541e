"""What a server that is killed in the middle leaves behind."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from pathlib import Path

from clausius_panel import config
from clausius_panel.keys import add_key
from clausius_panel.runtime import Runtime
from clausius_panel.store import Store
from tests.http import SERVE, Site, process_serving
from tests.ingest.kit import a_job, body, kept

JOBS = 1000  # of one body


def post(site: Site, key: str, first: int) -> dict[str, object]:
    content = body(*(a_job(str(first + n)) for n in range(JOBS))).getvalue()
    connection = http.client.HTTPConnection(site.host, site.port, timeout=30)
    try:
        connection.request("POST", "/api/data/ingest", content, {"X-API-Key": key})
        answer = connection.getresponse()
        told: dict[str, object] = json.loads(answer.read())
        assert answer.status == 200, told
        return told
    finally:
        connection.close()


def test_what_was_acknowledged_is_there_once_after_the_server_was_killed(tmp_path: Path):
    data = tmp_path / "data"
    with Runtime(config.load(environ={}, file="/dev/null", data_dir=data), create=True) as runtime:
        key = add_key(runtime.store, "alpha").secret
    acknowledged: list[int] = []
    with process_serving("--data-dir", str(data), *SERVE) as (process, sites):

        def send(site: Site = sites[-1]) -> None:
            for round_ in range(100):
                try:
                    post(site, key, round_ * JOBS)
                except (OSError, http.client.HTTPException):
                    return
                acknowledged.append(round_ * JOBS)

        sender = threading.Thread(target=send)
        sender.start()
        deadline = time.monotonic() + 20
        while len(acknowledged) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)  # somewhere in the middle of one of the next
        process.kill()
        sender.join(timeout=40)
    assert len(acknowledged) >= 2
    store = Store.open(data / "clausius.duckdb")
    found = Counter(int(job_id) for job_id in kept(store))
    store.close()
    assert set(found.values()) == {1}
    assert {first + n for first in acknowledged for n in range(JOBS)} <= set(found)
    # a body lands as a whole or not at all
    assert all(found[number // JOBS * JOBS + n] == 1 for number in list(found)[::JOBS] for n in (0, JOBS - 1))
