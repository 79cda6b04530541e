from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state import ActResult, BoardState
from tests.views.kit import a_job, a_runtime, fill, pending


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def started(runtime: Runtime, query: str = "") -> BoardState:
    state = BoardState(runtime)
    state.start(query)
    return state


def test_an_act_hits_those_it_applies_to(runtime: Runtime):
    fill(runtime, [a_job(1), pending(2), pending(3, reason="JobHeldUser")])
    state = started(runtime)
    state.selected = [("alpha", "1"), ("alpha", "2"), ("alpha", "3")]
    assert [job.job_id for job in state.targets("hold")] == ["2"]
    assert [job.job_id for job in state.targets("release")] == ["3"]
    assert [job.job_id for job in state.targets("cancel", [("alpha", "1"), ("alpha", "77")])] == ["1"]


def test_a_mark_is_there_at_once_and_goes_where_it_failed(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2)])
    state = started(runtime)
    keys = [("alpha", "1"), ("alpha", "2")]
    state.selected = list(keys)
    state.begin("cancel", keys)
    assert state.marks == dict.fromkeys(keys, "cancel")
    state.end(keys, ActResult(act="cancel", done=keys[:1], failed={keys[1]: "no"}))
    assert state.marks == {keys[0]: "cancel"}
    assert state.selected == [keys[1]]


def test_what_was_held_stays_selected(runtime: Runtime):
    fill(runtime, [pending(1)])
    state = started(runtime)
    state.selected = [("alpha", "1")]
    state.begin("hold", state.selected)
    state.end(state.selected, ActResult(act="hold", done=[("alpha", "1")]))
    assert state.selected == [("alpha", "1")]


def test_a_mark_goes_when_a_poll_that_began_afterwards_has_answered(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = started(runtime)
    state.begin("cancel", [("alpha", "1")])
    state.end([("alpha", "1")], ActResult(act="cancel", done=[("alpha", "1")]))
    fill(runtime, [a_job(1)])  # it may have been asked before
    state.catch_up()
    assert state.marks == {("alpha", "1"): "cancel"}
    state._acted["alpha"] = datetime.now(UTC)
    fill(runtime, [a_job(1)])  # it runs on all the same: that is what is shown
    state.catch_up()
    assert state.marks == {}


def test_the_jobs_of_a_run_are_those_in_the_queue(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2), pending(3)])
    with runtime.store.write() as cur:
        cur.execute("UPDATE jobs SET run_id = '1' WHERE job_id <> '2'")
    state = started(runtime)
    assert [job.job_id for job in state.run_targets([("alpha", "3")])] == ["3", "1"]
    assert state.run_targets([("alpha", "2")]) == []


def test_of_a_requeued_job_the_newest_attempt_is_what_is_changed(runtime: Runtime):
    fill(runtime, [a_job(1, submit_time=a_job(99).submit_time)])
    fill(runtime, [pending(1)])
    state = started(runtime)
    assert len(state.jobs) == 2
    assert [job.state for job in state.chosen([("alpha", "1")])] == ["PENDING"]
    older = next(job for job in state.jobs if job.state != "PENDING")
    assert state.is_superseded(older)
    assert not state.is_superseded(state.chosen([("alpha", "1")])[0])
