"""What stands above the charts of usage: what can be chosen, the figures, and the tables of efficiency."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import available_timezones

import pandas as pd

from ..errors import InvalidInput
from ..queries.usage_changes import Change, UsageBefore, UsageSummary, change_of, change_words, days_words
from ..state.usage import DAYS, FACETS, UsageState
from ..state.usage_found import Bars, UsageFound
from .usage_bars import MEASURES, measure_of
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
        "switches": _switches(state),
        "tabs": [{"value": one, "text": text, "on": one == state.tab} for one, text in _TABS.items()],
        "narrowed": state.is_narrowed
        or any(_changed(state, name) for name in ("days", "since", "until", "group", "bars", "times", "bins")),
        "reports": report_words(state),
        "account": state.accounts[0] if len(state.accounts) == 1 else "",
    }


def tiles(found: UsageFound) -> list[dict[str, str]]:
    """The figures of the whole span, and by how much they differ from the time before."""
    figures, before = found.board.summary, found.board.before
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
            "tip": "COMPLETED, of all that ended but those PREEMPTED, REQUEUED or REVOKED: not their doing",
        },
    ]
    changes = {one.figure: one for one in before.changes} if before is not None else {}
    return [*(_compared(one, before, changes.get(one["figure"])) for one in made), _waste(found)]


def _compared(tile: dict[str, str], before: UsageBefore | None, change: Change | None) -> dict[str, str]:
    """A tile with the change of its figure, where the time before is known."""
    if before is None:
        return tile
    days = days_words((before.end - before.start).days + 1)
    when = f"{before.start} to {before.end}"
    if before.summary is None:
        return {**tile, "change": "", "change_tip": f"Not compared with the {days} before ({when}): {before.why}"}
    if change is None:
        return tile
    was = _figure_words(change.figure, change.before)
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


def _switches(state: UsageState) -> list[dict[str, Any]]:
    """What of a tab's charts can be shown in another way, without reading anew."""
    if state.found is None or state.tab not in ("who", "waiting"):
        return []
    board = state.found.board
    made = [_bars(state, board.summary)] if state.tab == "who" else _times(state, board.span.period)
    return [one for one in made if len(one["options"]) > 1]


def _bars(state: UsageState, summary: UsageSummary) -> dict[str, Any]:
    """What bars measure, and what they can."""
    chosen = measure_of(cast("Bars", state.bars), summary)
    there = {"gpu_hours": summary.gpu_hours, "cpu_hours": summary.cpu_hours, "jobs": summary.jobs}
    options = [
        {"value": name, "text": unit, "tip": f"Accounts, users, partitions ... by {unit}"}
        for name, unit in MEASURES.items()
        if there[name] or name == chosen
    ]
    return {"id": "bars", "title": "", "label": "What the bars measure", "chosen": chosen, "options": options}


def _times(state: UsageState, period: str) -> list[dict[str, Any]]:
    """Whether times are told of all jobs, or by group and by period."""
    noun = _GROUPS[state.group]
    spread = {"value": "spread", "text": "percentiles", "tip": "Median and percentiles of all jobs"}
    by_group = {"value": "group", "text": f"by {noun}", "tip": f"The mean of each {noun}, in its colour"}
    every = {"value": "all", "text": "whole", "tip": "Of all jobs of these days"}
    each = {"value": "period", "text": f"by {period}", "tip": f"Of the jobs of each {period}, in per cent"}
    over, spread_of = [spread, by_group] if state.group else [spread], [every, each]
    return [
        {"id": "times", "title": "Over time", "label": "What is told over time", "chosen": state.times,
         "options": over},
        {"id": "bins", "title": "How they spread", "label": "How times spread", "chosen": state.bins,
         "options": spread_of},
    ]  # fmt: skip


def _options(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": one, "text": text} for one, text in words.items()]


def _changed(state: UsageState, name: str) -> bool:
    return bool(getattr(state, name) != state.param[name].default)


# ---- figures


def _days(found: UsageFound, hours: float, noun: str) -> str:
    span = found.board.span.hours
    mean = hours / span if span else 0.0
    return f"{figure_text(mean)} {noun} on average" if mean >= 0.05 else ""


def _waste(found: UsageFound) -> dict[str, str]:
    """What was held and not used, of GPUs where there are any, against the same of the time before."""
    for kind, noun in (("gpu", "GPU h"), ("cpu", "CPU h")):
        hours, held, known = _held(found.waste, kind)
        if hours is None:
            continue
        tile = {
            "title": "Held, not used",
            "text": f"{figure_text(hours)} {noun}",
            "note": f"{100 * hours / held:.0f} % of those held" if held else "",
            "tip": f"Of jobs that ended in these days; use is known of {known:.0f} % of the hours",
        }
        old, _, _ = _held(found.waste_before, kind)
        change = change_of(f"{kind}_hours_wasted", hours, old) if old is not None else None
        return _compared(tile, found.board.before, change)
    return {"title": "Held, not used", "text": "not known", "note": "accounting did not say"}


def _held(waste: pd.DataFrame | None, kind: str) -> tuple[float | None, float, float]:
    """Hours that were not used (None: not known), those that were held, and of how many per cent use is known."""
    if waste is None or waste.empty or bool(pd.isna(waste[f"{kind}_hours_wasted"].iloc[0])):
        return None, 0.0, 0.0
    row = waste.iloc[0]
    return float(row[f"{kind}_hours_wasted"]), float(row[f"{kind}_hours"]), float(row[f"{kind}_known_percent"])
