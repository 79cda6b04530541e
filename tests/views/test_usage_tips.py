"""What tooltips say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as given_by

from clausius_panel.views.usage_tips import figure_text, tip

__all__: list[str] = []


@given(name=given_by.text(max_size=50), text=given_by.text(max_size=50))
def test_no_name_becomes_markup(name: str, text: str) -> None:
    made = tip(name, [(name, text)])
    bare = made.replace("<div>", "").replace("</div>", "").replace("<b>", "").replace("</b>", "")
    assert "<" not in bare
    assert ">" not in bare


@pytest.mark.parametrize("value", [0.0, 0.001, 12.34, 99.99, 1e9])
def test_a_figure_has_no_more_places_than_one_can_use(value: float) -> None:
    text = figure_text(value, "h")
    assert text.endswith(" h")
    assert len(text.partition(".")[2]) <= 4
