import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel import store as st
from clausius_panel.errors import StoreBusy
from clausius_panel.runtime import Runtime
from clausius_panel.state import BoardState
from clausius_panel.state.board import LOOK_S
from tests import faces
from tests.views.kit import a_job, a_runtime, fill, pending

ASK_S = 30.0


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def started(runtime: Runtime, query: str = "") -> BoardState:
    state = BoardState(runtime)
    state.start(query)
    return state


def ids(state: BoardState) -> list[str]:
    return [job.job_id for job in state.jobs]


def test_state_never_imports_panel():
    code = "import sys, clausius_panel.state; print({'panel', 'bokeh'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_an_empty_store_is_an_empty_board(runtime: Runtime):
    state = started(runtime)
    assert (state.jobs, state.total, state.statuses, state.error) == ([], 0, [], "")


def test_one_page_of_jobs_comes_with_the_total_of_all(runtime: Runtime):
    fill(runtime, [a_job(number) for number in range(1, 121)])
    state = started(runtime)
    assert (len(state.jobs), state.total) == (50, 120)
    seen = list(ids(state))
    for page in (2, 3):
        state.page = page
        state.catch_up()
        seen += ids(state)
    assert sorted(seen, key=int) == [str(number) for number in range(1, 121)]


def test_filters_sorting_and_counts_are_the_stores(runtime: Runtime):
    fill(runtime, [a_job(1, gpus=8), a_job(2, user="bob", gpus=2), pending(3, gpus=4), pending(4)])
    state = started(runtime)
    state.param.update(states=["pending"], sort="gpus", descending=True)
    assert state.catch_up()
    assert ids(state) == ["3", "4"]
    assert state.counts == {"running": (2, 10), "pending": (2, 4)}  # whatever states are chosen
    state.param.update(states=[], users=["bob"])
    state.catch_up()
    assert ids(state) == ["2"]
    assert state.facets.users == ["alice", "bob"]


def test_catching_up_is_nothing_while_nothing_changed(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = started(runtime)
    jobs = state.jobs
    assert state.read() is None
    assert not state.catch_up()
    assert state.jobs is jobs
    fill(runtime, [a_job(1), a_job(2)])
    assert state.catch_up()
    assert state.total == 2


def test_an_answer_to_a_question_of_before_is_dropped(runtime: Runtime):
    fill(runtime, [a_job(1), pending(2)])
    state = started(runtime)
    state.states = ["pending"]
    late = state.read()
    state.states = ["running"]
    assert not state.show(late)
    assert state.catch_up()
    assert ids(state) == ["1"]


def test_selections_survive_refresh_and_paging(runtime: Runtime):
    fill(runtime, [a_job(number) for number in range(1, 121)])
    state = started(runtime)
    state.selected = [("alpha", "1"), ("alpha", "2")]
    state.page = 3
    state.catch_up()
    fill(runtime, [a_job(number) for number in range(1, 122)])
    state.catch_up()
    assert [job.job_id for job in state.targets("cancel")] == ["1", "2"]


def test_a_job_that_ends_leaves_the_selection(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2)])
    state = started(runtime)
    state.selected = [("alpha", "1"), ("alpha", "2")]
    fill(runtime, [a_job(1, state="COMPLETED"), a_job(2)])
    state.catch_up()
    assert state.selected == [("alpha", "2")]


