from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state import BoardState
from clausius_panel.views.job_detail import job_detail
from tests.views.kit import a_job, a_runtime, fill, pending


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def shown(runtime: Runtime, query: str) -> dict[str, Any] | None:
    state = BoardState(runtime)
    state.start(query)
    return job_detail(state)


def fields(detail: dict[str, Any]) -> dict[str, Any]:
    return {field["title"]: field for group in detail["groups"] for field in group["fields"]}


def test_a_closed_drawer_shows_nothing(runtime: Runtime):
    assert shown(runtime, "") is None


def test_a_job_nobody_saw_is_said_to_be_missing(runtime: Runtime):
    fill(runtime, [])
    detail = shown(runtime, "job=alpha:9")
    assert detail is not None
    assert (detail["missing"], detail["id"], detail["cluster"]) == (True, "9", "alpha")


def test_fields_without_a_value_are_left_out(runtime: Runtime):
    fill(
        runtime,
        [a_job(1, gpus=16, nodes=2, gpu_type="h100", work_dir="/home/a b", stdout_path="/o", stderr_path="/o")],
    )
    detail = shown(runtime, "job=alpha:1")
    assert detail is not None
    known = fields(detail)
    assert known["GPUs"]["text"] == "16 (2x8) H100"
    assert known["Working directory"] == {
        "title": "Working directory",
        "text": "/home/a b",
        "mono": True,
        "copy": True,
    }
    assert known["Time limit"]["text"] == "1h"
    assert not {"Errors", "Comment", "Dependency", "Het job", "QOS"} & set(known)
    assert detail["can_cancel"]


def test_a_pending_jobs_start_is_an_estimate(runtime: Runtime):
    fill(runtime, [pending(1, start_time=a_job(1).start_time)])
    detail = shown(runtime, "job=alpha:1")
    assert detail is not None
    assert "Slurm's estimate of its start" in fields(detail)
    assert detail["why"] == "waits for a licence"


def test_a_job_that_is_being_cancelled_says_so_and_cannot_be_cancelled_again(runtime: Runtime):
    fill(runtime, [a_job(1)])
    state = BoardState(runtime)
    state.start("job=alpha:1")
    state.begin("cancel", [("alpha", "1")])
    detail = job_detail(state)
    assert detail is not None
    assert (detail["state"]["text"], detail["can_cancel"]) == ("Cancelling", False)


def test_changes_of_state_are_told_newest_first(runtime: Runtime):
    fill(runtime, [pending(1)])
    fill(runtime, [a_job(1)])
    fill(runtime, [a_job(1, state="FAILED", exit_code="1:0")])
    detail = shown(runtime, "job=alpha:1")
    assert detail is not None
    assert [event["text"] for event in detail["events"]] == ["Failed", "Running", "Pending"]
    assert not detail["can_cancel"]
    assert detail["why"] == "exit status 1"


def test_attempts_of_a_requeued_job_open_one_by_one(runtime: Runtime):
    first, second = a_job(1, submit_time=a_job(99).submit_time), a_job(1)
    fill(runtime, [first])
    fill(runtime, [second])
    newest = shown(runtime, "job=alpha:1")
    assert newest is not None
    assert [(each["number"], each["shown"]) for each in newest["attempts"]] == [(1, False), (2, True)]
    older = shown(runtime, f"job={newest['attempts'][0]['row']}")
    assert older is not None
    assert (older["row"], newest["row"]) == tuple(each["row"] for each in newest["attempts"])
    assert [each["shown"] for each in older["attempts"]] == [True, False]
    gone = shown(runtime, "job=alpha:1:12345")
    assert gone is not None
    assert gone["missing"]


def test_a_job_with_one_attempt_tells_of_none(runtime: Runtime):
    fill(runtime, [a_job(1)])
    detail = shown(runtime, "job=alpha:1")
    assert detail is not None
    assert detail["attempts"] == []
