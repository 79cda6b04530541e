"""The page of history in Chromium, and what it says without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from clausius_panel.views.history_page import HistoryPage
from tests.views.kit import a_job, fill
from tests.views.past_kit import fill_recent

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__: list[str] = []

Open = Callable[..., "Page"]


def test_an_empty_store_tells_how_the_past_comes_in(runtime: Runtime) -> None:
    empty = HistoryPage(runtime, "").body()["empty"]
    assert empty["title"] == "No job of the past is known yet"
    assert any("backfill" in code for code in empty["codes"])
    assert any("import" in code for code in empty["codes"])


def test_days_that_cannot_be_find_nothing_and_do_not_claim_that_there_is_nothing(runtime: Runtime) -> None:
    fill(runtime, [a_job(1)])
    page = HistoryPage(runtime, "from=2026-05-02&to=2026-05-01")
    assert "2026-05-02" in page.state.error
    assert page.body()["empty"] == {"title": "Nothing was looked for", "text": "", "action": "reset"}


def test_a_row_says_every_fact_of_its_job(runtime: Runtime) -> None:
    fill(runtime, [a_job(12, state="RUNNING", gpus=4, gpu_type="h100", qos="high")])
    [row] = HistoryPage(runtime, "").body()["rows"]
    facts = {fact["title"]: fact.get("text") for fact in row["facts"]}
    assert facts["Job"] == "12"
    assert facts["GPUs"] == "4 H100"
    assert facts["QOS"] == "high"
    assert "job=" in row["link"]


async def test_the_first_click_on_a_number_puts_the_greatest_first_and_the_third_goes_back(
    runtime: Runtime,
) -> None:
    fill_recent(runtime, 200)
    page = HistoryPage(runtime, "")
    orders = []
    for _ in range(3):
        await page.hear({"kind": "sort", "column": "cpu_hours"})
        orders.append((page.state.sort, page.state.descending))
    assert orders == [("cpu_hours", True), ("cpu_hours", False), ("submit_time", True)]


async def test_runs_are_sorted_by_what_runs_have(runtime: Runtime) -> None:
    fill_recent(runtime, 60)
    page = HistoryPage(runtime, "runs=1&sort=wait_s")
    await page.refresh()
    assert (page.body()["sort"], page.body()["descending"]) == ("last_submit", True)
    assert "states" not in page.body()["sortable"]
    await page.hear({"kind": "sort", "column": "cpu_hours"})
    await page.refresh()
    hours = [run.cpu_hours for run in page.state.rows.rows]
    assert hours == sorted(hours, reverse=True)
    assert len(set(hours)) > 1


async def test_pages_lead_to_older_jobs_and_back_without_repeating_one(runtime: Runtime) -> None:
    fill_recent(runtime, 180)
    page = HistoryPage(runtime, "rows=50")
    seen: list[str] = []
    for _ in range(4):
        seen += [row["row"] for row in page.body()["rows"]]
        await page.hear({"kind": "older"})
    assert len(seen) == len(set(seen)) == 180
    await page.hear({"kind": "newer"})
    await page.hear({"kind": "newer"})
    assert [row["row"] for row in page.body()["rows"]] == seen[50:100]


async def test_what_makes_no_sense_in_a_link_is_said_and_not_raised(runtime: Runtime) -> None:
    fill_recent(runtime, 20)
    page = HistoryPage(runtime, "user=nobody&from=yesterday&after=%00&sort=nothing&cols=nothing")
    assert "there are" in page.state.error or "such as" in page.state.error
    assert page.body()["rows"] == []
    await page.hear({"kind": "reset"})
    assert page.state.error == ""
    assert len(page.body()["rows"]) == 20


async def test_filters_are_kept_under_a_name_and_forgotten(runtime: Runtime) -> None:
    fill_recent(runtime, 50)
    page = HistoryPage(runtime, "partition=gpu")
    await page.hear({"kind": "save", "name": "  on GPUs "})
    [kept] = page.filters()["saved"]
    assert kept["name"] == "on GPUs"
    assert "partition=gpu" in kept["query"]
    await page.hear({"kind": "forget", "name": "on GPUs"})
    assert page.filters()["saved"] == []


async def test_read_only_mode_keeps_no_filter_and_says_so(runtime: Runtime) -> None:
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    page = HistoryPage(runtime, "")
    await page.hear({"kind": "save", "name": "mine"})
    assert page.state.notice is not None
    assert page.state.notice.kind == "error"
    assert page.filters()["saved"] == []


@pytest.mark.chromium
def test_history_is_searched_filtered_turned_and_opened(runtime: Runtime, open_board: Open) -> None:
    from playwright.sync_api import expect

    fill_recent(runtime, 6_000)
    page = open_board(runtime, "?page=history")
    rows = page.locator("table[aria-label=History] tbody tr")
    page.get_by_text("6,000 jobs selected").wait_for()
    assert rows.count() == 50
    page.get_by_role("button", name="Older (])").click()
    page.get_by_text("jobs 51\N{EN DASH}100").wait_for()
    page.go_back()
    page.get_by_text("jobs 1\N{EN DASH}50").wait_for()

    page.get_by_role("button", name="Filter by partition").click()
    page.get_by_role("checkbox").nth(0).wait_for()
    page.locator(".menu label", has_text="gpu-long").get_by_role("checkbox").check()
    page.wait_for_url("**partition=gpu-long**")
    page.keyboard.press("Escape")
    for i in range(5):  # the address changes before the rows do
        expect(rows.nth(i).locator("td").nth(6)).to_have_text("gpu-long")

    # of many values one types what to find; back on the page the keys are the page's again
    page.get_by_role("button", name="Filter by user").click()
    expect(page.get_by_role("searchbox", name="Find user")).to_be_focused()
    page.keyboard.type("no such user")
    page.get_by_text("none of this name").wait_for()
    page.keyboard.press("Escape")  # empties the field
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Filter by user")).to_be_focused()
    page.get_by_role("button", name="Saved").click()
    page.get_by_label("Name for these filters").fill("mine")
    page.keyboard.press("Enter")
    page.get_by_text("saved as").wait_for()
    expect(page.get_by_role("button", name="Saved")).to_be_focused()

    # "300 d ago" would be the same in every row
    dates = rows.locator("td", has_text=re.compile(r"^20\d\d-\d\d-\d\d \d\d:\d\d$"))
    expect(dates.last).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.locator("aside.drawer")
    drawer.wait_for()
    assert "Submitted" in drawer.inner_text()
    assert drawer.get_by_role("link", name="Open the job").get_attribute("href").startswith("?page=")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.keyboard.press("Enter")
    expect(drawer).to_be_visible()

    page.get_by_role("button", name="Runs", exact=True).click()
    page.wait_for_url("**runs=1**")
    page.get_by_text("runs 1\N{EN DASH}").wait_for()
    expect(drawer).to_be_hidden()


@pytest.mark.chromium
def test_history_is_kept_as_a_file_from_the_page(runtime: Runtime, open_board: Open) -> None:
    fill_recent(runtime, 120)
    page = open_board(runtime, "?page=history")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="CSV").click()
    text = kept.value.path().read_text(encoding="utf-8")
    assert kept.value.suggested_filename == "history.csv"
    assert len(text.splitlines()) == 121
