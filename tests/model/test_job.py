import dataclasses

import pytest

from clausius_panel.model.job import ACTIVE_STATES, FINAL_STATES, Job, is_final, state_family


def test_no_state_is_both_final_and_active():
    assert not FINAL_STATES & ACTIVE_STATES


def test_every_known_state_has_a_family():
    assert {state for state in FINAL_STATES | ACTIVE_STATES if state_family(state) == "unknown"} == set()


def test_a_state_of_tomorrow_is_neither_final_nor_lost():
    assert not is_final("SOMETHING_NEW")
    assert state_family("SOMETHING_NEW") == "unknown"


def test_a_job_cannot_be_changed():
    job = Job(cluster="a", job_id="1", job_id_raw="1", submit_time=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        job.state = "RUNNING"  # type: ignore[misc]
