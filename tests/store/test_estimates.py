from datetime import timedelta

from clausius_panel import store as stores
from clausius_panel.model import Job
from clausius_panel.store.estimates import record_estimates
from tests.history_kit import START


def look(store, minute, *, start_in, state="PENDING"):
    """A poll that shows job 1, with Slurm's estimate so many minutes after the first look."""
    at = START + timedelta(minutes=minute)
    start = None if start_in is None else START + timedelta(minutes=start_in)
    job = Job(cluster="g", job_id="1", job_id_raw="1", submit_time=START, state=state, start_time=start)
    with store.write() as cur:
        stores.merge_queue(cur, "g", [job], at=at)
        record_estimates(cur, "g", at=at)


def kept(store):
    with store.read() as cur:
        rows = cur.execute("SELECT at_time, estimate FROM start_estimates ORDER BY at_time").fetchall()
    return [tuple(round((stores.aware(when) - START).total_seconds() / 60) for when in row) for row in rows]


def test_estimates_are_kept_where_slurm_changes_its_mind(store):
    look(store, 1, start_in=None)
    look(store, 2, start_in=60)
    look(store, 3, start_in=62)  # by no more than 5 minutes
    look(store, 4, start_in=90)
    look(store, 5, start_in=90)
    assert kept(store) == [(2, 60), (4, 90)]


def test_of_a_long_wait_a_tenth_is_no_news(store):
    look(store, 1, start_in=1000)
    look(store, 2, start_in=1050)
    look(store, 3, start_in=1200)
    assert kept(store) == [(1, 1000), (3, 1200)]


def test_the_start_of_a_running_job_is_no_estimate(store):
    look(store, 1, start_in=10, state="RUNNING")
    assert kept(store) == []
