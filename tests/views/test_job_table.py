from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state import ALL_COLUMNS, DEFAULT_COLUMNS, BoardState
from clausius_panel.views.job_table import COLUMNS, cells, row_text, table
from tests.views.kit import a_job, a_runtime, fill, pending

BOARD_PX = 1440


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def shown(runtime: Runtime, query: str = "") -> dict[str, Any]:
    state = BoardState(runtime)
    state.start(query)
    return table(state)


def test_state_and_view_know_the_same_columns():
    assert tuple(COLUMNS) == ALL_COLUMNS
    assert set(cells(a_job(1))) == set(ALL_COLUMNS)


def test_the_default_columns_fit_a_usual_screen():
    assert 30 + sum(COLUMNS[name].width for name in DEFAULT_COLUMNS) <= BOARD_PX


def test_a_waiting_job_has_an_estimate_and_no_elapsed_time():
    job = pending(1, start_time=a_job(1).start_time)
    assert cells(job)["started"]["estimate"]
    assert cells(job)["time"] == {"elapsed": None, "limit": 3600, "at": None}


def test_an_earlier_attempt_tells_when_it_started_and_how_long_it_ran():
    earlier = cells(a_job(1, state="REQUEUED", elapsed_s=674))
    assert not earlier["started"]["estimate"]
    assert earlier["time"]["elapsed"] == 674
    assert cells(a_job(1, state="REQUEUE_HOLD"))["started"]["estimate"]


def test_time_counts_on_only_where_the_cluster_answers(runtime: Runtime):
    fill(runtime, [a_job(1)])
    [row] = shown(runtime)["rows"]
    assert row["cells"]["time"]["at"] is not None
    fill(runtime, [a_job(1)], last_error="connection refused", error_kind="unreachable")
    [row] = shown(runtime)["rows"]
    assert row["cells"]["time"]["at"] is None


def test_words_come_with_slurms_own():
    why = cells(pending(1, reason="Licenses"))["why"]
    assert why["text"] == "waits for a licence"
    assert "Licenses" in why["tip"]
    assert cells(a_job(1))["why"] == {"text": "gpu01", "tip": "gpu01", "mono": True}


def test_two_attempts_of_one_job_are_two_rows():
    first, second = a_job(1), a_job(1, submit_time=a_job(9).submit_time)
    assert row_text(first) != row_text(second)


def test_a_job_that_is_being_cancelled_says_so_until_it_ends(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = BoardState(runtime)
    state.start()
    state.begin("cancel", [("alpha", "1")])
    assert table(state)["rows"][0]["cells"]["state"]["text"] == "Cancelling"
    fill(runtime, [a_job(1, state="CANCELLED")])
    state.catch_up()
    assert table(state)["rows"][0]["cells"]["state"]["text"] == "Cancelled"


def test_only_the_chosen_columns_travel(runtime: Runtime):
    fill(runtime, [a_job(1)])
    made = shown(runtime, "col=state&col=name")
    assert [column["id"] for column in made["columns"]] == ["name", "state"]
    assert list(made["rows"][0]["cells"]) == ["name", "state"]


def test_an_empty_table_says_what_would_be_here(runtime: Runtime):
    assert "add-cluster" in shown(runtime)["empty"]["code"]
    fill(runtime, [], jobs_as_of=None)
    assert shown(runtime)["empty"]["action"] == "loading"
    fill(runtime, [], jobs_as_of=None, last_error="no route", error_kind="unreachable")
    assert "No cluster has answered" in shown(runtime)["empty"]["title"]
    fill(runtime, [])
    assert shown(runtime)["empty"]["title"] == "No job is in the queue"
    assert shown(runtime, "user=nobody")["empty"]["action"] == "reset"
    assert shown(runtime, "cluster=omega")["empty"]["title"] == "Nothing was looked for"
    fill(runtime, [a_job(1)])
    assert shown(runtime, "page=9")["empty"]["action"] == "first"
    assert shown(runtime)["empty"] is None


def test_each_act_has_its_chip_until_the_queue_tells(runtime: Runtime):
    fill(runtime, [pending(1)])
    state = BoardState(runtime)
    state.start()
    state.begin("hold", [("alpha", "1")])
    assert table(state)["rows"][0]["cells"]["state"]["text"] == "Holding"


def test_a_pinned_job_is_marked(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2)])
    with runtime.store.write() as cur:
        cur.execute("UPDATE jobs SET pinned = true WHERE job_id = '2'")
    assert [row["pinned"] for row in shown(runtime)["rows"]] == [False, True]


def test_only_the_newest_attempt_of_a_job_can_be_chosen(runtime: Runtime):
    fill(runtime, [a_job(1, submit_time=a_job(99).submit_time)])
    fill(runtime, [a_job(1)])
    assert {row["cells"]["state"]["text"]: row["ended"] for row in shown(runtime)["rows"]} == {
        "Running": False,
        "Unknown": True,
    }
