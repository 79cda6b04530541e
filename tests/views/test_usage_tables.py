"""The tables beside the charts of usage."""

from __future__ import annotations

from clausius_panel.runtime import Runtime
from clausius_panel.views.usage_tables import tables
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_advice_and_efficiency_are_tables_of_their_tab(runtime: Runtime) -> None:
    found = found_of(runtime, "tab=efficiency&days=365", jobs=3_000)
    advice, *groups = tables(found, "efficiency")
    assert advice["rows"]
    assert all(len(row) == len(advice["columns"]) for row in advice["rows"])
    assert [one["dimension"] for one in groups] == ["users", "accounts", "partitions"]
    assert all(len(row) == len(one["columns"]) for one in groups for row in one["rows"])
    assert tables(found, "overview") == []
