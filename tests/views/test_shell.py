"""The served page around the board: first picture, theme, errors, a server that goes away."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import panel as pn
import pytest
from bokeh.plotting import figure

from clausius_panel.errors import StoreMissing
from clausius_panel.runtime import Runtime
from clausius_panel.views import shell
from clausius_panel.views.pages import PAGES, PageKind, PageView
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending, serving

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

Open = Callable[..., Page]
ROOT = Path(__file__).resolve().parents[2]


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_what_is_raised_becomes_the_page():
    with shell.ErrorPage() as guarded:
        raise StoreMissing(Path("/none/clausius.duckdb"))
    assert "clausius setup" in guarded.page._render_variables["message"]
    assert guarded.page._render_variables["details"] == ""


def test_a_bug_becomes_a_page_with_its_traceback_as_text():
    with shell.ErrorPage() as guarded:
        raise KeyError("<b>")
    assert "&lt;b&gt;" in guarded.page._render_variables["message"]
    assert "KeyError" in guarded.page._render_variables["details"]
    assert "<b>" not in guarded.page._render_variables["details"]


def test_what_ends_the_process_is_no_page():
    with pytest.raises(KeyboardInterrupt), shell.ErrorPage():
        raise KeyboardInterrupt


@pytest.mark.chromium
def test_the_document_itself_holds_the_first_picture(runtime: Runtime, browser_page: Page):
    fill(runtime, [a_job(1)])
    with serving(lambda: shell.page(runtime)) as address:
        # Panel's own scripts never arrive: what is seen then came with the document
        browser_page.route(re.compile(r"/static/"), lambda route: route.abort())
        browser_page.goto(address, wait_until="commit")
        expect(browser_page.locator("#first tbody tr")).to_have_count(1)
        expect(browser_page.locator("#first").get_by_text("job-1")).to_be_visible()
        expect(browser_page.locator("#first .summary")).to_contain_text("1 running")


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_one_is_chosen(scheme: str, runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime)
    page.emulate_media(color_scheme=scheme)
    light, dark = "rgb(245, 246, 248)", "rgb(15, 18, 22)"
    assert background(page) == {"light": light, "dark": dark}[scheme]
    page.get_by_role("radio", name="Dark theme").click()
    assert background(page) == dark
    page.reload()
    assert background(page) == dark  # no flash: before anything else is drawn
    page.wait_for_function("document.querySelector('#board') && !document.querySelector('#first')")
    page.get_by_role("radio", name="Light theme").click()
    assert background(page) == light
    page.get_by_role("radio", name="As the system theme").click()
    assert background(page) == {"light": light, "dark": dark}[scheme]


CONTRASTS = """() => {
  const channel = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4
  const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b)
  const rgb = text => text.match(/[\\d.]+/g).map(Number)
  const ground = node => {
    for (let at = node; at; at = at.assignedSlot ?? at.parentElement ?? at.getRootNode().host) {
      const colour = rgb(getComputedStyle(at).backgroundColor)
      if (colour.length === 3 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  const found = []
  const walk = root => { for (const node of root.querySelectorAll("*")) {
    if (node.shadowRoot) walk(node.shadowRoot)
    const says = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())
    if (!says || !node.checkVisibility() || node.closest("option, style, script, :disabled")) continue
    const [a, b] = [luminance(rgb(getComputedStyle(node).color)), luminance(ground(node))].sort((x, y) => y - x)
    found.push([(a + .05) / (b + .05), node.className + ": " + node.textContent.slice(0, 40)])
  } }
  walk(document)
  return found
}"""


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_on_the_page_can_be_read(scheme: str, runtime: Runtime, open_board: Open):
    states = [
        "RUNNING",
        "PENDING",
        "FAILED",
        "COMPLETED",
        "CANCELLED",
        "COMPLETING",
        "SUSPENDED",
        "STATE_OF_TOMORROW",
    ]
    fill(runtime, [a_job(number, state=state) for number, state in enumerate(states, 1)])
    page = open_board(runtime, "?job=alpha:1")
    page.emulate_media(color_scheme=scheme)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 80
    assert [(round(ratio, 2), what) for ratio, what in found if ratio < 4.5] == []


@pytest.mark.chromium
def test_an_error_can_be_read_in_the_browser(browser_page: Page):
    def broken() -> object:
        with shell.ErrorPage() as guarded:
            raise StoreMissing(Path("/none/clausius.duckdb"))
        return guarded.page

    with serving(broken) as address:
        browser_page.goto(address)
        expect(browser_page.get_by_role("alert")).to_contain_text("no store here yet; run: clausius setup")


@contextmanager
def panel_serve(data_dir: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`panel serve apps/clausius.py` on a data directory: its address and process."""
    command = [sys.executable, "-m", "panel", "serve", "apps/clausius.py", "--port", str(port)]
    environment = {"CLAUSIUS_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", "HOME": str(data_dir)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            lines = iter(server.stderr.readline, "")
            yield (
                next(found[0] for line in lines if (found := re.search(r"http://localhost:\d+/clausius", line))),
                server,
            )
        finally:
            server.kill()


@pytest.mark.chromium
def test_panel_serve_says_that_there_is_no_store_yet(tmp_path: Path, browser_page: Page):
    with panel_serve(tmp_path) as (address, _):
        browser_page.goto(address)
        expect(browser_page.get_by_role("alert")).to_contain_text("run: clausius setup")


@pytest.mark.chromium
def test_a_server_that_goes_away_is_told_and_the_page_goes_on_when_it_is_back(
    runtime: Runtime, browser_page: Page
):
    fill(runtime, [a_job(1), pending(2)])
    lost = browser_page.get_by_text("The connection to clausius is lost")
    with panel_serve(runtime.config.data_dir) as (address, server):
        browser_page.goto(address + "?state=pending")
        live(browser_page)
        expect(browser_page.locator("tbody tr")).to_have_count(1)
        expect(lost).to_be_hidden()
        server.kill()
        expect(lost).to_be_visible()
    port = int(address.split(":")[2].split("/")[0])
    with panel_serve(runtime.config.data_dir, port):
        expect(lost).to_be_hidden(timeout=20_000)
        live(browser_page)
        expect(browser_page.locator("tbody tr")).to_have_count(1)
        expect(browser_page).to_have_url(re.compile("state=pending$"))


# ---- the frame: pages, sidebar, keys, go to


@pytest.mark.chromium
def test_links_and_keys_lead_from_page_to_page_and_back_leads_back(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime)
    page.locator("#side").get_by_role("link", name="Runs").click()
    expect(page).to_have_title("Runs · Clausius")
    expect(page.locator("#side").get_by_role("link", name="Runs")).to_have_attribute("aria-current", "page")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page).to_have_title("Projects · Clausius")
    page.go_back()
    expect(page).to_have_title("Runs · Clausius")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_title("Board · Clausius")


@pytest.mark.chromium
def test_letters_that_are_typed_open_no_page(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1)])
    page = open_board(runtime)
    page.keyboard.press("/")
    page.keyboard.type("gp")
    expect(page.get_by_role("searchbox", name="Search jobs")).to_have_value("gp")
    expect(page).to_have_title("Board · Clausius")


