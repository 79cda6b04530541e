"""What a person does to jobs on the board, in a real browser and without one."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clausius_panel import config
from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from clausius_panel.views.board import Board
from clausius_panel.views.board_acts import read_keys
from tests import faces
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

Open = Callable[..., Page]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Runtime]:
    waiting = {"State": "PENDING", "StartTime": "N/A", "NodeList": "", "TimeUsed": "0:00"}
    queue = [
        faces.row(1),
        faces.row(404, **waiting),
        faces.row(3, **waiting),
        faces.row(4, Reason="JobHeldUser", **waiting),
        faces.row(5, JobArrayID="5_[1-9]", ArrayJobID=5, ArrayTaskID="1-9", **waiting),
    ]
    data_dir = faces.data_directory(tmp_path, queue=queue)
    with Runtime(config.load(environ={}, file="/dev/null", data_dir=data_dir)) as made:
        made.refresh()
        yield made


def row(page: Page, name: str):
    return page.locator("tbody tr").filter(has=page.get_by_role("button", name=name, exact=True))


def choose(page: Page, title: str) -> None:
    page.locator(".menu").get_by_role("menuitem", name=re.compile(f"^{title}")).click()


@pytest.mark.parametrize("texts", [["alpha"], [""], [7]])
def test_a_name_of_a_job_that_is_none_is_refused(texts):
    with pytest.raises(ValueError, match="no job's name"):
        read_keys(texts)


async def test_acts_that_make_no_sense_are_dropped(runtime: Runtime):
    fill(runtime, [a_job(1)])
    board = Board(runtime)
    for message in (
        {"kind": "ask", "act": "explode", "keys": ["alpha:1"]},
        {"kind": "do", "act": "hold", "keys": ["nokey"]},
        {"kind": "do", "act": "hold", "keys": []},
        {"kind": "keep", "act": "burn", "keys": ["alpha:1"]},
        {"kind": "keep", "act": "pin", "keys": None},
        {"kind": "clear", "what": "everything"},
        {"kind": "restore"},
    ):
        await board.hear(message)
    assert (board.client.dialog, board.client.notice, board.state.marks) == ("null", "null", {})


async def test_an_act_that_does_not_apply_says_why(runtime: Runtime):
    fill(runtime, [a_job(1)])
    board = Board(runtime)
    await board.hear({"kind": "ask", "act": "hold", "keys": ["alpha:1"]})
    assert json.loads(board.client.notice)["text"] == "Hold: only for jobs that wait"
    await board.hear({"kind": "ask", "act": "hold", "keys": None})
    assert json.loads(board.client.notice)["text"] == "no job is selected"


@pytest.mark.chromium
def test_holding_is_asked_about_shown_at_once_and_can_be_taken_back(
    asked: Runtime, tmp_path: Path, open_board: Open
):
    page = open_board(asked)
    row(page, "job-3").get_by_role("checkbox").check()
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Hold 1 job on {faces.CLUSTER}?")
    expect(dialog).to_contain_text("job-3")
    assert faces.changed(tmp_path) == []
    dialog.get_by_role("button", name="Hold 1 job").click()
    expect(row(page, "job-3")).to_contain_text("Holding")
    notice = page.get_by_role("status")
    expect(notice.filter(has_text="1 job held")).to_be_visible()
    notice.get_by_role("button", name="Release").click()
    expect(notice.filter(has_text="1 job released")).to_be_visible()
    assert faces.changed(tmp_path) == ["uhold 3", "release 3"]


@pytest.mark.chromium
def test_the_same_key_releases_what_is_held(asked: Runtime, tmp_path: Path, open_board: Open):
    page = open_board(asked)
    row(page, "job-4").get_by_role("checkbox").check()
    page.keyboard.press("h")
    page.get_by_role("dialog").get_by_role("button", name="Release 1 job").click()
    expect(page.get_by_role("status").filter(has_text="1 job released")).to_be_visible()
    assert faces.changed(tmp_path) == ["release 4"]


@pytest.mark.chromium
def test_the_menu_says_what_applies_and_each_failure_is_reported(asked: Runtime, tmp_path: Path, open_board: Open):
    page = open_board(asked)
    for name in ("job-1", "job-3", "job-404"):
        row(page, name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Actions").click()
    menu = page.locator(".menu")
    expect(menu.get_by_role("menuitem", name=re.compile("^Release"))).to_be_disabled()
    expect(menu.get_by_role("menuitem", name=re.compile("^Hold"))).to_contain_text("2 of 3")
    choose(page, "Put first")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 more of the selected is left alone.")
    dialog.get_by_role("button", name="Put first 2 jobs").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 job not put first")
    expect(page.get_by_role("dialog")).to_contain_text("it is not in the queue")
    assert faces.changed(tmp_path) == ["top 3"]


@pytest.mark.chromium
def test_a_time_limit_that_cannot_be_right_is_asked_for_again(asked: Runtime, tmp_path: Path, open_board: Open):
    page = open_board(asked)
    row(page, "job-1").locator(".name").click()
    page.locator(".drawer").get_by_role("button", name="Actions").click()
    choose(page, "Change time limit")
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Time limit")
    expect(field).to_have_value("2-0:00:00")
    field.fill("soon")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("use minutes")
    expect(field).to_have_value("soon")
    assert faces.changed(tmp_path) == []
    field.fill("3-00:00:00")
    field.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="1 job changed")).to_be_visible()
    assert faces.changed(tmp_path) == ["update 1 TimeLimit=3-00:00:00"]


@pytest.mark.chromium
def test_a_part_of_an_array_and_a_whole_run_are_cancelled(asked: Runtime, tmp_path: Path, open_board: Open):
    page = open_board(asked)
    row(page, "job-5").locator(".name").click()
    page.locator(".drawer").get_by_role("button", name="Actions").click()
    choose(page, "Cancel part of the array")
    field = page.get_by_role("dialog").get_by_label("Tasks")
    expect(field).to_have_value("1-9")
    field.fill("5-9")
    page.get_by_role("button", name="Cancel these tasks").click()
    expect(page.get_by_role("status").filter(has_text="1 job cancelled; cancelled jobs cannot")).to_be_visible()
    page.locator(".drawer").get_by_role("button", name="Actions").click()
    choose(page, "Cancel the whole run")
    expect(page.get_by_role("dialog")).to_contain_text("Cancel the whole run")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Cancel 1 job")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_function("document.querySelector('#board') !== null")
    expect(page.get_by_role("status").filter(has_text="cancelled")).to_be_visible()
    assert faces.scancelled(tmp_path)[0] == "5_[5-9]"


@pytest.mark.chromium
def test_cleared_jobs_go_and_come_back(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1), a_job(2), a_job(3)])
    fill(runtime, [a_job(1), a_job(2, state="FAILED"), a_job(3, state="COMPLETED")])
    page = open_board(runtime)
    page.get_by_role("button", name="Clear failed or completed jobs").click()
    choose(page, "Clear failed")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Clear failed or completed jobs").click()
    choose(page, "Clear completed")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Clear failed or completed jobs").click()
    choose(page, "Show cleared jobs")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page).to_have_url(re.compile("cleared=1"))


@pytest.mark.chromium
def test_jobs_are_pinned_and_dismissed_with_a_way_back(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1), a_job(2)])
    page = open_board(runtime)
    row(page, "job-1").get_by_role("checkbox").check()
    page.keyboard.press("m")
    choose(page, "Pin")
    expect(row(page, "job-1")).to_have_class(re.compile("pinned"))
    page.keyboard.press("m")
    choose(page, "Dismiss")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(2)


@pytest.mark.chromium
def test_attempts_of_a_requeued_job_open_separately(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1, submit_time=a_job(99).submit_time, node_list="gpu07")])
    fill(runtime, [a_job(1, state="PENDING", start_time=None, node_list="", elapsed_s=0)])
    page = open_board(runtime, "?job=alpha:1")
    attempts = page.get_by_role("group", name="Attempts")
    expect(attempts.get_by_role("button", name="2")).to_have_attribute("aria-pressed", "true")
    attempts.get_by_role("button", name="1").click()
    expect(attempts.get_by_role("button", name="1")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"job=alpha:1:\d+$"))
    expect(page.locator("tr.opened")).to_have_count(1)


@pytest.mark.chromium
def test_in_read_only_mode_the_menu_says_so(asked: Runtime, tmp_path: Path, open_board: Open):
    with asked.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    page = open_board(asked)
    row(page, "job-3").get_by_role("checkbox").check()
    page.get_by_role("button", name="Actions").click()
    expect(page.locator(".menu").get_by_role("menuitem").first).to_be_disabled()
    expect(page.locator(".menu").get_by_role("menuitem").first).to_contain_text("read-only")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.get_by_role("status").filter(has_text="read-only mode is on")).to_be_visible()
    assert faces.changed(tmp_path) == []


@pytest.mark.chromium
def test_a_list_patched_again_and_again_is_the_one_a_fresh_page_shows(runtime: Runtime, open_board: Open):
    fill(runtime, [pending(number) for number in range(1, 31)])
    page = open_board(runtime)
    expect(page.locator("tbody tr")).to_have_count(30)
    for turn in range(4):  # jobs come, go, start and change their reason
        jobs = [pending(number) for number in range(1, 32 + turn) if number not in (9, 9 + turn)]
        fill(runtime, [*jobs, pending(77, reason=f"Reason{turn}"), a_job(200 + turn)])
        expect(row(page, f"job-{200 + turn}")).to_have_count(1)
        expect(row(page, "job-77")).to_contain_text(f"Reason{turn}")
    patched = page.locator("tbody tr .name").all_text_contents()
    page.reload()
    live(page)
    assert page.locator("tbody tr .name").all_text_contents() == patched
