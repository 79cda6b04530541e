"""The page of usage in Chromium, and what it says without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.views.usage_drawing import Chart
from clausius_panel.views.usage_page import UsagePage, _makes_pairs
from tests.views.past_kit import fill_recent

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

__all__: list[str] = []

Open = Callable[..., Page]


async def test_nothing_is_computed_before_the_page_stands(runtime: Runtime) -> None:
    fill_recent(runtime, 50)
    page = UsagePage(runtime, "tab=nodes")
    assert page.body()["tiles"] == []
    assert page.body()["waits"]
    await page.hear({"kind": "begin"})
    assert page.body()["tiles"]
    assert page.body()["took"].startswith("computed in")


async def test_an_empty_store_tells_how_the_past_comes_in(runtime: Runtime) -> None:
    page = UsagePage(runtime, "")
    await page.hear({"kind": "begin"})
    assert any("backfill" in code for code in page.body()["empty"]["codes"])


async def test_a_click_on_a_bar_selects_it_and_a_second_click_everything(runtime: Runtime) -> None:
    fill_recent(runtime, 300)
    page = UsagePage(runtime, "tab=nodes")  # the tab with the fewest charts
    await page.hear({"kind": "begin"})
    whole = page.state.found.board.summary.jobs
    await page.hear({"kind": "pick", "dimension": "partitions", "value": "gpu"})
    assert page.state.partitions == ["gpu"]
    assert 0 < page.state.found.board.summary.jobs < whole
    await page.hear({"kind": "pick", "dimension": "partitions", "value": "gpu"})
    assert page.state.found.board.summary.jobs == whole


async def test_a_stretch_of_time_becomes_the_days_of_the_page(runtime: Runtime) -> None:
    page = UsagePage(runtime, "")
    await page.hear({"kind": "brush", "x0": 1_767_225_600_000.0, "x1": 1_767_571_200_000.0})
    assert (page.state.since, page.state.until) == ("2026-01-01", "2026-01-05")


@pytest.mark.parametrize(("narrow", "wide", "pairs"), [(2, 0, True), (4, 1, True), (3, 0, False), (6, 1, False)])
def test_no_chart_stands_alone_beside_gaps(narrow: int, wide: int, pairs: bool) -> None:
    charts = [Chart(id=str(i), title="", element=None, wide=i >= narrow) for i in range(narrow + wide)]
    assert _makes_pairs(charts) == pairs


async def test_what_makes_no_sense_is_said_or_dropped(runtime: Runtime) -> None:
    page = UsagePage(runtime, "from=2026-02-01&to=2026-01-01&tz=Nowhere&group=shoe")
    for message in (
        {"kind": "begin"},
        {"kind": "pick", "dimension": "__class__", "value": "x"},
        {"kind": "brush", "x0": "left", "x1": None},
        {"kind": "report", "report": "monthly", "period": "x", "format": "pdf", "names": False},
        {"kind": "report", "report": "monthly", "period": "2999-01", "format": "exe", "names": False},
        {"kind": "csv", "chart": "none"},
        {"kind": "filter", "values": {"days": -1}},
        {"kind": "filter", "values": {"runtime": None}},
    ):
        await page.hear(message)
    assert "Nowhere" in page.state.error
    assert page.body()["tiles"] == []
    assert page.body()["empty"]["action"] == "reset"
    await page.hear({"kind": "reset"})
    assert page.state.error == ""


async def test_a_report_bears_no_names_unless_they_are_asked_for(runtime: Runtime) -> None:
    fill_recent(runtime, 2_000)
    page = UsagePage(runtime, "tab=efficiency")  # draws nothing
    await page.hear({"kind": "begin"})
    [monthly] = [one for one in page.filters()["reports"] if one["value"] == "monthly"]
    period = monthly["periods"][1]["value"]
    texts = []
    for names in (False, True):
        await page.hear(
            {"kind": "report", "report": "monthly", "period": period, "format": "json", "names": names}
        )
        texts.append(page.client.saved)
    assert texts[0] != texts[1]
    assert page.state.notice is not None
    assert page.state.notice.text.endswith(".json is ready")


async def test_a_question_that_is_taken_back_while_it_is_computed_leaves_nothing_waiting(runtime: Runtime) -> None:
    fill_recent(runtime, 200)
    page = UsagePage(runtime, "")
    await page.hear({"kind": "begin"})
    asked = ({"group": "user"}, {"group": "account"})
    await asyncio.gather(*(page.hear({"kind": "filter", "values": values}) for values in asked))
    assert not json.loads(page.client.body)["busy"]
    asked = ({"group": "user"}, {"group": "partition"})
    await asyncio.gather(*(page.hear({"kind": "filter", "values": values}) for values in asked))
    shown = json.loads(page.client.body)
    assert not shown["busy"]
    assert page.state.found is not None
    assert page.state.group == "partition"


@pytest.mark.chromium
def test_usage_is_looked_at_and_narrowed_by_clicks(runtime: Runtime, open_board: Open) -> None:
    fill_recent(runtime, 5_000)
    page = open_board(runtime, "?page=usage")
    page.set_default_timeout(40_000)
    page.get_by_role("heading", name="CPU hours by account").wait_for()
    page.get_by_text("computed in").wait_for()
    jobs = page.locator(".tile b").first
    before = jobs.inner_text()

    # a name of a legend
    name = page.locator(".legend button[data-value]").first
    account = name.inner_text()
    name.click()
    page.wait_for_url(f"**account={account}**")
    page.get_by_role("button", name=f"Filter by account: {account}").wait_for()
    expect(jobs).not_to_have_text(before)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_url(lambda url: "account=" not in url)

    # a stretch of time
    page.get_by_text("computed in").wait_for()
    plot = page.locator(".bk-Canvas").first.bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + plot["width"] * 0.3, plot["y"] + 60)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] * 0.6, plot["y"] + 80, steps=5)
    page.mouse.up()
    page.wait_for_url("**from=20**")
    page.get_by_text("computed in").wait_for()

    # files
    head = page.locator(".head").first
    head.hover()
    for kind in ("PNG", "SVG", "CSV"):
        with page.expect_download() as kept:
            page.locator(f"[data-file={kind}]").first.click()
        assert kept.value.suggested_filename.endswith(kind.lower())
        assert kept.value.path().stat().st_size > 200

    # the other tabs
    page.get_by_role("tab", name="Who and what").click()
    page.get_by_role("heading", name="How jobs ended").wait_for()
    page.get_by_role("tab", name="Efficiency").click()
    page.get_by_role("heading", name="How well was it used, by user").wait_for()
    page.go_back()
    page.get_by_role("heading", name="How jobs ended").wait_for()
