from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel import store as st
from clausius_panel.model import Job
from clausius_panel.store import Store
from clausius_panel.store.runs import assign_runs
from tests.faces import CLUSTER

ENDED = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def store(root) -> Store:
    """Two jobs that failed and one that completed, 40 days ago."""
    usual = {"cluster": CLUSTER, "submit_time": ENDED, "end_time": ENDED, "user": "alice"}
    jobs = [
        Job(job_id=str(number), job_id_raw=str(number), name=name, state=state, **usual)
        for number, name, state in (
            (11, "llm_a_x", "FAILED"),
            (12, "cv_b_y", "TIMEOUT"),
            (13, "llm_c_z", "COMPLETED"),
        )
    ]
    store = Store.open(root / "data" / "clausius.duckdb")
    with store.write() as cur:
        st.merge_ended(cur, CLUSTER, jobs, at=datetime.now(UTC))
        assign_runs(cur, CLUSTER, at=datetime.now(UTC))
    return store


def hidden(store: Store) -> set[str]:
    with store.read() as cur:
        return {row[0] for row in cur.execute("SELECT job_id FROM jobs WHERE hidden_state IS NOT NULL").fetchall()}


def test_clearing_hides_and_says_how_many(store, run):
    assert run("clear", "failed", "--project", "llm").stdout == "1 job cleared; history keeps them\n"
    assert hidden(store) == {"11"}
    assert json.loads(run("clear", "failed", "--cluster", CLUSTER, "--json").stdout) == {"hidden": 1}
    assert run("clear", "completed").stdout == "1 job cleared; history keeps them\n"
    assert hidden(store) == {"11", "12", "13"}


def test_a_cleanup_says_first_what_would_go(store, run):
    assert "3 jobs that ended before" in run("cleanup", "--days", "30").stdout
    assert json.loads(run("cleanup", "--days", "30", "--json").stdout)["dry_run"] is True
    with store.read() as cur:
        assert cur.execute("SELECT count(*) FROM jobs").fetchone() == (3,)
    assert run("cleanup", "--days", "60", "--yes").stdout.startswith("0 jobs")
    assert "forgotten" in run("cleanup", "--days", "30", "--yes").stdout
    with store.read() as cur:
        assert cur.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_runs_are_starred_and_written_about(store, run):
    assert run("star", CLUSTER, "11").stdout == f"run 11 on {CLUSTER} has a star\n"
    assert run("note", CLUSTER, "11", "why it failed").exit_code == 0
    assert run("note", CLUSTER, "12", "-", answer="two\nlines\n").exit_code == 0
    with store.read() as cur:
        marks = cur.execute("SELECT run_id, starred, notes FROM runs ORDER BY run_id").fetchall()
    assert marks == [("11", True, "why it failed"), ("12", False, "two\nlines\n"), ("13", False, "")]
    assert run("unstar", CLUSTER, "11").exit_code == 0
    with store.read() as cur:
        assert cur.execute("SELECT bool_or(starred) FROM runs").fetchone() == (False,)


def test_jobs_are_pinned_unpinned_and_dismissed(store, run):
    assert run("pin", CLUSTER, "11", "12").stdout == f"2 jobs on {CLUSTER} pinned\n"
    assert run("unpin", CLUSTER, "12").exit_code == 0
    with store.read() as cur:
        pinned = cur.execute("SELECT job_id FROM jobs WHERE pinned ORDER BY job_id").fetchall()
    assert pinned == [("11",)]
    assert run("dismiss", CLUSTER, "13").exit_code == 0
    assert hidden(store) == {"13"}
    missing = run("pin", CLUSTER, "99", "11")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "'99' is unknown" in missing.stderr


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["clear", "everything"], "failed"),
        (["clear", "failed", "--cluster", "nosuch"], CLUSTER),
        (["cleanup"], "--days"),
        (["cleanup", "--days", "0", "--yes"], "1 or more"),
        (["star", "nosuch", "1"], CLUSTER),
        (["note", CLUSTER, "77", "x"], "77"),
        (["pin", "nosuch", "1"], CLUSTER),
        (["dismiss", CLUSTER, "1;reboot"], "123_4"),
    ],
)
def test_bad_input_costs_exit_code_2_and_writes_nothing(store, run, words, remedy):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert remedy in line
    assert hidden(store) == set()


def test_read_only_mode_refuses_all_of_them(store, run):
    assert run("set", "read_only", "true").exit_code == 0
    for words in (
        ["clear", "failed"],
        ["cleanup", "--days", "30", "--yes"],
        ["star", CLUSTER, "11"],
        ["pin", CLUSTER, "11"],
        ["dismiss", CLUSTER, "11"],
    ):
        result = run(*words)
        assert (result.exit_code, "read-only" in result.stderr) == (1, True), words
    assert run("cleanup", "--days", "30").exit_code == 0
    assert hidden(store) == set()


def test_what_was_hidden_is_shown_again(store, run):
    assert run("dismiss", CLUSTER, "11").stdout == f"1 job on {CLUSTER} dismissed\n"
    assert run("dismiss", CLUSTER, "11", "--undo").stdout == f"1 job on {CLUSTER} shown again\n"
    assert hidden(store) == set()
