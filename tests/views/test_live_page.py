import json

import pytest

from clausius_panel.errors import ReadOnly
from clausius_panel.state.look import Look
from clausius_panel.views.live_page import LivePage
from clausius_panel.views.page_client import PageClient
from tests.views.kit import a_job, fill


class Plain(Look):
    """Shows nothing of its own."""

    PAGE = "plain"


class Refusing(LivePage):
    """One verb that works, one that is refused, one that makes no sense of its message."""

    async def _refused(self, _):
        raise ReadOnly("refused")

    ACTS = {
        "work": lambda self, message: self.look.say(f"did {message['what']}"),
        "refused": _refused,
    }

    def body(self):
        return {"clusters": len(self.look.statuses)}


@pytest.fixture
def page(runtime):
    fill(runtime, [a_job(1)])
    look = Plain(runtime)
    look.start()
    return Refusing(look, PageClient())


def said(page):
    return json.loads(page.client.notice)


def test_every_part_is_drawn_and_the_bar_filled(page):
    assert json.loads(page.client.body) == {"clusters": 1}
    assert json.loads(page.client.fleet)["ages"]["alpha"]["error"] == ""
    assert json.loads(page.client.query) == "page=plain"
    assert page.bar["summary"].startswith("1 running")
    assert page.bar["text"] is None
    assert page.first() == [page.client]


async def test_what_the_store_hears_is_shown_with_the_next_look(page, runtime):
    fill(runtime, [a_job(1)], cluster="beta")
    await page.refresh()
    assert json.loads(page.client.body) == {"clusters": 2}


async def test_a_message_is_done_a_refusal_told_and_nonsense_dropped(page):
    await page.hear({"kind": "work", "what": "it"})
    assert (said(page)["text"], said(page)["kind"]) == ("did it", "info")
    await page.hear({"kind": "refused"})
    assert "read-only" in said(page)["text"]
    assert said(page)["kind"] == "error"
    before = page.client.notice
    for message in ({}, {"kind": "work"}, {"kind": "no such"}, {"kind": None}, {"kind": "query"}):
        await page.hear(message)
    assert page.client.notice == before


async def test_the_same_thing_said_twice_is_two_messages(page):
    await page.hear({"kind": "work", "what": "it"})
    first = said(page)
    await page.hear({"kind": "work", "what": "it"})
    assert said(page)["n"] > first["n"]
