"""The pages Usage and History as cells of JupyterLab, in a browser, with no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebooks.test_live_board import RUN_S, jupyterlab, run_all
from tests.views.kit import a_runtime
from tests.views.past_kit import fill_recent

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

CELLS = [
    "import os; import clausius_panel as cp; fleet = cp.Fleet(data_dir=os.environ['PAST'])",
    "usage = fleet.usage_view(tab='efficiency'); usage",
    "history = fleet.history_view(text='train'); history",
    "usage.state.tab = 'nodes'",
]


def cell(source: str) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


@pytest.mark.chromium
def test_usage_and_history_live_in_cells(
    tmp_path: Path, browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, lab = tmp_path / "past", tmp_path / "lab"
    past.mkdir()
    lab.mkdir()
    with a_runtime(past) as runtime:
        fill_recent(runtime, 300)
    monkeypatch.setenv("PAST", str(past / "data"))
    with jupyterlab(lab) as address:
        notebook = {
            "cells": [cell(each) for each in CELLS],
            "metadata": KERNEL,
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        (lab / "notebooks" / "views.ipynb").write_text(json.dumps(notebook))
        browser_page.goto(f"{address}lab/tree/views.ipynb")
        run_all(browser_page)
        usage, history = browser_page.locator(".board.usage"), browser_page.locator(".board.history")
        # what another cell sets while the view is on its way is shown all the same
        expect(usage.get_by_role("tab", name="Nodes")).to_have_attribute("aria-selected", "true", timeout=RUN_S)
        browser_page.get_by_role("heading", name="CPU hours by node").wait_for(timeout=RUN_S)
        usage.get_by_role("tab", name="Efficiency").click()
        usage.get_by_text("What jobs could ask for instead").wait_for()
        history.get_by_role("searchbox", name="Search jobs").fill("no such job anywhere")
        expect(history.get_by_text("No job matches these filters")).to_be_visible()
        history.get_by_role("button", name="Show the whole history").click()
        expect(history.locator("tbody tr")).to_have_count(50)
        history.locator("tbody tr").first.locator(".name").click()
        expect(history.locator(".drawer")).to_be_visible()
        assert history.get_by_role("link").count() == 0
