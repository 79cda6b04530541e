"""The logs of one job over the whole page."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.runtime import Runtime
from clausius_panel.views.log_page import LogPage
from tests.views.conftest import live
from tests.views.kit import a_job, fill

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

Open = Callable[..., Page]
LINES = ".log-lines .row"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def log(tmp_path: Path, runtime: Runtime) -> Path:
    path = tmp_path / "my logs" / "slurm-1.out"
    path.parent.mkdir()
    path.write_text("".join(f"line {number}\n" for number in range(1, 3001)))
    fill(runtime, [a_job(1, stdout_path=str(path), stderr_path=str(path), work_dir=str(path.parent))])
    return path


@pytest.mark.parametrize("query", ["", "cluster=alpha", "cluster=alpha&job=x%27y", "cluster=alpha&job="])
def test_a_link_that_names_no_job_is_refused(runtime: Runtime, log: Path, query: str):
    with pytest.raises(InvalidInput):
        LogPage(runtime, query)


def test_a_link_that_names_no_cluster_is_refused(runtime: Runtime, log: Path):
    with pytest.raises(UnknownCluster, match="alpha"):
        LogPage(runtime, "cluster=nowhere&job=1")


@pytest.mark.chromium
def test_a_link_leads_to_a_file_and_a_line_of_it(runtime: Runtime, open_board: Open, log: Path):
    asked = {"page": "log", "cluster": "alpha", "job": "1", "path": str(log), "line": "1234"}
    page = open_board(runtime, f"?{urlencode(asked)}")
    expect(page.locator(".marked")).to_have_text("1,234line 1234")
    expect(page.locator(".marked")).to_be_in_viewport()
    page.locator(LINES).filter(has_text=re.compile("line 1240$")).locator(".at").click()
    expect(page).to_have_url(re.compile("line=1240"))
    page.reload()
    live(page)
    expect(page.locator(".marked")).to_have_text("1,240line 1240")


@pytest.mark.chromium
def test_the_drawer_leads_to_the_page_and_the_page_browses(runtime: Runtime, open_board: Open, log: Path):
    (log.parent / "dot.png").write_bytes(base64.b64decode(DOT))
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(200)
    page.get_by_role("link", name="Open wide").click()
    expect(page).to_have_url(re.compile("page=log"))
    live(page)
    expect(page.locator(".log-page")).to_be_visible()
    expect(page.locator(LINES)).to_have_count(200)
    tree = page.locator(".tree")
    tree.get_by_role("button", name="dot.png").click()
    expect(page.locator(".picture img")).to_have_js_property("naturalWidth", 1)


@pytest.mark.chromium
def test_a_page_of_a_job_whose_file_is_gone_says_so(runtime: Runtime, open_board: Open, log: Path):
    log.unlink()
    page = open_board(runtime, "?page=log&cluster=alpha&job=1&line=7")
    expect(page.locator(".log")).to_contain_text("There is no such file (yet)")
    log.write_text("now\n")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(LINES)).to_have_text(["1now"])


@pytest.mark.chromium
def test_the_file_beside_is_in_the_address_and_comes_back(runtime: Runtime, open_board: Open, log: Path):
    error = log.with_name("slurm-1.err")
    error.write_text("complained\n")
    fill(runtime, [a_job(1, stdout_path=str(log), stderr_path=str(error), work_dir=str(log.parent))])
    page = open_board(runtime, "?page=log&cluster=alpha&job=1")
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(f".side {LINES}")).to_have_text(["1complained"])
    expect(page).to_have_url(re.compile(r"side=[^&]*slurm-1\.err"))
    page.reload()
    live(page)
    expect(page.locator(f".side {LINES}")).to_have_text(["1complained"])
    page.get_by_role("button", name="Side by side").click()
    expect(page).not_to_have_url(re.compile("side="))


@pytest.mark.chromium
def test_names_that_differ_at_their_ends_are_told_apart_and_the_shown_one_is_in_view(
    runtime: Runtime, open_board: Open, log: Path
):
    for task in range(60):
        (log.parent / f"a-long-name-of-an-experiment-1000156_{task}.out").write_text("x\n")
    page = open_board(runtime, "?page=log&cluster=alpha&job=1")
    page.set_viewport_size({"width": 900, "height": 700})
    entry = page.get_by_role("button", name="a-long-name-of-an-experiment-1000156_7.out")
    expect(entry.locator(".tail")).to_have_text("0156_7.out")
    assert entry.locator(".tail").evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    assert entry.locator(".cut").evaluate("node => node.scrollWidth > node.clientWidth")
    expect(page.locator(".tree .here")).to_be_in_viewport()


@pytest.mark.chromium
def test_the_longest_number_of_a_line_fits_before_its_text(runtime: Runtime, open_board: Open, log: Path):
    page = open_board(runtime, "?page=log&cluster=alpha&job=1&line=1234")
    expect(page.locator(".marked")).to_be_in_viewport()
    page.get_by_label("Search this file").fill("line 1234")
    page.get_by_label("Search this file").press("Enter")
    expect(page.locator(".hit")).to_have_count(1)
    for row, box in ((".marked", ".log-lines"), (".hit", ".hits")):
        width = page.locator(box).evaluate("node => node.style.getPropertyValue('--gutter')")
        assert width == "max(52px, 5ch + 12px)"
        fits = page.locator(row).evaluate(
            """(row, box) => {
              const list = row.closest(box), [at, text] = row.children
              list.style.setProperty("--gutter", "max(52px, 10ch + 12px)")
              at.textContent = "10,420,001"
              const ends = at.getBoundingClientRect().right, begins = text.getBoundingClientRect().left
              return at.scrollWidth <= at.clientWidth && ends < begins
            }""",
            box,
        )
        assert fits, row


@pytest.mark.chromium
def test_what_makes_no_sense_for_a_file_is_not_offered(runtime: Runtime, open_board: Open, log: Path):
    (log.parent / "dot.png").write_bytes(base64.b64decode(DOT))
    page = open_board(runtime, f"?page=log&cluster=alpha&job=1&path={quote(str(log.parent / 'dot.png'))}")
    expect(page.locator(".picture img")).to_have_count(1)
    for name in ("First error", "Last lines", "Lines"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    expect(page.get_by_label("Search this file")).to_be_hidden()
    expect(page.get_by_role("button", name="Download")).to_be_visible()
    page.goto(f"{page.url.partition('?')[0]}?page=log&cluster=alpha&job=1&path=/etc/hostname")
    expect(page.locator(".bad")).to_contain_text("outside the directories of known logs")
    expect(page.get_by_role("button", name="Download")).to_be_hidden()


@pytest.mark.chromium
def test_a_search_that_stopped_says_so_and_goes_on(
    runtime: Runtime, open_board: Open, log: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("clausius_panel.state.log_view._ERROR_BYTES", 20_000)
    log.write_text("fine\n" * 6000 + "ValueError: bad\n" + "fine\n" * 3000)
    page = open_board(runtime, "?page=log&cluster=alpha&job=1")
    expect(page.locator(LINES)).to_have_count(200)
    page.get_by_role("button", name="First error").click()
    expect(page.locator(".news")).to_contain_text("no error in the first 19.5 KiB of 44 KiB; there")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".marked")).to_have_text("6,001ValueError: bad")
    expect(page.locator(".news")).not_to_contain_text("no error")
