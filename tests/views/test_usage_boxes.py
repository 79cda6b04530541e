"""Box plots of times, drawn without a browser."""

from __future__ import annotations

import math

import pandas as pd
from bokeh.models import GlyphRenderer

from clausius_panel.views.charts import ChartTheme
from clausius_panel.views.usage_boxes import boxes
from clausius_panel.views.usage_drawing import Chart, render

__all__: list[str] = []

FRAME = pd.DataFrame(
    {
        "name": ["gpu", "<b>cpu</b>"],
        "jobs": [10, 5],
        "mean": [1.0, 1.0],
        "max": [50.0, 2.0],
        "p5": [0.0, 0.5],
        "p25": [0.01, 0.6],
        "p50": [0.5, 1.0],
        "p75": [2.0, 1.5],
        "p95": [30.0, 2.0],
    }
)


def test_each_row_tells_its_figures_with_their_units_and_can_be_chosen() -> None:
    figure = render(Chart(id="one", title="", element=boxes(FRAME, ChartTheme()), dimension="partitions"))
    sources = [one.data_source.data for one in figure.renderers if isinstance(one, GlyphRenderer)]
    [rows] = [one for one in sources if "tip" in one]
    assert list(rows["full"]) == ["gpu", "<b>cpu</b>"]
    assert "median: <b>30 min</b>" in rows["tip"][0]
    assert "longest: <b>2.1 d</b>" in rows["tip"][0]
    assert "&lt;b&gt;cpu" in rows["tip"][1]
    assert [tool.__class__.__name__ for tool in figure.tools].count("TapTool") == 1


def test_the_scale_shows_no_time_at_all_at_its_edge_and_days() -> None:
    figure = render(Chart(id="one", title="", element=boxes(FRAME, ChartTheme())))
    assert figure.x_range.start <= 1.0  # ten seconds
    assert figure.x_range.end > math.log10(30 * 3600)
    assert {"1 min", "1 h", "1 d"} <= set(figure.xaxis[0].major_label_overrides.values())
