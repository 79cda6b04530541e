"""Pages as cells of a notebook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.runtime import Runtime
from clausius_panel.views.cell_views import history_view, usage_view
from tests.views.past_kit import fill_recent

__all__: list[str] = []


def test_usage_has_its_figures_and_charts_at_once(runtime: Runtime) -> None:
    fill_recent(runtime, 300)
    view = usage_view(runtime, {"days": 365, "users": "user000", "tab": "nodes"})
    assert view.state.found is not None
    assert view.state.users == ["user000"]
    assert view._cards
    assert view.body()["tiles"]
    assert json.loads(view.client.props)["cell"]


def test_charts_of_two_views_bear_different_names(runtime: Runtime) -> None:
    fill_recent(runtime, 50)
    one, other = (usage_view(runtime, {"days": 365, "tab": "nodes"}) for _ in range(2))
    assert one._cards
    assert not set(one._cards) & set(other._cards)


async def test_the_page_tells_that_it_stands_and_what_was_held_back_is_sent(runtime: Runtime) -> None:
    fill_recent(runtime, 50)
    view = history_view(runtime, {"text": "train"})
    view.client.hold()
    before = view.client.fleet
    await view.hear({"kind": "begin"})
    assert view.client._held is None
    assert view.client.fleet != before
    assert json.loads(view.client.filters)["text"] == "train"


@pytest.mark.parametrize("chosen", [{"colour": 1}, {"days": "many"}, {"tab": "none"}, {"users": 3}])
def test_a_choice_that_there_is_not_is_refused(runtime: Runtime, chosen: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(chosen))):
        usage_view(runtime, chosen)
