import pytest

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.state.run import RunState
from tests.views.kit import a_runtime
from tests.views.run_kit import chain, chained, tells


@pytest.fixture
def runtime(tmp_path):
    with a_runtime(tmp_path, content=chained()) as made:
        yield made


def opened(runtime, query="cluster=alpha&run=3"):
    state = RunState(runtime)
    state.start(query)
    return state


def test_a_run_is_found_by_any_of_its_jobs(runtime):
    state = opened(runtime)
    assert state.detail.summary.run_id == "1"
    state.turn("arrays", "alpha:4")
    state.show(state.read())
    assert state.tasks["alpha:4"].jobs[0].job_id == "4_[1-5]"
    assert state.to_query() == "page=run&cluster=alpha&run=3&array=alpha:4"


def test_what_was_never_seen_is_told(runtime):
    for query in ("", "cluster=alpha&run=99", "cluster=nowhere&run=1", "run=1"):
        state = opened(runtime, query)
        assert state.detail is None, query
        assert state.error, query


def test_notes_and_star_are_kept(runtime):
    state = opened(runtime)
    state.save_notes("<b>good</b>\nlr 1e-5")
    state.star(on=True)
    state.show(state.read())
    assert (state.detail.summary.notes, state.detail.summary.starred) == ("<b>good</b>\nlr 1e-5", True)
    with pytest.raises(InvalidInput):
        state.save_notes("x" * 100_001)
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    with pytest.raises(ReadOnly):
        state.save_notes("no")


def test_the_cluster_is_asked_once_and_again_on_demand(runtime, tmp_path):
    chain(runtime, slurm_path=tells(tmp_path / "bin"))
    state = opened(runtime)
    assert not state.is_captured
    assert state.capture() == ""
    state.show(state.read())
    known = state.detail.metadata
    assert state.is_captured
    assert known.submit_command == "sbatch --wrap x"
    assert "module load" in known.batch_script
    assert known.environment["modules"] == "cuda/12.4"
    assert known.slurm_config["NumCPUs"] == "8"
    (tmp_path / "bin" / "scontrol").unlink()
    assert state.capture() == ""
    state.show(state.read())
    assert state.detail.metadata == known


def test_a_cluster_that_cannot_be_asked_is_told_in_words(runtime):
    state = opened(runtime)
    state.cluster = "nowhere"
    assert "nowhere" in state.capture()
