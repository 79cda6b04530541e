"""Colours by name, periods as the clock shows them, and tables as files have them."""

from __future__ import annotations

import pandas as pd

from clausius_panel.runtime import Runtime
from clausius_panel.views.charts import SERIES
from clausius_panel.views.usage_drawing import OTHERS, STATE_TONES
from clausius_panel.views.usage_frames import MOST_SERIES, as_file, colours_of, periods
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_the_greatest_have_colours_of_their_own_and_the_rest_one(runtime: Runtime) -> None:
    board = found_of(runtime, "days=365&group=user").board
    tones = colours_of(board)
    *greatest, (rest, tone) = tones.items()
    assert len(greatest) == MOST_SERIES
    assert len({one for _, one in greatest}) == MOST_SERIES
    assert rest == f"others ({board.summary.users - MOST_SERIES})"
    assert tone == OTHERS


def test_states_have_the_colours_that_they_have_everywhere(runtime: Runtime) -> None:
    tones = colours_of(found_of(runtime, "days=365&group=state").board)
    assert tones["COMPLETED"] == STATE_TONES["COMPLETED"]
    assert tones["FAILED"] == STATE_TONES["FAILED"]


def test_without_a_group_there_is_one_colour(runtime: Runtime) -> None:
    assert colours_of(found_of(runtime, "group=").board) == {"all jobs": SERIES[0]}


def test_a_day_of_25_hours_is_as_wide_as_the_clock_says(runtime: Runtime) -> None:
    board = found_of(runtime, "from=2025-10-25&to=2025-10-27&tz=Europe/Berlin", jobs=0).board
    limits = periods(board.totals)
    assert list(limits["period"]) == ["2025-10-25", "2025-10-26", "2025-10-27"]
    assert (limits["start"].dt.hour == 0).all()


def test_no_cell_of_a_file_begins_as_a_formula_does() -> None:
    frame = pd.DataFrame({"name": ["=1+1", "+x", "-x", "@x", "\tx", "plain"], "value": [-1, 2, 3, 4, 5, 6]})
    texts = as_file(frame)
    assert list(texts["name"]) == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "plain"]
    assert list(texts["value"]) == [-1, 2, 3, 4, 5, 6]
