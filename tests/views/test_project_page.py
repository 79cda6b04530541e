import json

from clausius_panel.views.project_page import ProjectPage


def head(page):
    return json.loads(page.client.body)["head"]


async def test_it_shows_how_the_project_does_and_takes_edits(chained_runtime):
    page = ProjectPage(chained_runtime, "name=hle")
    assert page.heading == "hle"
    assert (head(page)["success"], head(page)["runs"], head(page)["gpus"]) == (0.0, 1, 4)
    assert [one["value"] for one in json.loads(page.client.filters)["campaigns"]] == ["mpsf"]
    await page.hear(
        {"kind": "edit", "looks": {"name": "humanity", "colour": "#010203", "emoji": "🐙", "prefix": "hle_"}}
    )
    assert (head(page)["name"], head(page)["colour"], head(page)["emoji"]) == ("humanity", "#010203", "🐙")
    await page.hear({"kind": "edit", "looks": {"colour": "red"}})
    assert json.loads(page.client.notice)["kind"] == "error"
    await page.hear({"kind": "merge", "into": "other"})
    assert head(page)["merged_into"] == "other"


def test_a_project_that_never_was_is_told(chained_runtime):
    page = ProjectPage(chained_runtime, "name=nope")
    assert head(page) is None
    assert "nope" in json.loads(page.client.fleet)["error"]
