"""What was found about usage, for the page to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ..queries.efficiency import Advice
from ..queries.usage import UsageBoard

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bars", "Bins", "Times", "UsageChoices", "UsageFound"]

Bars = Literal["auto", "gpu_hours", "cpu_hours", "jobs"]
"""What bars of who used most measure; "auto" is GPU hours where there are any, else CPU hours."""

Times = Literal["spread", "group"]
"""Waiting and running times over time: percentiles of all jobs, or the mean of each group."""

Bins = Literal["all", "period"]
"""How waiting and running times spread: over all jobs, or in each period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageChoices:
    """How the charts are drawn of what was found; nothing has to be read anew for another choice."""

    bars: Bars = "auto"
    times: Times = "spread"
    bins: Bins = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UsageFound:
    """What there is to draw. What only one tab needs is None until it was opened."""

    board: UsageBoard
    waste: pd.DataFrame  # efficiency of all jobs, one row
    waste_before: pd.DataFrame | None  # the same of the time before; None where that is not known as a whole
    as_of: datetime  # UTC
    took_s: float
    calendar: pd.DataFrame | None = None  # by day
    boxes: pd.DataFrame | None = None  # how waiting and running times spread
    week: pd.DataFrame | None = None  # waits by the hour of the week
    estimates: pd.DataFrame | None = None
    efficiency: Mapping[str, pd.DataFrame] | None = None  # by user, account, partition
    advice: tuple[Advice, ...] | None = None
