"""The first notebook in JupyterLab, run and clicked through in a browser, with no network."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

ROOT = Path(__file__).resolve().parents[2]
RUN_S = 90_000


@contextmanager
def jupyterlab(directory: Path) -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks."""
    shutil.copytree(ROOT / "notebooks", directory / "notebooks")
    sections = {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": 0,
            "open_browser": False,
            "allow_root": True,
            "root_dir": str(directory / "notebooks"),
        },
        "IdentityProvider": {"token": ""},
        "LabApp": {"news_url": None},
    }
    (directory / "jupyter_server_config.json").write_text(json.dumps(sections))
    runtime = directory / "runtime"
    places = {
        "HOME": str(directory),
        "JUPYTER_CONFIG_DIR": str(directory),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab"]
    log = directory / "jupyterlab.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(command, env=os.environ | places, stderr=told, cwd=directory) as server,
    ):
        try:
            yield answering(runtime, server, log)
        finally:
            server.terminate()


def answering(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> str:
    """The address under which the server answers: the one it prints at first may not be the one it gets."""
    end = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < end:
        for file in runtime.glob("jpserver-*.json"):
            with suppress(OSError, ValueError):
                url: str = json.loads(file.read_text())["url"]
                urlopen(f"{url}api", timeout=5).close()
                return url
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def run_all(page: Page) -> None:
    """Run every cell of the open notebook."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=RUN_S)
    # cells that are run before the kernel is there are run by nobody
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=RUN_S)
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item", has_text="Run All Cells").first.click()


@pytest.mark.chromium
def test_the_board_lives_in_a_cell(tmp_path: Path, browser_page: Page):
    with jupyterlab(tmp_path) as address:
        browser_page.goto(f"{address}lab/tree/01-live-board.ipynb")
        run_all(browser_page)
        board = browser_page.locator(".board")
        expect(board.get_by_role("article")).to_have_count(3, timeout=RUN_S)
        # what the last cells set while the board was still on its way is shown all the same
        expect(board.locator(".segs .pending")).to_have_attribute("aria-pressed", "true", timeout=RUN_S)
        expect(board.locator("tbody tr").first).to_contain_text("Pending")
        board.locator(".segs .running").click()
        expect(board.locator("tbody tr").first).to_contain_text("Running")
        board.get_by_role("searchbox", name="Search jobs").fill("no such job anywhere")
        expect(board.get_by_text("No job matches these filters")).to_be_visible()
        board.get_by_role("button", name="Show all jobs").click()
        expect(board.locator("tbody tr")).to_have_count(50)
        board.locator("tbody tr").first.locator(".name").click()
        expect(board.locator(".drawer")).to_be_visible()
        # the kernel lives on, but the page has lost every script
        browser_page.reload()
        run_all(browser_page)
        expect(board.locator(".segs .pending")).to_have_attribute("aria-pressed", "true", timeout=RUN_S)
        board.locator(".segs .running").click()
        expect(board.locator("tbody tr").first).to_contain_text("Running")
