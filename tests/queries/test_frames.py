from __future__ import annotations

import json
from datetime import UTC, datetime

import pandas as pd
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.queries.frames import plain, plain_rows


def test_rows_are_what_json_can_hold():
    when = pd.Timestamp("2026-01-02T03:04:05Z")
    frame = pd.DataFrame(
        {"n": [1, 2], "x": [0.5, float("nan")], "t": [when, pd.NaT], "b": [True, False], "s": ["a", None]}
    )
    rows = plain_rows(frame)
    assert rows[0] == {"n": 1, "x": 0.5, "t": "2026-01-02T03:04:05+00:00", "b": True, "s": "a"}
    assert rows[1] == {"n": 2, "x": None, "t": None, "b": False, "s": None}
    json.dumps(rows, allow_nan=False)


@given(some.one_of(some.none(), some.floats(), some.integers(), some.text(), some.booleans(), some.binary()))
def test_any_value_becomes_plain(value):
    json.dumps(plain(value), allow_nan=False)
    assert plain(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00+00:00"
