"""What the charts of usage are drawn from, in their tests."""

from __future__ import annotations

from clausius_panel.runtime import Runtime
from clausius_panel.state.usage import UsageState
from clausius_panel.state.usage_found import UsageFound
from tests.views.past_kit import fill_recent

__all__ = ["found_of"]


def found_of(runtime: Runtime, query: str = "", *, jobs: int = 600) -> UsageFound:
    """What was found for a link, of so many jobs of a year."""
    if jobs:
        fill_recent(runtime, jobs)
    state = UsageState(runtime)
    state.from_query(query)
    state.show(state.read())
    assert state.error == ""
    found: UsageFound = state.found
    return found
