"""The board in a real browser, as a person uses it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import panel as pn
import pytest

from clausius_panel import config
from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from clausius_panel.state import BoardState
from clausius_panel.views.board import Board
from tests import faces
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

Open = Callable[..., Page]
ROWS = "tbody tr"


def first_names(page: Page, count: int = 3) -> list[str]:
    return [row.locator(".name").text_content() for row in page.locator(ROWS).all()[:count]]


def ends(address: str) -> re.Pattern[str]:
    return re.compile(re.escape(address) + "$")


def row(page: Page, name: str):
    return page.locator(ROWS).filter(has=page.get_by_role("button", name=name, exact=True))


# ---- without a browser


def test_a_board_reads_once_and_asks_nobody_by_itself(runtime: Runtime):
    fill(runtime, [a_job(1)])
    board = Board(runtime)
    assert [job.job_id for job in board.state.jobs] == ["1"]
    assert board.state.asking == []
    assert board.state.actor == "notebook"


def test_a_board_is_an_ipywidget_where_one_is_asked_for(runtime: Runtime):
    jupyter_bokeh = pytest.importorskip("jupyter_bokeh")
    assert isinstance(pn.ipywidget(Board(runtime)), jupyter_bokeh.BokehModel)


async def test_an_address_that_asks_for_what_there_is_not_is_told_once_the_page_stands(runtime: Runtime):
    state = BoardState(runtime)
    state.start("sort=colour")
    board = Board(state, in_cell=False)
    await board.hear({"kind": "begin"})
    assert "sort=colour" in json.loads(board.client.notice)["text"]
    told = board.client.notice
    await board.hear({"kind": "begin"})
    assert board.client.notice == told


async def test_messages_that_make_no_sense_are_dropped(runtime: Runtime):
    fill(runtime, [a_job(1)])
    board = Board(runtime)
    for message in (
        {"kind": "no such thing"},
        {},
        {"kind": "page", "page": "x"},
        {"kind": "page", "page": -1},
        {"kind": "filter", "values": {"users": 7}},
        {"kind": "filter", "values": {"runtime": None, "selected": [1]}},
        {"kind": "sort", "column": "secrets"},
        {"kind": "open", "key": "nokey"},
    ):
        await board.hear(message)
    assert board.state.runtime is runtime
    assert (board.state.page, board.state.users, board.state.sort, board.state.selected) == (1, [], "state", [])


async def test_headers_sort_one_way_then_the_other_then_not(runtime: Runtime):
    board = Board(runtime)
    told = []
    for _ in range(3):
        await board.hear({"kind": "sort", "column": "gpus"})
        told.append((board.state.sort, board.state.descending))
    assert told == [("gpus", True), ("gpus", False), ("state", False)]


async def test_a_script_that_sets_a_filter_moves_the_board(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2, user="bob")])
    board = Board(BoardState(runtime))
    await board.refresh()
    board.state.users = ["bob"]
    await board.refresh()
    assert '"bob"' in board.client.table
    assert '"alice"' not in board.client.table


async def test_what_changes_in_the_list_travels_as_a_patch(runtime: Runtime):
    fill(runtime, [pending(number) for number in range(1, 51)])
    board = Board(runtime)
    whole, before = board.client.table, json.loads(board.client.table)
    fill(runtime, [pending(number, **({"reason": "Resources"} if number == 7 else {})) for number in range(1, 51)])
    await board.refresh()
    patch = json.loads(board.client.patch)
    assert board.client.table == whole
    assert (patch["on"], patch["order"]) == (before["number"], None)
    [(name, row)] = patch["rows"].items()
    assert name.startswith("alpha:7:")
    assert list(row) == ["cells"]
    assert list(row["cells"]) == ["why"]
    assert len(board.client.patch) < len(whole) / 20
    await board.hear({"kind": "again"})
    assert json.loads(board.client.table)["number"] > patch["number"]


# ---- in a browser


@pytest.mark.chromium
def test_jobs_of_all_clusters_stand_in_one_table(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1, gpus=16, nodes=2, gpu_type="h100"), pending(2)])
    fill(runtime, [a_job(3, state="OUT_OF_MEMORY")], cluster="beta")
    page = open_board(runtime)
    expect(page.locator(ROWS)).to_have_count(3)
    expect(row(page, "job-1")).to_contain_text("Running")
    expect(row(page, "job-1")).to_contain_text("16 (2x8)")
    expect(row(page, "job-2")).to_contain_text("waits for a licence")
    expect(row(page, "job-2").get_by_title("Slurm: Licenses")).to_be_visible()
    expect(row(page, "job-3")).to_contain_text("ran out of memory")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator(".summary")).to_have_text("1 running (16 GPUs) · 1 pending · 1 failed · 2 clusters up")


@pytest.mark.chromium
def test_text_from_a_cluster_is_text(runtime: Runtime, open_board: Open):
    evil = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>'
    fill(runtime, [pending(1, name=evil, user=evil, reason=evil, account=evil, comment=evil, node_list=evil)])
    page = open_board(runtime)
    expect(page.locator(ROWS)).to_have_count(1)
    assert first_names(page, 1) == [evil]
    page.get_by_role("button", name="Filter by account").click()
    expect(page.locator(".menu").get_by_text(evil)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu").get_by_text(evil)).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".drawer h2")).to_have_text(evil)
    page.keyboard.press("c")
    expect(page.get_by_role("dialog")).to_contain_text(evil)
    assert page.evaluate("window.hacked") is None


@pytest.mark.chromium
def test_filters_are_in_the_address_and_survive_reload_back_and_forward(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1), pending(2, user="bob"), pending(3)])
    page = open_board(runtime)
    page.locator(".segs .pending").click()
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page).to_have_url(ends("/?state=pending"))
    page.get_by_role("button", name="Filter by user").click()
    page.locator(".menu").get_by_label("bob").check()
    page.keyboard.press("Escape")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page).to_have_url(ends("/?state=pending&user=bob"))
    page.reload()
    live(page)
    expect(page.locator(ROWS)).to_have_count(1)
    expect(row(page, "job-2")).to_be_visible()
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(2)
    page.go_forward()
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_label("Search jobs").press_sequentially("job")
    expect(page).to_have_url(ends("&q=job"))
    page.go_back()  # the letters are one choice
    expect(page).to_have_url(ends("/?state=pending&user=bob"))
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page).to_have_url(ends("/"))


@pytest.mark.chromium
def test_search_finds_by_every_word(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1, name="llm7b_sft"), a_job(2, name="llm7b_eval"), a_job(3, name="other")])
    page = open_board(runtime)
    page.keyboard.press("/")
    page.keyboard.type("llm7b eval")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page).to_have_url(ends("?q=llm7b+eval"))
    page.keyboard.press("Escape")
    expect(page.locator(ROWS)).to_have_count(3)


@pytest.mark.chromium
def test_headers_sort_in_the_store_and_pages_turn(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(number, gpus=number) for number in range(1, 121)])
    page = open_board(runtime)
    page.get_by_role("columnheader", name="GPUs").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="GPUs")).to_have_attribute("aria-sort", "descending")
    expect(page.locator(ROWS).first).to_contain_text("job-120")
    expect(page.locator(".range")).to_have_text("1\N{EN DASH}50 of 120 jobs")
    page.keyboard.press("]")
    expect(page.locator(".range")).to_have_text("51\N{EN DASH}100 of 120 jobs")
    expect(page.locator(ROWS).first).to_contain_text("job-70")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".range")).to_have_text("101\N{EN DASH}120 of 120 jobs")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.get_by_label("Rows on a page").select_option("250")
    expect(page.locator(ROWS)).to_have_count(120)


@pytest.mark.chromium
def test_a_refresh_keeps_scroll_selection_and_row_and_fades_only_what_changed(runtime: Runtime, open_board: Open):
    jobs = [pending(number) for number in range(1, 51)]
    fill(runtime, jobs)
    page = open_board(runtime)
    row(page, "job-30").get_by_role("checkbox").check()
    scroll = page.locator(".scroll")
    scroll.evaluate("node => { node.scrollTop = 400 }")
    kept = row(page, "job-30").element_handle()
    fill(
        runtime, [pending(number, **({"reason": "Resources"} if number == 30 else {})) for number in range(1, 51)]
    )
    expect(row(page, "job-30")).to_contain_text("next in line")
    assert scroll.evaluate("node => node.scrollTop") == 400
    assert kept.evaluate("node => node.isConnected")
    expect(row(page, "job-30").get_by_role("checkbox")).to_be_checked()
    assert page.locator("td.changed").count() == 1


@pytest.mark.chromium
def test_a_selection_reaches_over_pages(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(number) for number in range(1, 61)])
    page = open_board(runtime)
    row(page, "job-1").get_by_role("checkbox").check()
    page.keyboard.press("]")
    row(page, "job-60").get_by_role("checkbox").check()
    expect(page.get_by_role("button", name="Cancel 2 jobs")).to_be_visible()
    page.keyboard.press("[")
    expect(row(page, "job-1").get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Cancel 2 jobs")).to_have_count(0)


@pytest.mark.chromium
def test_a_button_that_is_pressed_while_news_comes_is_pressed(runtime: Runtime, open_board: Open):
    fill(runtime, [pending(1)])
    page = open_board(runtime)
    page.get_by_role("button", name="Mine").hover()
    page.mouse.down()
    fill(runtime, [pending(1), pending(2)])
    expect(page.locator(ROWS)).to_have_count(2)
    page.mouse.up()
    expect(page).to_have_url(ends("?mine=1"))
    expect(page.get_by_role("button", name="Pending 2")).to_be_visible()


@pytest.mark.chromium
def test_a_key_pressed_while_a_menu_closes_is_heard(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime)
    page.get_by_role("button", name="Filter by account").click()
    menu = page.locator(".menu")
    expect(menu.get_by_label("nlp")).to_be_visible()
    menu.evaluate(
        "menu => { menu.hidePopover(); menu.getRootNode().activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'j', bubbles: true, composed: true, cancelable: true})) }"
    )
    page.keyboard.press("Enter")
    expect(page.locator(".drawer h2")).to_have_text("job-1")


@pytest.mark.chromium
def test_keys_walk_select_open_and_close(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(number) for number in range(1, 4)])
    page = open_board(runtime)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(row(page, "job-2")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".drawer h2")).to_have_text("job-2")
    expect(page).to_have_url(re.compile(r"\?job=alpha:2:\d+$"))
    page.keyboard.press("k")
    expect(page.locator(".drawer h2")).to_have_text("job-1")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.chromium
def test_columns_can_be_chosen(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1, qos="urgent")])
    page = open_board(runtime)
    page.get_by_role("button", name="Choose columns").click()
    page.locator(".menu").get_by_label("QOS").check()
    page.locator(".menu").get_by_label("Account").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator(ROWS).first).to_contain_text("urgent")
    expect(page.get_by_role("columnheader", name="Account")).to_have_count(0)
    page.reload()
    live(page)
    expect(page.locator(ROWS).first).to_contain_text("urgent")


@pytest.mark.chromium
def test_a_cluster_that_is_down_says_so_and_its_rows_are_greyed(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    fill(runtime, [a_job(2)], cluster="beta", last_error="127.0.0.1: connection refused", error_kind="unreachable")
    page = open_board(runtime)
    card = page.get_by_role("article", name="beta")
    expect(card).to_contain_text("cannot be reached: 127.0.0.1: connection refused")
    expect(card).to_contain_text("Its jobs are shown as they were")
    expect(card.get_by_role("button", name="Try again")).to_be_enabled()
    expect(row(page, "job-2")).to_have_class(re.compile("old"))
    expect(row(page, "job-1")).not_to_have_class(re.compile("old"))


@pytest.mark.chromium
def test_data_older_than_twice_their_interval_are_greyed(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)], jobs_as_of=datetime.now(UTC) - timedelta(seconds=57))
    page = open_board(runtime)
    expect(row(page, "job-1")).to_have_class(re.compile("old"), timeout=10_000)
    expect(page.locator(".status.old")).to_have_text("1 min ago")


@pytest.mark.chromium
def test_an_empty_store_says_how_to_begin(runtime: Runtime, open_board: Open):
    page = open_board(runtime)
    expect(page.get_by_role("heading", name="No cluster yet")).to_be_visible()
    expect(page.get_by_text("clausius add-cluster NAME LOGIN-HOST")).to_be_visible()


@pytest.mark.chromium
def test_no_match_offers_the_way_back(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?user=nobody")
    expect(page.get_by_text("No job matches these filters")).to_be_visible()
    page.get_by_role("button", name="Show all jobs").click()
    expect(page.locator(ROWS)).to_have_count(1)


@pytest.mark.chromium
def test_an_unknown_cluster_in_a_link_is_said(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?cluster=omega")
    expect(page.get_by_role("alert").filter(has_text="omega")).to_contain_text("alpha")
    page.get_by_role("alert").get_by_role("button").click()
    expect(page.locator(ROWS)).to_have_count(1)


@pytest.mark.chromium
def test_nothing_is_cut_at_900_pixels(runtime: Runtime, open_board: Open):
    for cluster in ("alpha", "beta", "gamma"):
        fill(runtime, [a_job(1, name="a" * 90), pending(2)], cluster=cluster)
    page = open_board(runtime)
    page.set_viewport_size({"width": 900, "height": 900})
    expect(page.get_by_role("columnheader", name="Account")).to_have_count(0)
    expect(page.get_by_text("columns do not fit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 900
    for part in (".scroll", ".pager", ".filters", ".app-bar", ".cards"):
        box = page.locator(part).evaluate("node => [node.scrollWidth, node.clientWidth]")
        assert box[0] <= box[1] + 1, part
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_role("columnheader", name="Account")).to_have_count(1)


@pytest.mark.chromium
def test_five_thousand_jobs_are_one_page_in_the_browser(runtime: Runtime, open_board: Open):
    fill(runtime, [pending(number) for number in range(1, 5001)])
    page = open_board(runtime)
    expect(page.locator(".range")).to_have_text("1\N{EN DASH}50 of 5,000 jobs")
    expect(page.locator(ROWS)).to_have_count(50)


# ---- with a cluster that answers


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Runtime]:
    queue = [faces.row(1), faces.row(404), faces.row(3, State="PENDING", StartTime="N/A", NodeList="")]
    data_dir = faces.data_directory(tmp_path, queue=queue)
    with Runtime(config.load(environ={}, file="/dev/null", data_dir=data_dir)) as made:
        made.refresh()
        yield made


@pytest.mark.chromium
def test_cancelling_asks_once_names_what_it_hits_and_tells_what_failed(
    asked: Runtime, tmp_path: Path, open_board: Open
):
    page = open_board(asked)
    for name in ("job-1", "job-404"):
        row(page, name).get_by_role("checkbox").check()
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Cancel 2 jobs on {faces.CLUSTER}?")
    expect(dialog).to_contain_text("job-404")
    assert faces.scancelled(tmp_path) == []
    dialog.get_by_role("button", name="Cancel 2 jobs").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 job not cancelled")
    expect(page.get_by_role("dialog")).to_contain_text("Invalid job id specified")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(row(page, "job-1")).to_contain_text("Cancelling")
    expect(row(page, "job-404")).to_contain_text("Running")
    expect(row(page, "job-404").get_by_role("checkbox")).to_be_checked()
    assert faces.scancelled(tmp_path) == ["1"]


@pytest.mark.chromium
def test_refresh_tells_of_the_floor(asked: Runtime, open_board: Open):
    page = open_board(asked)
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_role("status").filter(has_text="next look in")).to_be_visible()


@pytest.mark.chromium
def test_read_only_is_shown_and_nothing_can_be_cancelled(asked: Runtime, tmp_path: Path, open_board: Open):
    with asked.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    page = open_board(asked)
    expect(page.get_by_text("read-only", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Cancel 1 job")).to_be_disabled()
    page.keyboard.press("c")
    expect(page.get_by_role("status").filter(has_text="read-only mode is on")).to_be_visible()
    assert faces.scancelled(tmp_path) == []
