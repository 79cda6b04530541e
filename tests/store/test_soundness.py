"""Polls are merged while others read: nothing is lost, mixed up or unreadable afterwards."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.model import Cluster, Job
from clausius_panel.news import News
from clausius_panel.store import Store
from clausius_panel.store.runs import assign_runs

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
POLLS = 7


def submitted(dice: random.Random, number: int, at: datetime) -> Job:
    name = f"proj{number % 5}_camp{number % 9}_run{number % 40}{'x' * dice.randint(0, 80)}"
    return Job(
        cluster="alpha",
        job_id=str(number),
        job_id_raw=str(number),
        submit_time=at,
        name=name,
        user="ada",
        account="lab",
        partition="gpu",
        state="PENDING",
        reason="Priority",
        dependency=f"afterok:{number - 1}(unfulfilled)" if number % 5 == 4 else "",
        stdout_path="/logs/" + "y" * dice.randint(0, 200),
    )


def look(dice: random.Random, queue: dict[str, Job], first: int, at: datetime) -> tuple[list[Job], list[Job]]:
    """The queue as it has gone on, and the jobs that ended; texts of all lengths come, change and go."""
    ended = []
    for job_id, job in list(queue.items()):
        chance = dice.random()
        if job.state == "RUNNING" and chance < 0.15:
            ended.append(replace(queue.pop(job_id), state=dice.choice(["COMPLETED", "FAILED"]), end_time=at))
        elif job.state == "RUNNING":
            queue[job_id] = replace(job, elapsed_s=job.elapsed_s + 30)
        elif chance < 0.2:
            queue[job_id] = replace(job, state="RUNNING", reason="None", start_time=at, node_list=f"n{chance}")
        elif chance < 0.5:
            queue[job_id] = replace(job, reason=dice.choice(["Priority", "Resources", "Dependency" * 9]))
    queue.update({str(n): submitted(dice, n, at) for n in range(first, first + 40)})
    return list(queue.values()), ended


def write_polls(store: Store, seen: dict[str, Job]) -> None:
    """What the collector does with an answer, again and again; `seen` gets every job as last told."""
    dice, queue, news = random.Random(5), dict[str, Job](), News()
    for poll in range(POLLS):
        at = START + timedelta(seconds=30 * poll)
        jobs, ended = look(dice, queue, 1 + 40 * poll, at)
        seen.update({job.job_id: job for job in [*jobs, *ended]})
        queued = news.of_queue(jobs)
        with store.write() as cur:
            st.touch_queue(cur, "alpha", queued.same, at=at)
            st.move_queue(cur, "alpha", queued.moved, at=at)
            st.merge_queue(cur, "alpha", queued.changed, at=at)
            st.merge_ended(cur, "alpha", news.of_ended(ended), at=at)
            st.mark_left(cur, "alpha", at=at)
            assign_runs(cur, "alpha", at=at)


def test_what_many_polls_wrote_under_readers_is_what_was_told(store):
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", host="login"))
    over, troubles, seen = threading.Event(), list[BaseException](), dict[str, Job]()

    def read_on() -> None:
        while not over.wait(0.1):
            queries.jobs(store, limit=200)
            queries.jobs_frame(store)

    def reader() -> None:
        try:
            read_on()
        except BaseException as trouble:  # shown by the test's own thread
            troubles.append(trouble)
            raise

    readers = [threading.Thread(target=reader) for _ in range(2)]
    for thread in readers:
        thread.start()
    try:
        write_polls(store, seen)
    finally:
        over.set()
        for thread in readers:
            thread.join()
    assert not troubles
    store.close()
    with store.read() as cur:
        rows = cur.execute("SELECT job_id, name, state, stdout_path FROM jobs ORDER BY job_id").fetchall()
    assert rows == sorted((job.job_id, job.name, job.state, job.stdout_path) for job in seen.values())
    assert len(rows) == 40 * POLLS


def test_merge_is_used_for_single_rows_only():
    """A MERGE of many rows finds good ones corrupt, once in some hundred times: see `store.jobs`."""
    package = Path(st.__file__).parent
    users = {file.name for file in package.glob("*.py") if "MERGE INTO" in file.read_text(encoding="utf-8")}
    assert users == {"clusters_table.py", "projects.py", "settings_table.py"}
