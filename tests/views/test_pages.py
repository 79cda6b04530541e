import re

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.views.pages import HOME, PAGES, PageView


def test_home_is_a_page_and_no_two_pages_share_a_key():
    assert HOME in PAGES
    keys = [kind.key for kind in PAGES.values() if kind.key]
    assert len(keys) == len(set(keys))
    assert "g" not in keys


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_sidebar_has_an_icon_and_others_a_parent(name):
    kind = PAGES[name]
    assert kind.title
    assert re.fullmatch(r"[a-zA-Z0-9 .,-]+", kind.icon) if kind.in_sidebar else kind.parent in PAGES


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_made_or_says_in_words_why_not(name, chained_runtime):
    try:
        made = PAGES[name].make(chained_runtime, f"page={name}")
    except InvalidInput:
        return
    assert isinstance(made, PageView)


async def test_a_page_needs_nothing_but_what_it_shows():
    plain = PageView()
    assert plain.first() == []
    assert plain.bar is None
    await plain.hear({"kind": "filter"})
