"""The row between cards and table: which jobs, which columns, and what to do with the selected ones."""

from __future__ import annotations

from typing import Any

from ..state import ALL_COLUMNS, BoardState
from ..state.filters import ENDED_WITHIN_H
from .job_table import COLUMNS
from .words import FAMILY_WORDS

__all__ = ["ended_words", "filter_bar"]

_ALWAYS = ("running", "pending", "failed", "completed")
_FACETS = {"clusters": "Cluster", "users": "User", "partitions": "Partition", "accounts": "Account"}


def filter_bar(state: BoardState) -> dict[str, Any]:
    """What the filter bar shows."""
    return {
        "all": sum(jobs for jobs, _ in state.counts.values()),
        "families": _families(state),
        "states": list(state.states),
        "mine": state.mine,
        "facets": [
            {"id": name, "title": title, "chosen": list(getattr(state, name)), "options": _options(state, name)}
            for name, title in _FACETS.items()
        ],
        "ended": state.ended_within_h,
        "ended_choices": [{"value": hours, "text": ended_words(hours)} for hours in _hours(state)],
        "narrowed": state.is_narrowed,
        "text": state.text,
        "auto": state.auto_refresh,
        "interval": state.interval_s,
        "asking": list(state.asking),
        "read_only": state.read_only,
        "columns": [
            {"id": name, "title": COLUMNS[name].title, "shown": name in state.columns} for name in ALL_COLUMNS
        ],
    }


def ended_words(hours: int) -> str:
    """How far back ended jobs are shown.

    >>> ended_words(6), ended_words(24), ended_words(0)
    ('6 hours', '1 day', 'whole history')
    """
    if not hours:
        return "whole history"
    count, noun = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _families(state: BoardState) -> list[dict[str, Any]]:
    """Families with their counts under the other filters; the rare ones only where there are any."""
    found = []
    for family, word in FAMILY_WORDS.items():
        jobs, gpus = state.counts.get(family, (0, 0))
        if jobs or family in _ALWAYS or family in state.states:
            found.append(
                {
                    "family": family,
                    "word": word.capitalize(),
                    "jobs": jobs,
                    "gpus": gpus,
                    "on": family in state.states,
                }
            )
    return found


def _options(state: BoardState, name: str) -> list[str]:
    """What there is to choose, and what is chosen though there is no such job now."""
    if name == "clusters":
        known = [status.cluster for status in state.statuses]
    else:
        known = list(getattr(state.facets, name))
    return known + [item for item in getattr(state, name) if item not in known]


def _hours(state: BoardState) -> list[int]:
    offered = [hours for hours in ENDED_WITHIN_H if hours]
    return [*sorted({*offered, state.ended_within_h} - {0}), 0]
