"""What the charts of usage share: colours by name, periods as the clock shows them, tables as files have them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..model import state_family
from ..queries.usage import UsageBoard
from .charts import SERIES
from .usage_drawing import OTHERS, STATE_TONES

__all__ = ["DAY_NAMES", "FILTER_OF", "NONE", "NOUN", "as_file", "colours_of", "periods", "tone"]

MOST_SERIES = 7
"""Names that have a colour of their own; the rest is one."""

FILTER_OF = {
    "cluster": "clusters",
    "account": "accounts",
    "user": "users",
    "partition": "partitions",
    "state": "states",
    "qos": "qos",
    "project": "projects",
    "gpu_type": "gpu_types",
}
"""What can be told apart -> the filter that a click on it changes."""

NOUN = {
    "": "",
    "cluster": "cluster",
    "account": "account",
    "user": "user",
    "partition": "partition",
    "state": "state",
    "qos": "QOS",
    "project": "project",
    "gpu_type": "GPU type",
}
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NONE = "(none)"


def colours_of(board: UsageBoard) -> dict[str, str]:
    """Name -> colour of what series are told apart by, the most CPU and GPU hours first; the rest has one."""
    if not board.group:
        return {"all jobs": SERIES[0]}
    sums = board.series.groupby("group")[["cpu_hours", "gpu_hours"]].sum()
    weight = (sums / sums.sum().clip(lower=1.0)).sum(axis=1)  # a share of either counts the same
    order = weight.sort_values(ascending=False, kind="stable").index
    names = [str(name) for name in order]
    kept = names if len(names) <= MOST_SERIES + 1 else names[:MOST_SERIES]
    chosen = {name or NONE: tone(board.group, name, i) for i, name in enumerate(kept)}
    if len(kept) < len(names):
        chosen[f"others ({len(names) - len(kept)})"] = OTHERS
    return chosen


def tone(group: str, name: str, place: int) -> str:
    """The colour of a name that stands at this place; states have their own."""
    if group == "state":
        return STATE_TONES.get(name, STATE_TONES["FAILED"] if state_family(name) == "failed" else OTHERS)
    return SERIES[place % len(SERIES)] if name else OTHERS


def periods(totals: pd.DataFrame) -> pd.DataFrame:
    """The limits of each period as the clock of its zone shows them."""
    start = totals["period_start"].dt.tz_localize(None)
    end = totals["period_end"].dt.tz_localize(None)
    label = totals["period"] + ["" if whole else " (not whole)" for whole in totals["is_complete"]]
    return pd.DataFrame(
        {
            "period": totals["period"],
            "start": start,
            "end": end,
            "middle": start + (end - start) / 2,
            "label": label,
        }
    )


def as_file(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as a file has it: no text begins as a formula does."""

    def guard(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value

    texts = frame.select_dtypes(include=["object", "string"]).columns
    return frame.assign(**{name: frame[name].map(guard) for name in texts})
