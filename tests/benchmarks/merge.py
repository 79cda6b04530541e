"""10,000 jobs: the queue's text parsed and merged into the store, against `json.loads` of `squeue --json` alone.

Both texts are the bed's real answers, their records repeated under new ids until there are 10,000.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from clausius_panel.news import News
from clausius_panel.slurm import squeue
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.formats import new_guard, record_end
from clausius_panel.store import Store, mark_left, merge_queue, touch_queue

from .figure import Figure, median, spread, timed
from .on_bed import bed

__all__ = ["measure"]

JOBS = 10_000
ROUNDS = 7


def _ask(command: str) -> str:
    ssh = ["ssh", "-F", bed()["ssh_config"], "alice@alpha-login", "sh -s"]
    script = f"export TZ=UTC0 SLURM_TIME_FORMAT=standard SLURM_BITSTR_LEN=0\n{command}\n"
    return subprocess.run(ssh, input=script, check=True, capture_output=True, text=True, timeout=60).stdout


def _many_records(text: str, guard: str, *, priority: str) -> str:
    """The answer's records over and over, each with a job id of its own; every tenth has this priority."""
    end = f"{record_end(guard)}\n"
    header, *records = text.split(end)[:-1]
    place = header.split("\x1f").index("JOBID", 1)  # the raw number; the first of that name is as people write it
    rank = header.split("\x1f").index("PRIORITY")
    repeated = []
    for number, record in enumerate(itertools.islice(itertools.cycle(records), JOBS), 10_000_000):
        fields = record.split("\x1f")
        fields[place] = str(number)
        if number % 10 == 0:
            fields[rank] = priority
        repeated.append("\x1f".join(fields))
    return end.join([header, *repeated, ""])


def _many_in_json(text: str) -> str:
    answer = json.loads(text)
    jobs = itertools.islice(itertools.cycle(answer["jobs"]), JOBS)
    answer["jobs"] = [{**job, "job_id": number} for number, job in enumerate(jobs, 10_000_000)]
    return json.dumps(answer, indent=2)


def measure() -> list[Figure]:
    """The usual case: all jobs are known, a tenth has changed. The first look (all new) stands beside it."""
    guard, dialect = new_guard(), Dialect()
    answer = _ask(" ".join(squeue.words(dialect, guard=guard)))
    texts = itertools.cycle([_many_records(answer, guard, priority=each) for each in ("1000", "1001")])
    text = next(texts)
    json_text = _many_in_json(_ask("squeue --json"))
    ours: list[float] = []
    parsing: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        store, news = Store.create(Path(directory) / "store.duckdb"), News()

        def look() -> None:
            jobs = squeue.parse(next(texts), cluster="alpha", dialect=dialect, guard=guard)
            at = datetime.now(UTC)
            queued = news.of_queue(jobs)
            with store.write() as cur:
                touch_queue(cur, "alpha", queued.same, at=at)
                # as if all of it could have changed: it is the dearer way
                merge_queue(cur, "alpha", queued.changed + queued.moved, at=at)
                mark_left(cur, "alpha", at=at)

        first = timed(look)
        for _ in range(ROUNDS):
            ours.append(timed(look))
            parsing.append(timed(lambda: squeue.parse(text, cluster="alpha", dialect=dialect, guard=guard)))
            theirs.append(timed(lambda: json.loads(json_text)))
        with store.read() as cur:
            [(kept,)] = cur.execute("SELECT count(*) FROM jobs").fetchall()
        store.close()
    if kept != JOBS:
        raise AssertionError(f"{kept} of {JOBS} jobs are in the store")
    return [
        Figure(
            what="10,000 jobs: queue text parsed and merged / json.loads alone of squeue --json for as many",
            value=median(ours) / median(theirs),
            reach=1.0,
            how=(
                f"parse and merge {spread(ours)}, of it parsing {spread(parsing)}, "
                f"first look {first * 1000:.0f} ms; "
                f"json.loads {spread(theirs)}; {len(text) / 1e6:.1f} and {len(json_text) / 1e6:.1f} MB, "
                "the bed's own records repeated to 10,000"
            ),
        )
    ]