@pytest.mark.chromium
def test_the_sidebar_folds_and_remembers_it(runtime: Runtime, open_board: Open):
    page = open_board(runtime)
    side = page.locator("#side")
    expect(side).not_to_have_class("wide")
    page.get_by_role("button", name="Expand").click()
    expect(side).to_have_class("wide")
    page.reload()
    expect(side).to_have_class("wide")


@pytest.mark.chromium
def test_go_to_finds_a_job_and_opens_it(runtime: Runtime, open_board: Open):
    fill(runtime, [a_job(1), pending(2)])
    page = open_board(runtime, "?page=projects")
    page.keyboard.press("Control+k")
    page.keyboard.type("job-2")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"job=alpha:2"))
    expect(page.get_by_role("heading", name="job-2")).to_be_visible()


@pytest.mark.chromium
def test_a_page_that_does_not_exist_is_told_with_links_to_those_that_do(runtime: Runtime, browser_page: Page):
    with serving(lambda: shell.page(runtime)) as address:
        browser_page.goto(f"{address}?page=%3Cb%3Enope")
        expect(browser_page.get_by_role("alert")).to_contain_text("<b>nope")
        browser_page.get_by_role("link", name="Board").click()
        expect(browser_page).to_have_title("Board · Clausius")


@pytest.mark.chromium
def test_a_page_of_any_panel_layout_stands_in_the_frame(
    runtime: Runtime, open_board: Open, monkeypatch: pytest.MonkeyPatch
):
    class Chart(PageView):
        def __panel__(self) -> pn.viewable.Viewable:
            return pn.Column("# A chart", pn.pane.Bokeh(figure(height=100)))

    kind = PageKind(title="Chart", make=lambda runtime, query: Chart(), in_sidebar=False, parent="board")
    monkeypatch.setitem(PAGES, "chart", kind)
    page = open_board(runtime, "?page=chart")
    expect(page.get_by_role("heading", name="A chart")).to_be_visible()
    expect(page.locator(".bk-Canvas").first).to_be_visible()


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "asked", ["runs&open=alpha:1&array=alpha:4", "run&cluster=alpha&run=1", "projects", "project&name=hle"]
)
def test_every_word_of_every_page_can_be_read(scheme: str, asked: str, chained_runtime: Runtime, open_board: Open):
    page = open_board(chained_runtime, f"?page={asked}")
    page.emulate_media(color_scheme=scheme)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [(round(ratio, 2), what) for ratio, what in found if ratio < 4.5] == []
