"""What stands above the charts of usage: what can be chosen, the figures, and the tables of efficiency."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import pandas as pd

from ..errors import InvalidInput
from ..queries.usage import UsageBoard
from ..queries.usage_changes import change_words, days_words
from ..state.usage import DAYS, FACETS, UsageState
from ..state.usage_found import UsageFound
from .usage_tips import figure_text, hours_text

__all__ = ["filter_words", "report_words", "tiles"]

_TITLES = {
    "clusters": "Cluster",
    "users": "User",
    "accounts": "Account",
    "partitions": "Partition",
    "qos": "QOS",
    "states": "State",
    "projects": "Project",
    "gpu_types": "GPU type",
}
_PERIODS = {"auto": "automatic", "day": "day", "week": "week (from Monday)", "month": "month", "year": "year"}
_GROUPS = {
    "account": "account",
    "user": "user",
    "cluster": "cluster",
    "partition": "partition",
    "state": "state",
    "qos": "QOS",
    "project": "project",
    "gpu_type": "GPU type",
    "": "nothing",
}
_BASES = {
    "spread": ("where it ran", "The hours of a job count in every period in which it ran, for as long as it did"),
    "start": ("where it started", "All hours of a job count in the period in which it started"),
    "end": (
        "where it ended",
        "All hours of a job count in the period in which it ended; running ones do not count",
    ),
}
_TABS = {
    "overview": "Over time",
    "waiting": "Waiting and running",
    "who": "Who and what",
    "nodes": "Nodes",
    "efficiency": "Efficiency",
}


def filter_words(state: UsageState) -> dict[str, Any]:
    """What is chosen, and what there is to choose."""
    return {
        "facets": [_facet(state, name) for name in FACETS],
        "when": _when(state),
        "period": {"chosen": state.period, "options": _options(_PERIODS)},
        "group": {"chosen": state.group, "options": _options(_GROUPS)},
        "basis": {
            "chosen": state.basis,
            "options": [{"value": one, "text": text, "tip": tip} for one, (text, tip) in _BASES.items()],
        },
        "segments": state.segments,
        "complete_only": state.complete_only,
        "all_values": state.all_values,
        "tz": state.tz,
        "zones": sorted(available_timezones()),
        "tabs": [{"value": one, "text": text, "on": one == state.tab} for one, text in _TABS.items()],
        "narrowed": state.is_narrowed
        or any(_changed(state, name) for name in ("days", "since", "until", "group")),
        "reports": report_words(state),
        "account": state.accounts[0] if len(state.accounts) == 1 else "",
    }


def tiles(found: UsageFound) -> list[dict[str, str]]:
    """The figures of the whole span, and by how much they differ from the time before."""
    figures, waste = found.board.summary, found.waste
    success = "" if figures.success_rate is None else f"{100 * figures.success_rate:.1f} %"
    made = [
        {"title": "Jobs", "figure": "jobs", "text": f"{figures.jobs:,}", "note": f"{figures.started:,} started"},
        {
            "title": "GPU hours",
            "figure": "gpu_hours",
            "text": figure_text(figures.gpu_hours),
            "note": _days(found, figures.gpu_hours, "GPUs"),
        },
        {
            "title": "CPU hours",
            "figure": "cpu_hours",
            "text": figure_text(figures.cpu_hours),
            "note": _days(found, figures.cpu_hours, "CPUs"),
        },
        {"title": "Users", "figure": "users", "text": f"{figures.users:,}", "note": "had jobs"},
        {
            "title": "Median wait",
            "figure": "wait_h_median",
            "text": hours_text(figures.wait_h_median),
            "note": f"mean {hours_text(figures.wait_h_mean)}",
        },
        {
            "title": "Succeeded",
            "figure": "success_rate",
            "text": success or "not known",
            "note": "of jobs that ended",
            "tip": "COMPLETED among COMPLETED, FAILED, TIMEOUT, CANCELLED and OUT_OF_MEMORY",
        },
    ]
    return [*(_compared(one, found.board) for one in made), _waste(waste)]


def _compared(tile: dict[str, str], board: UsageBoard) -> dict[str, str]:
    """A tile with the change of its figure, where the time before is known."""
    before = board.before
    figure = tile["figure"]
    if before is None:
        return tile
    days = days_words((before.end - before.start).days + 1)
    when = f"{before.start} to {before.end}"
    if before.summary is None:
        return {**tile, "change": "", "change_tip": f"Not compared with the {days} before ({when}): {before.why}"}
    change = next((one for one in before.changes if one.figure == figure), None)
    if change is None:
        return tile
    was = _figure_words(figure, change.before)
    words = change_words(change)
    said = f"{words} to {days} before" if words[0] in "+-" else f"{words} as {days} before"
    if change.percent is None:
        said = f"none in {days} before"
    return {**tile, "change": said, "change_tip": f"{was} in the {days} before ({when})"}


def _figure_words(figure: str, value: float) -> str:
    if figure == "success_rate":
        return f"{100 * value:.1f} %"
    return hours_text(value) if figure.startswith("wait") else figure_text(value)


def report_words(state: UsageState) -> list[dict[str, Any]]:
    """The reports there can be, by kind, newest first."""
    return [
        {
            "value": kind,
            "text": kind.capitalize(),
            "periods": [
                {"value": f"{year}-{number}", "text": _period(kind, year, number)} for year, number in found
            ],
        }
        for kind, found in state.periods.items()
        if found
    ]


def _period(kind: str, year: int, number: int) -> str:
    if kind == "annual":
        return str(year)
    return f"{year}-{number:02}" if kind == "monthly" else f"{year} Q{number}"


# ---- choices


def _facet(state: UsageState, name: str) -> dict[str, Any]:
    chosen = list(getattr(state, name))
    known = [{"value": one.value, "count": one.jobs} for one in state.facets.get(name, [])]
    listed = {one["value"] for one in known}
    return {
        "id": name,
        "title": _TITLES[name],
        "options": [*({"value": value} for value in chosen if value not in listed), *known],
        "chosen": chosen,
        "counted": name in state.facets,
    }


def _when(state: UsageState) -> dict[str, Any]:
    try:
        start, end = state.dates()
        span = {"since": start.isoformat(), "until": end.isoformat()}
    except InvalidInput:  # the banner says it
        span = {"since": state.since, "until": state.until}
    days = sorted({*DAYS, state.days})
    is_own = bool(state.since or state.until)
    return {
        **span,
        "days": None if is_own else state.days,
        "options": [{"value": one, "text": f"last {one} days"} for one in days],
        "said": f"{span['since']} to {span['until']}" if is_own else f"last {state.days} days",
        "changed": is_own or _changed(state, "days"),
    }


def _options(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": one, "text": text} for one, text in words.items()]


def _changed(state: UsageState, name: str) -> bool:
    return bool(getattr(state, name) != state.param[name].default)


# ---- figures


def _days(found: UsageFound, hours: float, noun: str) -> str:
    span = found.board.span.hours
    mean = hours / span if span else 0.0
    return f"{figure_text(mean)} {noun} on average" if mean >= 0.05 else ""


def _waste(waste: pd.DataFrame) -> dict[str, str]:
    """What was held and not used, of GPUs where there are any."""
    row = waste.iloc[0] if len(waste) else None
    for kind, noun in (("gpu", "GPU h"), ("cpu", "CPU h")):
        if row is not None and (hours := float(row[f"{kind}_hours_wasted"])) == hours:
            held = float(row[f"{kind}_hours"])
            known = float(row[f"{kind}_known_percent"])
            return {
                "title": "Held, not used",
                "text": f"{figure_text(hours)} {noun}",
                "note": f"{100 * hours / held:.0f} % of those held" if held else "",
                "tip": f"Of jobs that ended in these days; use is known of {known:.0f} % of the hours",
            }
    return {"title": "Held, not used", "text": "not known", "note": "accounting did not say"}
