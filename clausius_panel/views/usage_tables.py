"""The tables beside the charts of usage: advice, efficiency, and Slurm's estimates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..queries.efficiency import Advice
from ..state.usage_found import UsageFound
from .usage_tips import figure_text
from .words import memory, round_duration

__all__ = ["tables"]


def tables(found: UsageFound, tab: str) -> list[dict[str, Any]]:
    """The tables of a tab: title, note, columns, rows."""
    if tab == "efficiency" and found.efficiency is not None:
        made = [_efficiency(name, frame) for name, frame in found.efficiency.items()]
        return [_advice(found.advice or ()), *made]
    if tab == "waiting" and found.estimates is not None and len(found.estimates):
        return [_estimates(found.estimates)]
    return []


def _efficiency(group: str, frame: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [
            {"text": str(row["group"]) or "(none)"},
            {"text": f"{int(row['jobs']):,}"},
            {"text": figure_text(row["gpu_hours"]) if row["gpu_hours"] else "\N{EN DASH}"},
            {"percent": _percent(row["gpu_percent"])},
            {"text": figure_text(row["gpu_hours_wasted"]) if row["gpu_hours_wasted"] > 0 else "\N{EN DASH}"},
            {"text": figure_text(row["cpu_hours"])},
            {"percent": _percent(row["cpu_percent"])},
            {"text": figure_text(row["cpu_hours_wasted"]) if row["cpu_hours_wasted"] > 0 else "\N{EN DASH}"},
            {"percent": _percent(row["memory_percent"])},
            {"percent": _percent(row["time_percent"])},
        ]
        for _, row in frame.head(10).iterrows()
    ]
    titles = (
        "Jobs",
        "GPU h",
        "GPU used",
        "GPU h idle",
        "CPU h",
        "CPU used",
        "CPU h idle",
        "Memory used",
        "Limit used",
    )
    return {
        "title": f"How well was it used, by {group}",
        "note": f"the ten with the most waste of {len(frame)}" if len(frame) > 10 else "the most waste first",
        "columns": [group.capitalize(), *titles],
        "rows": rows,
        "dimension": f"{group}s",
    }


def _percent(value: float) -> float | None:
    return None if value != value else round(float(value), 1)


def _advice(advice: tuple[Advice, ...]) -> dict[str, Any]:
    rows = [
        [
            {"text": one.jobs_like or "(any name)"},
            {"text": one.user},
            {"text": f"{one.cluster} {one.partition}"},
            {"text": f"{one.jobs:,}"},
            {"text": _amount(one, one.asked)},
            {"text": _amount(one, one.advised), "strong": True},
            {"text": _saved(one)},
            {"text": one.why, "wide": True},
        ]
        for one in advice
    ]
    return {
        "title": "What jobs could ask for instead",
        "note": "of kinds of jobs of which at least five ended; a fifth is left above what 95 of 100 needed",
        "columns": ["Jobs like", "User", "Where", "Jobs", "Asked", "Enough", "Would save", "Because"],
        "rows": rows,
        "empty": "Nothing to advise: too little is known of what these jobs used, or they used what they held.",
        "left": 3,
    }


_SAVED = {"gpus": "GPU h", "cpus": "CPU h", "memory": "GiB h"}


def _saved(one: Advice) -> str:
    """Hours that were held for nothing; a shorter limit saves none, jobs only start earlier."""
    return figure_text(one.hours_saved, _SAVED[one.resource]) if one.hours_saved >= 0.05 else "\N{EN DASH}"


def _amount(one: Advice, value: float) -> str:
    if one.resource == "memory":
        return f"{value / 1024:,.0f} GiB" if value >= 10_240 else memory(int(value))
    if one.resource == "time":
        return round_duration(int(value))
    return f"{value:.0f} {one.unit if value != 1 else one.unit.removesuffix('s')}"


def _estimates(frame: pd.DataFrame) -> dict[str, Any]:
    rows = [
        [
            {"text": str(row["cluster"])},
            {"text": str(row["lead"])},
            {"text": f"{int(row['jobs']):,}"},
            {"text": f"{float(row['error_h_median']):+.1f} h"},
            {"text": f"{float(row['error_h_p10']):+.1f} to {float(row['error_h_p90']):+.1f} h"},
            {"percent": _percent(row["within_1_h_percent"])},
        ]
        for _, row in frame.iterrows()
    ]
    return {
        "title": "How far Slurm's own estimates were off",
        "note": "positive: started later than expected",
        "columns": ["Cluster", "Expected within", "Jobs", "Median error", "8 of 10 between", "Within an hour"],
        "rows": rows,
        "left": 2,
    }
