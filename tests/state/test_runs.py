import pytest

from clausius_panel import records
from clausius_panel import store as st
from clausius_panel.errors import ReadOnly
from clausius_panel.queries.runs import runs
from clausius_panel.state.runs import MAX_OPEN, RunsState, key_of, keys_of
from tests.views.kit import a_runtime
from tests.views.run_kit import chained


@pytest.fixture
def runtime(tmp_path):
    with a_runtime(tmp_path, content=chained()) as runtime:
        yield runtime


@pytest.fixture
def state(runtime):
    made = RunsState(runtime)
    made.start()
    return made


def shown(state):
    state.show(state.read())
    return [run.name for run in state.runs]


def test_runs_come_with_their_projects_and_what_is_open(state):
    assert shown(state) == ["hle_mpsf_eval", "other_thing-1"]
    assert (state.total, sorted(state.projects)) == (2, ["hle", "other"])
    state.turn("opened", "alpha:1")
    state.turn("arrays", "alpha:4")
    assert len(shown(state)) == 2
    assert [row.job.job_id for row in state.details["alpha:1"].rows] == ["1", "2", "3", "4"]
    assert state.tasks["alpha:4"].total == 1
    state.turn("opened", "alpha:1")
    shown(state)
    assert state.details == {}


def test_filters_narrow_and_reset_widens_again(state):
    for filters, count in (
        ({"project": "hle"}, 1),
        ({"text": "thing"}, 1),
        ({"users": ["bob"]}, 0),
        ({"starred": True}, 0),
        ({"campaign": "mpsf"}, 1),
        ({"mine": True}, 2),
    ):
        state.param.update(**filters)
        assert len(shown(state)) == count, filters
        assert state.is_narrowed, filters
        state.reset()
        assert not state.is_narrowed, filters
    assert len(shown(state)) == 2


def test_the_url_says_all_of_it(state):
    state.param.update(text="a b", project="hle", starred=True, number=3, opened=["alpha:1"])
    again = RunsState(state.runtime)
    again.from_query(state.to_query())
    assert again.to_query() == state.to_query() == "page=runs&project=hle&star=1&q=a+b&p=3&open=alpha:1"


def test_what_the_url_cannot_mean_is_told(state):
    state.from_query("page=runs&sort=colour&p=0")
    assert state.notice.kind == "error"
    assert "p=0" in state.notice.text


def test_one_more_open_run_closes_the_first(state):
    for number in range(MAX_OPEN + 1):
        state.turn("opened", f"alpha:{number}")
    assert len(state.opened) == MAX_OPEN
    assert "alpha:0" not in state.opened


def test_what_names_no_run_is_left_out():
    assert keys_of(["alpha:1", "x", "", "beta:2"]) == [("alpha", "1"), ("beta", "2")]
    assert key_of("alpha:") == ("", "")


def test_dismissing_a_run_hides_all_its_jobs_and_undo_brings_them_back(state):
    assert state.dismiss([("alpha", "1")]) == 4
    assert shown(state) == ["other_thing-1"]
    state.hidden = True
    assert len(shown(state)) == 2
    state.hidden = False
    assert state.undo() == 4
    assert state.undo() == 0
    assert len(shown(state)) == 2


def test_clearing_says_how_many_and_can_be_undone(state):
    assert state.clearable() == {"failed": 1, "completed": 0}
    state.project = "other"
    assert state.clearable() == {"failed": 0, "completed": 0}
    state.project = ""
    assert state.clear("failed") == 1
    assert state.clearable()["failed"] == 0
    assert state.undo() == 1
    assert state.clearable()["failed"] == 1


def test_stars_and_pins_are_kept(state):
    state.star([("alpha", "1")], on=True)
    state.pin([("alpha", "1")], on=True)
    [run] = runs(state.runtime.store, starred=True).runs
    assert (run.run_id, run.pinned) == ("1", True)
    state.pin([("alpha", "1")], on=False)
    assert not runs(state.runtime.store, starred=True).runs[0].pinned


def test_read_only_mode_holds_here_too(state):
    with state.runtime.store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    for act in (
        lambda: state.dismiss([("alpha", "1")]),
        lambda: state.clear("failed"),
        lambda: state.star([("alpha", "1")], on=True),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert records.clearable(state.runtime.store, "failed") == 1


def test_a_filter_that_cannot_be_is_told_and_shows_nothing(state):
    state.text = " ".join(map(str, range(500)))
    assert shown(state) == []
    assert "number of words" in state.error
