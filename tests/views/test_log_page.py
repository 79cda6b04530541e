"""The logs of one job over the whole page."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.runtime import Runtime
from clausius_panel.views.log_page import LogPage
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
    expect(page.locator(".marked")).to_have_text("1,240line 1240")


@pytest.mark.chromium
def test_the_drawer_leads_to_the_page_and_the_page_browses(runtime: Runtime, open_board: Open, log: Path):
    (log.parent / "dot.png").write_bytes(base64.b64decode(DOT))
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(200)
    page.get_by_role("link", name="Open wide").click()
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
