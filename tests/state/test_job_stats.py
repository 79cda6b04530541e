from __future__ import annotations

from pathlib import Path

from clausius_panel import store as st
from clausius_panel.model import Cluster
from clausius_panel.state.job_stats import JobState
from tests.state.test_job_stats_asking import runtime, slurm, until
from tests.stats_kit import calls
from tests.views.kit import a_job, fill

__all__ = ["runtime", "slurm"]


def started(made, query: str) -> JobState:
    state = JobState(made)
    state.start(query)
    return state


def test_a_job_is_read_as_the_url_names_it_and_asked_for_while_it_is_seen(runtime, slurm):
    state = started(runtime, "cluster=alpha&job=1")
    assert state.detail is not None
    assert state.stats is not None
    assert (state.stats.as_of, state.history, state.refusal) == (None, [], "it holds no GPU")
    state.poll()

    def is_shown() -> bool:
        state.show(state.read())
        return len(state.history) == 1

    until(is_shown)
    assert state.stats.rss_mib == 1024
    assert state.to_query() == "page=job&cluster=alpha&job=1"


def test_nobody_looking_means_nothing_is_asked(runtime, slurm):
    state = started(runtime, "cluster=alpha&job=1")
    state._looked -= 1000
    assert not state.is_seen
    state.poll()
    assert calls(slurm, "sstat") == 0


def test_a_job_that_was_never_seen_shows_nothing_and_asks_nothing(runtime, slurm):
    for query in ("cluster=alpha&job=77", "cluster=nosuch&job=1", ""):
        state = started(runtime, query)
        assert (state.detail, state.stats) == (None, None), query
        assert state.warning == "", query
        state.poll()
    assert calls(slurm, "sstat") == 0


def test_the_step_is_started_by_measure_alone(runtime, slurm: Path):
    fill(runtime, [a_job(1, gpus=2)])
    with runtime.store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", kind="local", scope="everyone", slurm_path=str(slurm)))
    state = started(runtime, "cluster=alpha&job=1")
    assert state.refusal == ""
    assert "inside job 1" in state.warning
    assert calls(slurm, "srun") == 0
    assert state.measure(actor="browser") == ""
    assert calls(slurm, "srun") == 1
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    assert "read-only mode" in state.measure(actor="browser")