def test_an_unknown_cluster_in_a_link_is_said(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = started(runtime, "cluster=omega")
    assert "omega" in state.error
    assert "alpha" in state.error
    assert ([status.cluster for status in state.statuses], state.jobs) == (["alpha"], [])
    state.reset()
    state.catch_up()
    assert (state.error, ids(state)) == ("", ["1"])


def test_a_busy_store_is_said_and_the_last_picture_stays(runtime: Runtime, monkeypatch: pytest.MonkeyPatch):
    fill(runtime, [a_job(1)])
    state = started(runtime)
    with monkeypatch.context() as patch:

        def busy(*_: object) -> None:
            raise StoreBusy(Path("clausius.duckdb"), 30)

        patch.setattr(type(runtime.store), "read", busy)
        state.page_size = 100
        assert state.catch_up()
    assert "another process held" in state.error
    assert ids(state) == ["1"]
    state.catch_up()
    assert state.error == ""


def test_the_opened_job_has_its_details_and_an_unknown_one_none(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = started(runtime, "job=alpha:1")
    assert state.detail is not None
    assert state.detail.job.name == "job-1"
    state.opened = ("alpha", "77")
    state.catch_up()
    assert state.detail is None


def test_how_long_ended_jobs_are_shown_is_a_setting(runtime: Runtime):
    with runtime.store.write() as cur:
        st.set_setting(cur, "ended_jobs_shown_h", 6)
    state = started(runtime)
    assert (state.ended_within_h, state.to_query()) == (6, "")
    state.ended_within_h = 24
    assert state.to_query() == "ended=24"


# ---- with a cluster that answers


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Runtime]:
    with faces.a_runtime(tmp_path) as made:
        yield made


def calls(tmp_path: Path) -> int:
    log = tmp_path / "slurm" / "calls.log"
    return log.read_text().count("squeue ['-h'") + log.read_text().count("squeue [") if log.exists() else 0


def finish(state: BoardState) -> None:
    for future in list(state._asked.values()):
        future.result(timeout=ASK_S)


def test_polling_asks_and_the_next_catch_up_shows_it(asked: Runtime):
    state = started(asked)
    assert state.statuses[0].freshness.as_of is None
    state.poll()
    finish(state)
    assert state.catch_up()
    assert state.total == 3
    assert state.asking == []


def test_nobody_looking_is_nobody_asking(asked: Runtime):
    state = started(asked)
    state._looked -= LOOK_S
    state.poll()
    assert state._asked == {}
    state.looked()
    state.auto_refresh = False
    state.poll()
    assert state._asked == {}


def test_refresh_now_tells_of_the_floor(asked: Runtime):
    state = started(asked)
    state.refresh_now()
    assert state.notice is not None
    assert state.notice.text == f"asking {faces.CLUSTER}"
    finish(state)
    state.catch_up()
    as_of = state.statuses[0].freshness.as_of
    state.refresh_now()
    assert state.notice.text.startswith("asked ")
    assert "next look in" in state.notice.text
    finish(state)
    state.catch_up()
    assert state.statuses[0].freshness.as_of == as_of


def test_a_poll_never_waits(asked: Runtime):
    gate = threading.Event()
    state = started(asked)
    client = asked.collector._client

    def slow(name: str):
        gate.wait(ASK_S)
        return client(name)

    asked.collector._client = slow
    begun = datetime.now(UTC)
    state.poll()
    assert datetime.now(UTC) - begun < timedelta(seconds=2)
    state.catch_up()
    assert state.asking == [faces.CLUSTER]
    gate.set()
    finish(state)


def test_cancelling_is_shown_at_once_and_failure_is_told(asked: Runtime, tmp_path: Path):
    state = started(asked)
    state.poll()
    finish(state)
    state.catch_up()
    keys = [(faces.CLUSTER, "1"), (faces.CLUSTER, "404")]
    state.selected = keys
    state.begin("cancel", keys)
    assert set(state.marks) == set(keys)
    state.end(keys, state.perform("cancel", keys))
    assert list(state.marks) == [(faces.CLUSTER, "1")]  # until the queue has been seen again
    assert state.selected == [(faces.CLUSTER, "404")]
    assert state.outcome is not None
    assert list(state.outcome.failed) == [(faces.CLUSTER, "404")]
    assert faces.scancelled(tmp_path) == ["1"]
    [known] = [row for row in st.audit_rows(asked.store, limit=10) if row.target == "1"]
    assert (known.actor, known.outcome) == ("browser", "done")


def test_after_an_act_its_cluster_is_asked_again_as_soon_as_the_floor_allows(
    asked: Runtime, monkeypatch: pytest.MonkeyPatch
):
    state = started(asked)
    state.poll()
    finish(state)
    state.catch_up()
    keys = [(faces.CLUSTER, "1")]
    state.begin("cancel", keys)
    state.end(keys, state.perform("cancel", keys))
    seen = state.statuses[0].freshness.as_of
    state.auto_refresh = False
    state.poll()  # within the floor: nothing yet
    assert all(future.done() for future in state._asked.values())
    monkeypatch.setattr("clausius_panel.collector.FLOOR_S", 0.0)
    state.poll()
    finish(state)
    state.catch_up()
    assert state.statuses[0].freshness.as_of > seen
    assert state.marks == {}
    state.poll()
    assert state._wanted == set()


def test_what_an_address_cannot_mean_is_told_and_the_rest_shown(runtime: Runtime):
    state = started(runtime, "sort=colour&state=gone&q=x")
    assert state.notice is not None
    assert state.notice.text.endswith("state=gone, sort=colour")
    assert state.text == "x"
    assert started(runtime, "q=x").notice is None
