"""What was found about usage, for the page to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..queries.efficiency import Advice
from ..queries.usage import UsageBoard

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UsageFound"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UsageFound:
    """What there is to draw. What only one tab needs is None until it was opened."""

    board: UsageBoard
    waste: pd.DataFrame  # efficiency of all jobs, one row
    as_of: datetime  # UTC
    took_s: float
    calendar: pd.DataFrame | None = None  # by day
    boxes: pd.DataFrame | None = None  # how waiting and running times spread
    week: pd.DataFrame | None = None  # waits by the hour of the week
    estimates: pd.DataFrame | None = None
    efficiency: Mapping[str, pd.DataFrame] | None = None  # by user, account, partition
    advice: tuple[Advice, ...] | None = None
