"""The tables beside the charts of usage."""

from __future__ import annotations

from dataclasses import replace

from clausius_panel.queries.efficiency import Advice
from clausius_panel.runtime import Runtime
from clausius_panel.views.usage_tables import _saved, tables
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


def test_what_memory_would_save_has_its_unit() -> None:
    facts = {"cluster": "a", "user": "u", "partition": "p", "jobs_like": "x", "jobs": 5, "why": "", "unit": "MiB"}
    one = Advice(resource="memory", asked=65_536, used=1024, advised=2048, hours_saved=1234.5, **facts)  # type: ignore[arg-type]
    assert _saved(one) == "1,234 GiB h"
    assert _saved(replace(one, resource="time", hours_saved=0.0)) == "\N{EN DASH}"
