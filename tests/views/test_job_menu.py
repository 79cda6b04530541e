from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import store as st
from clausius_panel.local_processes import ProcessFilter, add_filter
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


def test_of_a_process_of_this_machine_only_its_end_is_offered(runtime: Runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    fill(runtime, [a_job(7)], cluster="local")
    fill(runtime, [pending(1)])
    state = started(runtime)
    assert state.processes == ["local"]
    alone = items(job_menu(state, [("local", "7")]))
    assert {item["message"]["act"] for item in alone.values()} == {"cancel", "cancel_run", "pin", "dismiss"}
    both = items(job_menu(state, [("local", "7"), ("alpha", "1")]))
    assert (both["Hold"]["note"], both["Hold"]["why"]) == ("1 of 2", "")
    assert state.targets("time_limit", [("local", "7")]) == []
    assert "process of this machine" in state.why_not("requeue", state.chosen([("local", "7")])[0])
