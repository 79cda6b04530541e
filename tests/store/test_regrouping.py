from __future__ import annotations

import pytest

from clausius_panel.model.run import RunRules
from clausius_panel.store import Store
from clausius_panel.store import regrouping as module
from clausius_panel.store.regrouping import regroup
from clausius_panel.store.rules import put_run_rules
from clausius_panel.store.run_rows import set_run_notes, set_run_star
from clausius_panel.store.runs import find_run, forget_grouping
from tests.store.kit import a_job, look, rows


def forget(store: Store, rules: RunRules) -> None:
    with store.write() as cur:
        put_run_rules(cur, rules)
        forget_grouping(cur)


def test_runs_that_become_one_keep_both_stars_and_notes_under_the_older_name(store):
    look(store, a_job(1, "x"), a_job(2, "x-zed", 1), a_job(3, "other", 2))
    with store.write() as cur:
        set_run_notes(cur, "alpha", "1", notes="first")
        set_run_star(cur, "alpha", "2", starred=True)
        set_run_notes(cur, "alpha", "2", notes="second")
    forget(store, RunRules(stages=("zed",)))
    assert regroup(store) == 3
    found = rows(store, "SELECT run_id, starred, notes FROM runs ORDER BY run_id")
    assert found == [("1", True, "first\n\nsecond"), ("3", False, "")]
    assert rows(store, "SELECT job_id, run_id FROM jobs ORDER BY 1") == [("1", "1"), ("2", "1"), ("3", "3")]
    with store.read() as cur:
        assert find_run(cur, "alpha", "2") == "1"


def test_runs_of_clusters_that_nobody_polls_any_more_are_put_anew_too(store):
    for cluster in ("alpha", "gone"):
        look(store, a_job(1, "x", cluster=cluster), a_job(2, "x-zed", 1, cluster=cluster), cluster=cluster)
    forget(store, RunRules(stages=("zed",)))
    assert regroup(store) == 4
    assert rows(store, "SELECT cluster, run_id FROM runs ORDER BY ALL") == [("alpha", "1"), ("gone", "1")]


def test_nothing_is_done_where_every_job_has_a_run(store):
    assert regroup(store) == 0
    look(store, a_job(1, "x"))
    before = rows(store, "SELECT * FROM runs")
    assert regroup(store) == 0
    assert rows(store, "SELECT * FROM runs") == before


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_many_jobs_are_put_anew_in_steps(store, monkeypatch, at_once):
    look(store, *[a_job(number, f"job{number}-zed", number) for number in range(1, 6)])
    before = rows(store, "SELECT run_id, job_id FROM jobs ORDER BY ALL")
    forget(store, RunRules())
    monkeypatch.setattr("clausius_panel.store.runs.MAX_NEW", at_once)
    monkeypatch.setattr(module, "MAX_NEW", at_once)
    assert regroup(store) == 5
    assert rows(store, "SELECT run_id, job_id FROM jobs ORDER BY ALL") == before
