import json
import re

import pytest

from clausius_panel.views.projects_page import ProjectsPage
from tests.views.conftest import live

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


def names(page):
    return [one["name"] for one in json.loads(page.client.body)["projects"]]


async def test_projects_can_be_searched_and_added(chained_runtime):
    page = ProjectsPage(chained_runtime, "")
    assert sorted(names(page)) == ["hle", "other"]
    await page.hear({"kind": "filter", "values": {"text": "oth"}})
    assert names(page) == ["other"]
    await page.hear({"kind": "filter", "values": {"text": ""}})
    await page.hear({"kind": "add", "name": "new-one", "prefix": "n-"})
    assert "new-one" in names(page)
    await page.hear({"kind": "add", "name": "a b", "prefix": ""})
    assert json.loads(page.client.notice)["kind"] == "error"


@pytest.mark.chromium
def test_a_project_is_opened_edited_and_merged(chained_runtime, open_board):
    page = open_board(chained_runtime, "?page=projects")
    expect(page.locator(".tile")).to_have_count(2)
    page.get_by_role("link", name="hle").click()
    expect(page).to_have_url(re.compile("page=project&"))
    live(page)
    expect(page.get_by_role("heading", name="hle")).to_be_visible()
    expect(page.locator("tr.is-run")).to_have_count(1)
    expect(page.locator(".week")).to_have_count(12)
    page.get_by_role("button", name="Edit …").click()
    page.get_by_role("textbox", name="Name").fill("humanity")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="humanity")).to_be_visible()
    expect(page).to_have_url("".join([page.url.split("?")[0], "?page=project&name=humanity"]))
    page.get_by_role("button", name="Merge …").click()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("counts to other")).to_be_visible()
    page.get_by_role("button", name="Take apart").click()
    expect(page.locator("tr.is-run")).to_have_count(1)


@pytest.mark.chromium
def test_a_store_without_projects_says_how_they_begin(runtime, open_board):
    page = open_board(runtime, "?page=projects")
    expect(page.get_by_text("No project yet")).to_be_visible()
