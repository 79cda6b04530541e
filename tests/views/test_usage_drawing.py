"""The kinds of charts, drawn without a browser."""

from __future__ import annotations

from typing import Any

import pandas as pd
from bokeh.models import BoxSelectTool, GlyphRenderer, HoverTool, TapTool

from clausius_panel.views import usage_drawing as draw
from clausius_panel.views.charts import SERIES, ChartTheme
from clausius_panel.views.theme import COLOURS, contrast
from clausius_panel.views.usage_drawing import OTHERS, STATE_TONES, Chart, render

__all__: list[str] = []

DAYS = pd.date_range("2026-01-01", periods=3, freq="D")


def frame(names: tuple[str, ...] = ("nlp", "vision")) -> pd.DataFrame:
    rows = [(day, name, float(1 + i * place)) for i, day in enumerate(DAYS) for place, name in enumerate(names)]
    made = pd.DataFrame(rows, columns=["start", "name", "value"])
    end, middle = made["start"] + pd.Timedelta(days=1), made["start"] + pd.Timedelta(hours=12)
    return made.assign(end=end, middle=middle, label=made["start"].dt.strftime("%Y-%m-%d"))


def drawn(element: Any, **more: Any) -> Any:
    return render(Chart(id="one", title="one", element=element, **more))


def renderers(figure: Any) -> list[GlyphRenderer]:
    return [one for one in figure.renderers if isinstance(one, GlyphRenderer)]


def test_every_tone_can_be_seen_in_both_themes() -> None:
    for tone in (*SERIES, *STATE_TONES.values(), OTHERS):
        assert min(contrast(tone, ground) for ground in COLOURS["surface"]) >= 2.3


def test_areas_stand_on_each_other_and_each_can_be_hidden() -> None:
    figure = drawn(draw.stacked(frame(), ChartTheme(), unit="h", colours={"nlp": SERIES[0], "vision": SERIES[1]}))
    assert {"nlp", "vision"} <= {one.name for one in renderers(figure)}
    assert figure.name == "one"
    assert figure.toolbar_location is None


def test_a_stretch_of_time_can_be_drawn_and_labels_bear_the_year_once() -> None:
    figure = drawn(draw.lines(frame(("users",)), ChartTheme(), unit="users", colours={"users": SERIES[0]}))
    assert isinstance(figure.toolbar.active_drag, BoxSelectTool)
    assert "selectiongeometry" in figure.js_event_callbacks
    assert figure.xaxis[0].formatter.months == "%b"


def test_a_tooltip_tells_a_periods_values_the_greatest_first_and_their_sum() -> None:
    figure = drawn(draw.stacked(frame(), ChartTheme(), unit="h", colours={"nlp": SERIES[0], "vision": SERIES[1]}))
    [tips] = [one.data_source.data["tip"] for one in renderers(figure) if "tip" in one.data_source.data]
    assert "2026-01-03" in tips[2]
    assert tips[2].index("all") < tips[2].index("vision") < tips[2].index("nlp")


def test_bars_say_their_whole_name_and_can_be_clicked() -> None:
    long = "a-very-long-account-name-that-no-axis-has-room-for"
    rows = pd.DataFrame({"name": [long, long + "x"], "value": [3.0, 1.0], "tip": ["a", "b"]})
    figure = drawn(draw.bars(rows, ChartTheme(), unit="h"), dimension="accounts")
    [source] = [one.data_source.data for one in renderers(figure)]
    assert set(source["full"]) == {long, long + "x"}
    assert len(set(source["name"])) == 2
    assert any(isinstance(tool, TapTool) for tool in figure.tools)


def test_cells_are_drawn_also_where_a_value_is_not_known() -> None:
    rows = pd.DataFrame({"x": [0, 1], "y": [0, 1], "value": [2.0, float("nan")], "tip": ["a", "b"]})
    figure = drawn(draw.heat(rows, ChartTheme(), xticks=[(0, "a")], yticks=[(0, "b")], height=100))
    [source] = [one.data_source.data for one in renderers(figure)]
    assert list(source["shade"]) == [1.0, 0.0]


def test_percentiles_and_lines_and_columns_are_drawn_with_hover() -> None:
    wide = frame(("x",)).assign(**dict.fromkeys(("p25", "p50", "p75", "p90", "p95", "p99", "max"), 1.0))
    simple = pd.DataFrame({"name": ["1", "2"], "value": [1.0, 2.0], "tip": ["a", "b"]})
    for element in (
        draw.ribbon(wide.drop(columns=["name", "value"]), ChartTheme(), unit="h"),
        draw.lines(frame(("users",)), ChartTheme(), unit="users", colours={"users": SERIES[0]}),
        draw.columns(simple, ChartTheme(), unit="jobs"),
    ):
        assert any(isinstance(tool, HoverTool) for tool in drawn(element).tools)


def test_numbers_of_an_axis_are_few_and_short() -> None:
    rows = pd.DataFrame({"name": ["1", "2"], "value": [2e6, 1.0], "tip": ["a", "b"]})
    for element, side in (
        (draw.columns(rows, ChartTheme(), unit="jobs"), "yaxis"),
        (draw.bars(rows, ChartTheme(), unit="h"), "xaxis"),
        (draw.stacked(frame(), ChartTheme(), unit="h", colours={"nlp": SERIES[0]}), "yaxis"),
    ):
        [axis] = getattr(drawn(element), side)
        assert "toLocaleString" in axis.formatter.code
        assert axis.ticker.desired_num_ticks == 5


def test_one_line_can_be_told_from_all_others_without_its_colour() -> None:
    tones = {"all": OTHERS, "(none)": OTHERS}
    figure = drawn(draw.lines(frame(("all", "(none)")), ChartTheme(), unit="users", colours=tones, dashed="all"))
    dashes = {one.name: one.glyph.line_dash for one in renderers(figure) if one.name}
    assert dashes["all"] != dashes["(none)"]
