"""DataFrames from rows, and as plain rows for faces that speak JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cell", "frame_of", "plain", "plain_rows"]

Cell = str | int | float | bool | None
"""What stands in a plain row; times are ISO 8601 with their offset."""


def frame_of(rows: Iterable[Any], kind: type[Any]) -> pd.DataFrame:
    """A row for each dataclass; the columns are there even without rows."""
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in rows], columns=[field.name for field in fields(kind)])


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Cell]]:
    """A dict for each row; what is not known (NaN, NaT) is None, floats have six significant decimals."""
    return [{str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Cell:
    """One value.

    >>> plain(float("nan")), plain(1 / 3), plain([1, 2])
    (None, 0.333333, '[1, 2]')
    """
    if value is None or value != value:  # NaN and NaT differ from themselves
        return None
    if hasattr(value, "item"):  # of numpy
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | bool) else str(value)
