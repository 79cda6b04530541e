"""A chart with its title, legend and files."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as given_by

from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_cards import Card, figure_of
from clausius_panel.views.usage_drawing import Chart, columns

__all__: list[str] = []


@given(title=given_by.text(max_size=40), note=given_by.text(max_size=40), name=given_by.text(max_size=40))
def test_nothing_that_comes_from_a_cluster_becomes_markup(title: str, note: str, name: str) -> None:
    card = Card()
    tags = '<>"'
    plain = Chart(id="x", title="t", note="n", element=object(), legend=[("l", "#fff")], legend_of="users")
    worst = Chart(id="x", title=title, note=note, element=object(), legend=[(name, "#fff")], legend_of="users")
    card.show(plain, None)
    expected = [sum(str(card._head.object).count(tag) for tag in tags)]
    card.show(worst, None)
    assert [sum(str(card._head.object).count(tag) for tag in tags)] == expected


def test_a_chart_without_data_shows_its_words() -> None:
    card = Card()
    chart = Chart(id="x", title="GPU hours", note="No GPU h in these days.", element=None)
    card.show(chart, figure_of(chart))
    assert "No GPU h in these days." in card._head.object
    assert not card._pane.visible


def test_a_figure_takes_the_place_of_the_words() -> None:
    frame = pd.DataFrame({"name": ["1"], "value": [1.0], "tip": ["one"]})
    chart = Chart(id="x", title="Sizes", element=columns(frame, ChartTheme(), unit="jobs"), wide=True)
    card = Card()
    card.show(chart, figure_of(chart))
    assert card._pane.visible
    assert card._pane.object.name == "x"
    assert card.layout.css_classes == ["wide"]
