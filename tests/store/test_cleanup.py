from datetime import timedelta

from clausius_panel.store.cleanup import count_old, delete_old
from clausius_panel.store.flags import pin_jobs
from clausius_panel.store.run_rows import set_run_notes, set_run_star
from tests.store.kit import START, a_job, look, rows

NOW = START + timedelta(days=40)


def ended(number, days_ago, **facts):
    end = NOW - timedelta(days=days_ago)
    return a_job(
        number, f"n{number}", 60 * number, state="FAILED", end_time=end, dependency="afterok:999", **facts
    )


def left(store, table="jobs", column="job_id_raw"):
    return sorted({value for (value,) in rows(store, f"SELECT {column} FROM {table}")})


def test_old_jobs_go_with_all_that_belongs_to_them(store):
    look(store, a_job(1), ended=(ended(2, 31), ended(3, 29)))
    with store.write() as cur:
        assert count_old(cur, NOW - timedelta(days=30)) == 1
        assert delete_old(cur, NOW - timedelta(days=30)) == 1
        assert delete_old(cur, NOW - timedelta(days=30)) == 0
    assert left(store) == ["1", "3"]
    assert left(store, "job_events") == ["1", "3"]
    assert left(store, "job_dependencies") == ["3"]
    assert left(store, "runs", "run_id") == ["1", "3"]


def test_what_a_person_marked_stays(store):
    look(store, ended=(ended(1, 99), ended(2, 99), ended(3, 99), ended(4, 99)))
    with store.write() as cur:
        set_run_star(cur, "alpha", "1", starred=True)
        set_run_notes(cur, "alpha", "2", notes="why it failed")
        pin_jobs(cur, "alpha", ["3"])
        assert delete_old(cur, NOW) == 1
    assert left(store) == ["1", "2", "3"]


def test_other_clusters_and_jobs_in_the_queue_stay(store):
    look(store, a_job(1, minutes=-99_999), ended=(ended(2, 99),))
    look(store, ended=(ended(2, 99, cluster="beta"),), cluster="beta")
    with store.write() as cur:
        assert delete_old(cur, NOW, clusters=["beta"]) == 1
    assert left(store) == ["1", "2"]
    assert left(store, "jobs", "cluster") == ["alpha"]
