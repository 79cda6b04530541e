"""Where tasks write; how that is found out for whole jobs is in test_discovery."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import store as st
from clausius_panel.errors import Unreachable
from clausius_panel.logs.tasks import Task, array_tasks, find_tasks
from clausius_panel.model import Cluster, Job
from clausius_panel.store import Store
from clausius_panel.testing import FakeTransport
from tests.stores import new_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "data" / "clausius.duckdb")
    with store.write() as cur:
        st.put_cluster(cur, Cluster(name="far", host="far"))
    yield store
    store.close()
    shutil.rmtree(tmp_path / "data")


@pytest.fixture
def dead() -> FakeTransport:
    return FakeTransport(lambda command, stdin: Unreachable("far", "no route"))


def add(store: Store, job_id: str, **facts: Any) -> None:
    usual = {"job_id_raw": job_id.partition("_")[0], "submit_time": NOW, "user": "ada", "work_dir": "/w"}
    job = Job(cluster="far", job_id=job_id, **{**usual, **facts})
    with store.write() as cur:
        st.merge_queue(cur, "far", [job], at=NOW)


def a_task(stdout: str, stderr: str) -> Task:
    return Task("7", "7", "", "", "train", "ada", "/w", stdout, stderr, "")


def test_the_files_of_a_task():
    assert a_task("/o", "/e").paths == {"/o": "stdout", "/e": "stderr"}
    assert a_task("/o", "/o").paths == {"/o": "both"}
    assert a_task("/o", "").paths == {"/o": "stdout"}
    assert a_task("", "").paths == {}


def test_a_path_that_is_not_expanded_is_not_known():
    assert a_task("/o", "").is_known
    assert not a_task("/%N.out", "").is_known
    assert not a_task("", "/e").is_known


def test_what_the_store_knows_is_not_asked(store: Store, dead: FakeTransport):
    add(store, "7", stdout_path="/w/7.out", stderr_path="/w/7.err")
    [task] = find_tasks(store, dead, "far", "7", [])
    assert (task.stdout, task.stderr, dead.calls) == ("/w/7.out", "/w/7.err", [])


def test_the_newest_attempt_of_a_requeued_job_counts(store: Store, dead: FakeTransport):
    add(store, "7", stdout_path="/w/old.out")
    add(store, "7", stdout_path="/w/new.out", submit_time=datetime(2026, 2, 1, tzinfo=UTC))
    assert [task.stdout for task in find_tasks(store, dead, "far", "7", [])] == ["/w/new.out"]


def test_tasks_come_in_their_order_and_parts_of_a_het_job_together(store: Store, dead: FakeTransport):
    for task in ("10", "9"):
        facts = {"array_job_id": "5", "array_task_id": task, "stdout_path": f"/w/{task}"}
        add(store, f"5_{task}", job_id_raw=f"6{task}", **facts)
    assert [task.task for task in find_tasks(store, dead, "far", "5", [])] == ["9", "10"]
    for offset in (0, 1):
        facts = {"het_job_id": "80", "het_offset": offset, "stdout_path": f"/w/{offset}"}
        add(store, f"80+{offset}", job_id_raw=str(80 + offset), **facts)
    assert [task.job_id for task in find_tasks(store, dead, "far", "80", [])] == ["80+0", "80+1"]


def test_a_cluster_that_is_gone_leaves_a_guess_and_says_so(store: Store, dead: FakeTransport):
    add(store, "7")
    problems: list[str] = []
    [task] = find_tasks(store, dead, "far", "7", problems)
    assert (task.stdout, task.stderr) == ("/w/slurm-7.out", "/w/slurm-7.out")
    assert "no route" in problems[0]


def test_a_job_that_only_a_gone_cluster_could_know_is_a_failure(store: Store, dead: FakeTransport):
    with pytest.raises(Unreachable):
        find_tasks(store, dead, "far", "7", [])


def test_a_task_that_accounting_knows_by_its_raw_id_alone_is_still_that_task(tmp_path: Path):
    store = new_store(tmp_path / "clausius.duckdb")
    facts: dict[str, Any] = {"array_job_id": "50", "stdout_path": "/l/x.out", "submit_time": NOW}
    jobs = [
        Job(cluster="here", job_id="50_1", job_id_raw="51", array_task_id="1", state="RUNNING", **facts),
        Job(cluster="here", job_id="50", job_id_raw="50", array_task_id="2", state="FAILED", **facts),
    ]
    with store.write() as cur:
        st.merge_queue(cur, "here", jobs, at=NOW)
    for asked in ("50", "50_2", "51"):
        assert [(each.job_id, each.state) for each in array_tasks(store, "here", asked)] == [
            ("50_1", "RUNNING"),
            ("50_2", "FAILED"),
        ]
    assert array_tasks(store, "here", "7") == []
    store.close()
