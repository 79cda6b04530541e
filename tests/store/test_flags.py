from clausius_panel.store.flags import SHOWN_SQL, hide_jobs, hide_states, pin_jobs
from tests.store.kit import START, a_job, look, rows


def shown(store):
    return [job_id for (job_id,) in rows(store, f"SELECT job_id FROM jobs WHERE {SHOWN_SQL} ORDER BY job_id")]


def ended(job_id, state, **facts):
    return a_job(job_id, f"p{job_id}_x", state=state, end_time=START, **facts)


# 25
def test_only_ended_jobs_in_the_states_named_are_hidden(store):
    look(store, a_job(1), ended=(ended(2, "FAILED"), ended(3, "COMPLETED"), ended(4, "TIMEOUT")))
    with store.write() as cur:
        assert hide_states(cur, []) == 0
        assert hide_states(cur, ["FAILED", "TIMEOUT", "PENDING"]) == 2
        assert hide_states(cur, ["FAILED"]) == 0
    assert shown(store) == ["1", "3"]


def test_hiding_can_be_held_to_a_cluster_and_a_project(store):
    look(store, ended=(ended(2, "FAILED"), ended(3, "FAILED")))
    look(store, ended=(ended(4, "FAILED", cluster="beta"),), cluster="beta")
    with store.write() as cur:
        assert hide_states(cur, ["FAILED"], clusters=["alpha"], project="p3") == 1
        assert hide_states(cur, ["FAILED"], clusters=["beta"]) == 1
    assert shown(store) == ["2"]


# 24
def test_a_hidden_job_stays_hidden_until_its_state_changes(store, path):
    look(store, a_job(1, state="RUNNING"))
    with store.write() as cur:
        assert hide_jobs(cur, "alpha", ["1"]) == 1
    store.close()
    look(store, a_job(1, state="RUNNING", elapsed_s=99, reason="x"))
    assert shown(store) == []
    look(store, ended=(ended(1, "FAILED"),))
    assert shown(store) == ["1"]


def test_better_evidence_of_the_same_end_does_not_bring_a_hidden_job_back(store):
    look(store, ended(1, "FAILED"))
    with store.write() as cur:
        hide_states(cur, ["FAILED"])
    look(store, ended=(ended(1, "FAILED", exit_code="3:0"),))
    assert rows(store, "SELECT evidence, exit_code FROM jobs") == [("sacct", "3:0")]
    assert shown(store) == []


# 23
def test_a_pin_ends_when_the_job_is_hidden_and_a_hidden_job_can_be_pinned_back(store):
    look(store, ended=(ended(1, "FAILED"),))
    with store.write() as cur:
        assert pin_jobs(cur, "alpha", ["1", "99"]) == 1
        assert pin_jobs(cur, "beta", ["1"]) == 0
        hide_states(cur, ["FAILED"])
    assert rows(store, "SELECT pinned FROM jobs") == [(False,)]
    with store.write() as cur:
        pin_jobs(cur, "alpha", ["1"])
    assert shown(store) == ["1"]
    with store.write() as cur:
        pin_jobs(cur, "alpha", ["1"], pinned=False)
    assert shown(store) == ["1"]
    assert rows(store, "SELECT pinned FROM jobs") == [(False,)]
