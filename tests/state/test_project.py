import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.state.project import ProjectsState, ProjectState
from tests.views.kit import a_runtime
from tests.views.run_kit import chained


@pytest.fixture
def runtime(tmp_path):
    with a_runtime(tmp_path, content=chained()) as made:
        yield made


def opened(runtime, kind=ProjectState, query="name=hle"):
    state = kind(runtime)
    state.start(query)
    return state


def test_projects_are_found_by_letters_of_their_names(runtime):
    state = opened(runtime, ProjectsState, "")
    assert sorted(one.project.name for one in state.projects) == ["hle", "other"]
    state.text = "HL"
    state.show(state.read())
    assert [one.project.name for one in state.projects] == ["hle"]


def test_a_project_shows_its_own_runs_its_campaigns_and_its_weeks(runtime):
    state = opened(runtime)
    assert [run.name for run in state.runs] == ["hle_mpsf_eval"]
    assert [one.name for one in state.campaigns] == ["mpsf"]
    assert len(state.history.weeks) == 12
    assert sum(week.failed for week in state.history.weeks) == 1
    assert state.others == ["other"]
    assert state.to_query() == "page=project&name=hle"


def test_an_unknown_project_is_told(runtime):
    state = opened(runtime, query="name=nope")
    assert "nope" in state.error
    assert (state.summary, state.runs) == (None, [])


def test_it_can_be_renamed_painted_and_merged(runtime):
    state = opened(runtime)
    assert state.update({"colour": "#123456", "emoji": "🐙"}).colour == "#123456"
    state.rename("humanity")
    state.project = "humanity"
    state.show(state.read())
    assert state.summary.project.emoji == "🐙"
    state.merge("other")
    state.show(state.read())
    assert state.summary.project.merged_into == "other"
    assert state.runs == []
    state.merge("")
    state.show(state.read())
    assert len(state.runs) == 1
    with pytest.raises(InvalidInput):
        state.update({"prefix": "a b"})


def test_a_project_can_be_added(runtime):
    state = opened(runtime, ProjectsState, "")
    assert state.add("mine", "my-").prefix == "my-"
    assert state.add("yours", "").prefix == "yours_"
    with pytest.raises(InvalidInput):
        state.add("hle", "")
