"""The page of runs, without and with a browser."""

import json
import re

import pytest

from clausius_panel import store as st
from clausius_panel.views.runs_page import RunsPage
from tests.views.conftest import live
from tests.views.kit import a_job
from tests.views.run_kit import EVIL, chain, fill_runs

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


def body(page):
    return json.loads(page.client.body)


async def test_messages_filter_open_star_and_hide(chained_runtime):
    page = RunsPage(chained_runtime, "")
    assert [row["id"] for row in body(page)["rows"]] == ["1", "9"]
    await page.hear({"kind": "turn", "what": "run", "key": "alpha:1"})
    assert len(body(page)["rows"][0]["rows"]) == 4
    await page.hear({"kind": "star", "keys": ["alpha:1"], "on": True})
    assert body(page)["rows"][0]["starred"]
    await page.hear({"kind": "pin", "keys": ["alpha:1"], "on": True})
    assert body(page)["rows"][0]["pinned"]
    await page.hear({"kind": "filter", "values": {"project": "other", "runtime": None, "opened": 1}})
    assert [row["id"] for row in body(page)["rows"]] == ["9"]
    await page.hear({"kind": "reset"})
    await page.hear({"kind": "dismiss", "keys": ["alpha:9"]})
    assert [row["id"] for row in body(page)["rows"]] == ["1"]
    assert json.loads(page.client.notice)["action"] == "Undo"
    await page.hear({"kind": "undo"})
    assert len(body(page)["rows"]) == 2


async def test_clearing_asks_with_numbers_first(chained_runtime):
    page = RunsPage(chained_runtime, "cluster=alpha")
    await page.hear({"kind": "ask-clear"})
    asked = json.loads(page.client.dialog)
    assert (asked["counts"], asked["of"]) == ({"failed": 1, "completed": 0}, "alpha")
    await page.hear({"kind": "clear", "what": "failed"})
    assert json.loads(page.client.notice)["text"] == "1 job hidden; nothing is deleted"


async def test_read_only_mode_refuses_in_words(chained_runtime):
    with chained_runtime.store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    page = RunsPage(chained_runtime, "")
    await page.hear({"kind": "dismiss", "keys": ["alpha:9"]})
    assert json.loads(page.client.notice)["kind"] == "error"
    assert len(body(page)["rows"]) == 2


@pytest.mark.parametrize(
    ("query", "title"),
    [("q=nothing+of+this+name", "No run matches"), ("p=9", "past the end"), ("", "No cluster yet")],
)
def test_an_empty_page_says_why(runtime, query, title):
    if query:
        chain(runtime)
    assert title in body(RunsPage(runtime, query))["empty"]["title"]


def test_a_fleet_without_runs_says_what_would_be_here(runtime):
    fill_runs(runtime, [])
    assert body(RunsPage(runtime, ""))["empty"]["title"] == "No run is to be seen"


@pytest.mark.chromium
def test_a_run_opens_to_its_jobs_and_the_url_says_so(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=runs")
    assert page.title() == "Runs · Clausius"
    expect(page.locator("tr.is-run")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("tr.is-job")).to_have_count(4)
    expect(page.locator("tr.is-job").nth(1)).to_contain_text("blocked")
    expect(page).to_have_url(re.compile(r"\?page=runs&open=alpha:1$"))
    page.get_by_role("button", name=re.compile("Open the 5 tasks")).click()
    expect(page.locator("tr.is-task")).to_have_count(1)
    page.reload()
    live(page)
    expect(page.locator("tr.is-job")).to_have_count(4)
    page.go_back()
    expect(page.locator("tr.is-task")).to_have_count(0)


@pytest.mark.chromium
def test_selected_runs_are_dismissed_and_brought_back(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=runs")
    for key in ("j", "j", "x", "d"):
        page.keyboard.press(key)
    expect(page.locator("tr.is-run")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr.is-run")).to_have_count(2)
    page.get_by_role("button", name="Clear …").click()
    expect(page.get_by_role("dialog")).to_contain_text("Clear ended jobs of all clusters?")
    page.get_by_role("button", name="Hide 1 failed").click()
    expect(page.get_by_text("1 job hidden")).to_be_visible()


@pytest.mark.chromium
def test_hostile_names_stay_text(runtime, open_board):
    fill_runs(runtime, [a_job(1, name=f"p_x{EVIL}", user="<b>me</b>", comment=EVIL)])
    page = open_board(runtime, "?page=runs&open=alpha:1")
    expect(page.locator("tr.is-job")).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


@pytest.mark.chromium
def test_search_narrows_while_typing_and_links_lead_to_the_run(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=runs")
    page.keyboard.press("/")
    page.keyboard.type("mpsf")
    expect(page.locator("tr.is-run")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=mpsf"))
    page.locator("tr.is-run a.name").click()
    expect(page.get_by_role("heading", name="hle_mpsf_eval")).to_be_visible()


@pytest.mark.chromium
def test_names_that_differ_at_their_end_can_be_told_apart_in_a_narrow_window(runtime, open_board):
    names = [f"llm7b_pretrain-v3_lr2e-5_warmup500_r{number}" for number in range(2)]
    fill_runs(runtime, [a_job(number + 1, name=name) for number, name in enumerate(names)])
    page = open_board(runtime, "?page=runs")
    for width in (1180, 900):
        page.set_viewport_size({"width": width, "height": 700})
        for number in range(2):
            end = page.locator("tr.is-run").nth(number).locator("a.name")
            assert end.evaluate("each => each.scrollWidth <= each.clientWidth")


@pytest.fixture
def slurm(tmp_path):
    """Where Slurm's commands write down what they were asked for."""
    path = tmp_path / "slurm"
    path.mkdir()
    for name in ("scontrol", "scancel"):
        (path / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {path}/told\n')
        (path / name).chmod(0o755)
    return path


async def test_selected_runs_are_held_released_and_cancelled_job_by_job(runtime, slurm):
    waits = {"state": "PENDING", "start_time": None, "elapsed_s": 0}
    jobs = [
        a_job(1, name="one"),
        a_job(2, name="two", **waits),
        a_job(3, name="three", reason="JobHeldUser", **waits),
    ]
    fill_runs(runtime, jobs, slurm_path=str(slurm))
    page, keys = RunsPage(runtime, ""), [f"alpha:{number}" for number in (1, 2, 3)]
    await page.hear({"kind": "do", "act": "hold", "keys": keys})
    assert page.look.notice.text == "1 job held"
    await page.hear({"kind": "do", "act": "release", "keys": keys[:2]})
    assert page.look.notice.text == "none of their jobs is held"
    await page.hear({"kind": "ask-cancel", "keys": keys[:2]})
    question = json.loads(page.client.dialog)
    assert (question["runs"], question["jobs"], question["lines"]) == (
        "2 runs",
        "2 jobs",
        ["alpha one", "alpha two"],
    )
    await page.hear({"kind": "do", "act": "cancel", "keys": keys[:2]})
    assert page.look.notice.text == "2 jobs cancelled"
    await page.hear({"kind": "do", "act": "reboot", "keys": keys})
    told = [line for line in (slurm / "told").read_text().splitlines() if "show config" not in line]
    assert told == ["scontrol uhold 2", "scancel -v 1", "scancel -v 2"]


@pytest.mark.chromium
def test_cancelling_selected_runs_asks_first(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=runs")
    for key in ("j", "x"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Cancel …").click()
    expect(page.get_by_role("dialog")).to_contain_text("Cancel 1 run: 3 jobs in the queue?")
    page.get_by_role("button", name="Keep it", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("tr.is-run")).to_have_count(2)
