"""Runtimes on an empty store and on one with a run, and the board's page in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clausius_panel.runtime import Runtime
from tests.views.kit import a_runtime, serving
from tests.views.run_kit import chained

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__: list[str] = []


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


@pytest.fixture
def chained_runtime(tmp_path: Path) -> Iterator[Runtime]:
    """A runtime on a store with the run of `run_kit.chain`."""
    with a_runtime(tmp_path, content=chained()) as made:
        yield made


@pytest.fixture
def open_board(browser_page: Page) -> Iterator[Callable[..., Page]]:
    """`open_board(runtime, query)`: the page, live. It must not have logged an error when the test ends."""
    from clausius_panel.views import shell

    with ExitStack() as servers:

        def show(runtime: Runtime, query: str = "") -> Page:
            address = servers.enter_context(serving(lambda: shell.page(runtime)))
            browser_page.set_default_timeout(20_000)
            browser_page.goto(address + query)
            live(browser_page)
            return browser_page

        yield show
        assert browser_page.console_errors == []  # type: ignore[attr-defined]


def live(page: Page) -> None:
    """Wait until the first picture has given way to the live board."""
    page.wait_for_function("document.querySelector('#board') && !document.querySelector('#first')")
