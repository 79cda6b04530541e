from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import holoviews as hv
import pytest

from clausius_panel.views.charts import SERIES, ChartTheme, Lines, paint, styled
from clausius_panel.views.theme import COLOURS, contrast

START = datetime(2026, 1, 1, tzinfo=UTC)


def points(*minutes: float) -> list[tuple[datetime, float]]:
    return [(START + timedelta(minutes=at), 10.0 + at) for at in minutes]


def figure(chart: Lines):
    """The Bokeh figure of a chart that shows something."""
    return hv.renderer("bokeh").get_plot(chart._pane.object).state


@pytest.mark.parametrize("colour", SERIES)
def test_every_line_can_be_seen_on_light_and_on_dark_ground(colour):
    for ground in COLOURS["surface"]:
        assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("dark", [True, False])
def test_a_figure_takes_the_colours_of_the_page(dark):
    drawn = hv.renderer("bokeh").get_plot(hv.Curve([1, 2, 3])).state
    paint(drawn, dark=dark)
    assert drawn.xaxis[0].major_label_text_color == COLOURS["muted"][dark]
    assert drawn.title.text_color == COLOURS["text"][dark]
    assert drawn.background_fill_color is None


def test_charts_are_repainted_when_the_page_changes_its_theme():
    theme = ChartTheme()
    drawn = hv.renderer("bokeh").get_plot(styled(hv.Curve([1, 2]), theme)).state
    neutral = drawn.title.text_color
    assert min(contrast(neutral, ground) for ground in COLOURS["surface"]) >= 3
    theme.known = True
    assert drawn.title.text_color == COLOURS["text"][0]
    theme.dark = True
    assert drawn.title.text_color == COLOURS["text"][1]


def test_a_chart_without_lines_says_so():
    chart = Lines(ChartTheme(), title="Memory", unit="GiB", empty="not yet")
    chart.draw({}, since=START)
    assert (chart._pane.visible, chart._empty.visible) == (False, True)
    assert "not yet" in chart._empty.object


def test_lines_have_a_scale_with_a_unit_and_a_legend_where_there_are_several():
    chart = Lines(ChartTheme(), title="GPU", unit="%", top=100)
    chart.draw({"n1:0": points(0, 10), "n1:1": points(0, 10)}, since=START)
    drawn = figure(chart)
    assert (drawn.yaxis[0].axis_label, drawn.title.text) == ("%", "GPU")
    assert (drawn.y_range.start, drawn.y_range.end) == (0, 100)
    assert len(drawn.legend[0].items) == 2
    chart.draw({"n1:0": points(0)}, since=START)
    assert [item for legend in figure(chart).legend for item in legend.items] == []


def test_the_scale_goes_to_what_was_given_until_a_value_is_beyond():
    chart = Lines(ChartTheme(), title="Memory", unit="MiB")
    chart.draw({"in use": points(0, 10)}, since=START, given=200)
    assert figure(chart).y_range.end == 210
    chart.draw({"in use": [*points(0), (START, 300.0)]}, since=START, given=200)
    assert figure(chart).y_range.end > 300


def test_new_points_are_sent_into_the_same_chart_so_that_the_zoom_stays():
    chart = Lines(ChartTheme(), title="GPU", unit="%")
    chart.draw({"a": points(0, 10)}, since=START)
    before = chart._pane.object
    chart.draw({"a": points(0, 10, 20)}, since=START)
    assert chart._pane.object is before
    chart.draw({"a": points(0), "b": points(0)}, since=START)
    assert chart._pane.object is not before


def test_a_line_is_broken_where_nobody_looked():
    chart = Lines(ChartTheme(), title="GPU", unit="%")
    chart.draw({"a": points(0, 1, 2, 60)}, since=START, gap_s=300)
    curve = chart._pane.object[()].get(0)
    values = curve.dimension_values(1).tolist()
    assert [value != value for value in values] == [False, False, False, True, False]


def test_the_hover_tells_value_unit_and_time():
    chart = Lines(ChartTheme(), title="GPU", unit="%")
    chart.draw({"a": points(0)}, since=START)
    [hover] = [tool for tool in figure(chart).tools if type(tool).__name__ == "HoverTool" and tool.tooltips]
    told = json.dumps(hover.tooltips)
    assert "UTC" in told
    assert "%" in told
    assert "@name" in told
