"""The switch between jobs and runs, without and with a browser."""

import re

import pytest

from clausius_panel.views.board_page import BoardPage
from clausius_panel.views.job_run_switch import job_run_switch
from clausius_panel.views.project_page import ProjectPage
from clausius_panel.views.runs_page import RunsPage

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


def other(page) -> str:
    return next(side["href"] for side in page.bar["switch"] if side["href"])


async def test_each_side_leads_to_the_other_with_the_filters_that_both_know(chained_runtime):
    board = BoardPage(chained_runtime, "cluster=alpha&user=alice&q=hle&state=failed&job=alpha:1")
    assert other(board) == "?page=runs&cluster=alpha&user=alice&q=hle"
    await board.hear({"kind": "filter", "values": {"mine": True}})
    assert other(board) == "?page=runs&cluster=alpha&user=alice&mine=1&q=hle"
    runs = RunsPage(chained_runtime, "cluster=alpha&user=alice&q=hle&project=hle&star=1&open=alpha:1")
    assert other(runs) == "?page=board&cluster=alpha&user=alice&q=hle"
    await runs.hear({"kind": "filter", "values": {"users": []}})
    assert other(runs) == "?page=board&cluster=alpha&q=hle"


def test_a_project_has_no_other_side(chained_runtime):
    assert ProjectPage(chained_runtime, "name=hle").bar["switch"] == []


def test_hostile_text_stays_within_its_value():
    [_, runs] = job_run_switch("board", "q=a%26page%3Dsettings%22%3E&user=%3Cb%3E")
    assert runs["href"] == "?page=runs&q=a%26page%3Dsettings%22%3E&user=%3Cb%3E"


@pytest.mark.chromium
def test_v_turns_jobs_into_runs_and_back_at_the_same_place(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=board&q=mpsf")
    here = page.locator("#bar").get_by_role("navigation", name="Jobs or runs")  # the live one: it hears keys
    expect(here.locator("[aria-current]")).to_have_text("Jobs")
    where = here.bounding_box()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("runs instead of jobs")
    page.keyboard.press("v")  # the dialog has the keys
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("v")
    expect(page).to_have_url(re.compile(r"\?page=runs&q=mpsf$"))
    expect(here.locator("[aria-current]")).to_have_text("Runs")
    assert here.bounding_box() == where
    expect(page.locator("tr.is-run")).to_have_count(1)
    here.get_by_role("link", name="Jobs").click()
    expect(here.locator("[aria-current]")).to_have_text("Jobs")
    expect(page).to_have_url(re.compile(r"\?q=mpsf$"))
