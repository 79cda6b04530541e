from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from clausius_panel.state import ACTS, BoardState
from clausius_panel.views.job_menu import board_menu, job_menu
from tests.views.kit import a_job, a_runtime, fill, pending


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def started(runtime: Runtime, query: str = "") -> BoardState:
    state = BoardState(runtime)
    state.start(query)
    return state


def items(menu: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["title"].removesuffix(" …"): item for group in menu["groups"] for item in group}


def test_every_act_is_offered_and_says_why_it_does_not_apply(runtime: Runtime):
    fill(runtime, [a_job(1)])
    menu = job_menu(started(runtime), [("alpha", "1")])
    offered = items(menu)
    assert menu["title"] == "Job 1 on alpha"
    assert {item["message"]["act"] for item in offered.values()} == {*ACTS, "pin", "dismiss"}
    assert (offered["Hold"]["why"], offered["Hold"]["note"]) == ("only for jobs that wait",) * 2
    assert (offered["Cancel"]["why"], offered["Cancel"]["key"]) == ("", "c")
    assert offered["Cancel"]["message"] == {"kind": "ask", "act": "cancel", "keys": ["alpha:1"]}


def test_of_several_jobs_it_says_to_how_many_an_act_applies(runtime: Runtime):
    fill(runtime, [a_job(1), pending(2), pending(3)])
    state = started(runtime)
    state.selected = [("alpha", str(number)) for number in (1, 2, 3)]
    offered = items(job_menu(state, None))
    assert (offered["Hold"]["note"], offered["Hold"]["why"]) == ("2 of 3", "")
    assert offered["Cancel"]["note"] == ""
    assert offered["Cancel"]["message"]["keys"] is None


def test_read_only_mode_is_told_beside_each(runtime: Runtime):
    fill(runtime, [pending(1)])
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    state = started(runtime)
    menus = (job_menu(state, [("alpha", "1")]), board_menu(state, {"failed": 3}, last=1))
    told = [item for menu in menus for item in items(menu).values() if item["message"]["kind"] != "filter"]
    assert all("read-only" in item["why"] for item in told)


def test_a_pinned_job_is_unpinned(runtime: Runtime):
    fill(runtime, [a_job(1)])
    with runtime.store.write() as cur:
        cur.execute("UPDATE jobs SET pinned = true")
    assert "Unpin" in items(job_menu(started(runtime), [("alpha", "1")]))


def test_the_boards_menu_counts_what_it_clears_and_what_comes_back(runtime: Runtime):
    fill(runtime, [])
    offered = items(board_menu(started(runtime), {"failed": 3, "completed": 0}, last=0))
    assert (offered["Clear failed"]["note"], offered["Clear failed"]["why"]) == ("3 jobs", "")
    assert offered["Clear completed"]["why"] == "there is none"
    assert offered["Undo the last clearing"]["why"] == "nothing was cleared"
    narrowed = items(board_menu(started(runtime, "cluster=alpha&cleared=1"), {"failed": 1}, last=3))
    assert "Clear failed on alpha" in narrowed
    assert narrowed["Undo the last clearing"]["note"] == "3 jobs"
    assert narrowed["Hide cleared jobs"]["message"]["values"] == {"cleared": False}
