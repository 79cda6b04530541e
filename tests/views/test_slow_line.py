"""Pages over a line on which each answer takes half a second: what was done last holds."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from clausius_panel import records
from clausius_panel import store as st
from clausius_panel.queries.run_detail import run
from clausius_panel.runtime import Runtime
from clausius_panel.views.client import Client
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

pytestmark = pytest.mark.chromium

Open = Callable[..., Page]
LATE_S = 0.5


@pytest.fixture(autouse=True)
def _late(monkeypatch: pytest.MonkeyPatch) -> None:
    hear = Client._hear

    async def late(self: Client, on_message: Callable[..., Any], data: dict[str, Any]) -> None:
        await asyncio.sleep(LATE_S)
        await hear(self, on_message, data)

    monkeypatch.setattr(Client, "_hear", late)


@pytest.fixture
def board(runtime: Runtime, open_board: Open) -> Page:
    fill(runtime, [a_job(number) for number in range(1, 200)] + [pending(200), a_job(201, state="FAILED")])
    page = open_board(runtime)
    settled(page)
    return page


def settled(page: Page) -> None:
    page.wait_for_timeout(1000 * LATE_S + 400)


def ends(address: str) -> re.Pattern[str]:
    return re.compile(re.escape(address) + "$")


def test_states_that_are_added_one_after_the_other_are_all_shown(board: Page):
    for family in ("running", "pending", "failed"):
        board.locator(f".segs .{family}").click(modifiers=["Control"])
    expect(board).to_have_url(ends("?state=running&state=pending&state=failed"))
    board.get_by_role("button", name="Mine").click()
    board.get_by_role("button", name="Mine").click()
    settled(board)
    expect(board).to_have_url(ends("?state=running&state=pending&state=failed"))


def test_pages_turn_as_often_as_they_are_turned(board: Page):
    for _ in range(3):
        board.keyboard.press("]")
    expect(board.locator(".range")).to_have_text("151\N{EN DASH}200 of 201 jobs")
    board.get_by_role("button", name="Previous page").dblclick()
    expect(board.locator(".range")).to_have_text("51\N{EN DASH}100 of 201 jobs")


def test_what_is_picked_stays_picked(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(number) for number in range(1, 5)])
    page = open_board(runtime)
    rows = page.locator("tbody tr")
    boxes = [rows.filter(has_text=f"job-{number}").get_by_role("checkbox") for number in (1, 2, 3)]
    for box in boxes:
        box.check()
        page.wait_for_timeout(200)
    for _ in range(16):
        assert [box.is_checked() for box in boxes] == [True] * 3
        page.wait_for_timeout(50)
    boxes[1].uncheck()
    settled(page)
    assert [box.is_checked() for box in boxes] == [True, False, True]
    expect(page.get_by_role("button", name="Cancel 2 jobs")).to_be_visible()


def test_a_menu_that_is_opened_again_knows_what_was_chosen(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1), a_job(2, user="bob"), a_job(3, user="carol")])
    page = open_board(runtime)
    for user in ("bob", "carol"):
        page.get_by_role("button", name="Filter by user").click()
        page.locator(".menu").get_by_label(user).check()
        page.keyboard.press("Escape")
    expect(page).to_have_url(ends("?user=bob&user=carol"))
    for words in ("7 days", "1 day"):
        page.get_by_role("button", name="Ended").click()
        page.locator(".menu").get_by_label(words, exact=True).click()
        expect(page.locator(".menu")).to_be_hidden()
    settled(page)
    expect(page).to_have_url(ends("?user=bob&user=carol"))


def test_the_drawer_follows_the_keys(board: Page):
    for key in ("j", "Enter", "j", "j"):
        board.keyboard.press(key)
    expect(board.locator(".drawer h2")).to_have_text("job-3")
    board.keyboard.press("Escape")
    board.keyboard.press("Enter")
    board.keyboard.press("l")
    expect(board.locator(".drawer").get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    board.keyboard.press("Escape")
    expect(board.locator(".drawer")).to_be_hidden()
    board.keyboard.press("x")
    board.keyboard.press("Enter")
    board.keyboard.press("Escape")  # closes what is only about to open
    settled(board)
    expect(board.locator(".drawer")).to_be_hidden()
    expect(board.get_by_role("button", name="Cancel 1 job")).to_be_visible()


def test_letters_that_were_typed_stay(board: Page):
    search = board.get_by_label("Search jobs")
    search.press_sequentially("job-1")
    board.wait_for_timeout(400)
    search.press_sequentially("23")
    board.keyboard.press("Enter")
    expect(board).to_have_url(ends("?q=job-123"))
    expect(search).to_have_value("job-123")
    expect(board.locator("tbody tr")).to_have_count(1)


def test_runs_are_those_of_the_filters_that_were_just_chosen(board: Page):
    board.get_by_role("button", name="Mine").click()
    board.keyboard.press("v")
    expect(board).to_have_url(ends("?page=runs&mine=1"))


def test_enter_waits_for_the_places_that_were_typed(board: Page):
    board.keyboard.press("Control+k")
    expect(board.get_by_role("option").first).to_be_visible()
    board.keyboard.type("history")
    board.keyboard.press("Enter")
    expect(board).to_have_url(ends("?page=history"))


def test_back_and_forward_find_every_step(board: Page):
    for family in ("running", "pending", "failed"):
        board.locator(f".segs .{family}").click()
        expect(board).to_have_url(ends(f"?state={family}"))
    board.go_back(wait_until="commit")
    board.go_back(wait_until="commit")
    settled(board)
    expect(board).to_have_url(ends("?state=running"))
    expect(board.locator(".segs .running")).to_have_attribute("aria-pressed", "true")
    for family in ("pending", "failed"):
        board.go_forward(wait_until="commit")
        expect(board).to_have_url(ends(f"?state={family}"))
        expect(board.locator(f".segs .{family}")).to_have_attribute("aria-pressed", "true")


def test_a_setting_that_is_stepped_counts_every_step(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?page=settings")
    field = page.get_by_label("Refresh interval")
    field.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(250)
    page.get_by_text("refresh_interval_s is now 35").wait_for()
    settled(page)
    expect(field).to_have_value("35")
    assert st.settings(runtime.store).refresh_interval_s == 35
    switch = page.get_by_role("switch", name="Daily backups")
    for _ in range(3):
        switch.locator("xpath=..").click()
        page.wait_for_timeout(300)
    settled(page)
    expect(switch).not_to_be_checked()
    for _ in range(100):
        if not st.settings(runtime.store).daily_backups:
            break
        page.wait_for_timeout(200)
    settled(page)
    assert not st.settings(runtime.store).daily_backups


def test_every_word_of_notes_is_kept(chained_runtime: Runtime, open_board: Open):
    page = open_board(chained_runtime, "?page=run&cluster=alpha&run=1")
    notes, words = page.get_by_role("textbox", name="Notes"), [f"w{number}" for number in range(8)]
    notes.focus()
    for word in words:
        page.keyboard.type(f"{word} ")
        page.wait_for_timeout(800)  # each pause saves
    expect(page.get_by_text(re.compile(r"saved \d\d:\d\d"))).to_be_visible()
    expect(notes).to_have_value(" ".join(words) + " ")
    assert kept(chained_runtime) == (" ".join(words) + " ")


def test_words_that_were_not_saved_are_offered_beside_newer_ones(chained_runtime: Runtime, open_board: Open):
    page = open_board(chained_runtime, "?page=run&cluster=alpha&run=1")
    draft = '{"from": "of old", "text": "mine"}'
    page.evaluate(f"localStorage['clausius-notes:' + 'alpha:1'] = {draft!r}")
    records.set_notes(chained_runtime.store, "alpha", "1", "theirs")
    page.reload()
    live(page)
    notes = page.get_by_role("textbox", name="Notes")
    expect(notes).to_have_value("theirs")
    settled(page)
    assert kept(chained_runtime) == "theirs"
    page.get_by_role("button", name="Put them back").click()
    expect(notes).to_have_value("mine")
    expect(page.get_by_text(re.compile(r"saved \d\d:\d\d"))).to_be_visible()
    assert kept(chained_runtime) == "mine"


def kept(runtime: Runtime) -> str:
    return run(runtime.store, cluster="alpha", run_id="1").summary.notes
