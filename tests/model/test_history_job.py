import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.model import ACTIVE_STATES, FINAL_STATES
from clausius_panel.model.history_job import HistoryJob, base_state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("CANCELLED by 1000", "CANCELLED"),
        ("CANCELLED+", "CANCELLED"),
        ("OUT_OF_ME+", "OUT_OF_MEMORY"),
        ("OUT_OF_MEM+", "OUT_OF_MEMORY"),
        ("canceled", "CANCELLED"),
        ("completed", "COMPLETED"),
        ("COMPL+", "COMPL"),  # COMPLETED or COMPLETING
        ("TIMEO+", "TIMEOUT"),
        ("A_STATE_OF_TOMORROW", "A_STATE_OF_TOMORROW"),
        (" ", ""),
    ],
)
def test_a_state_is_read_as_sacct_prints_and_cuts_it(text, state):
    assert base_state(text) == state


@pytest.mark.parametrize("state", sorted(FINAL_STATES | ACTIVE_STATES))
def test_every_state_of_slurm_is_read_as_itself(state):
    assert base_state(state) == base_state(f"{state} by 7") == base_state(state.lower()) == state


@given(st.text(max_size=30))
def test_no_text_is_too_strange_to_be_a_state(text):
    assert base_state(base_state(text)) == base_state(text)


def test_what_is_not_told_of_a_job_is_not_known():
    job = HistoryJob(cluster="a", job_id="1", job_id_raw="1", submit_time=None)
    assert (job.total_cpu_s, job.max_rss_mib, job.used_at, job.name, job.gpus) == (None, None, None, "", 0)
