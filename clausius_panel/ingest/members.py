"""Members of one row that was sent, each as what it must be. All raise `RowRefused` naming the member."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from ..errors import RowRefused

__all__ = ["INT64", "given", "number", "past", "real", "text", "time", "whole"]

INT64 = 2**63 - 1
"""The greatest number that is taken."""

_NONE = frozenset({"", "none", "unknown", "null", "nan", "nat", "n/a", "(null)", "none assigned"})
_EARLIEST = datetime(1980, 1, 1)  # before any Slurm: what is meant is "never"
_SHORT = 14  # characters; none of _NONE has so many


@functools.lru_cache(65_536)
def given(text: str) -> str:
    """A text, or "" for the ways in which exporters say that there is none."""
    return "" if text.strip().lower() in _NONE else text


def text(row: Mapping[str, Any], name: str) -> str:
    """Text, or a number as one writes it; "" for none."""
    value = row.get(name)
    if type(value) is str:
        return given(value) if len(value) < _SHORT else value
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowRefused(name, value, "must be text")
    if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
        return str(value)
    return str(int(value))


def time(row: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    """A time, naive in UTC; None for none, and for one before all jobs. `zone` is that of one without."""
    value = row.get(name)
    if value is None:
        return None
    try:
        if type(value) is str:
            if len(value) < _SHORT and not given(value):
                return None
            when = datetime.fromisoformat(value)
        elif isinstance(value, datetime):
            if value != value:  # pandas' NaT
                return None
            when = value
        else:
            raise RowRefused(name, value, "must be a time such as 2026-01-31T12:00:00")
        if when.tzinfo is not None or zone is not UTC:
            when = when if when.tzinfo is not None else when.replace(tzinfo=zone)
            when = when.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise RowRefused(name, value, "is no time; write 2026-01-31T12:00:00, with or without a zone") from None
    return when if when > _EARLIEST else None


def past(row: Mapping[str, Any], name: str, zone: tzinfo, latest: datetime) -> datetime | None:
    """A time at which something happened: one that is to come would be counted for thousands of years."""
    when = time(row, name, zone)
    if when is not None and when > latest:
        raise RowRefused(name, row[name], "lies in the future")
    return when


def number(row: Mapping[str, Any], name: str) -> float | None:
    """A number that is not negative; None for none."""
    value = row.get(name)
    if value is None:
        return None
    if type(value) is str:
        try:
            value = float(given(value) or "nan")
        except ValueError:
            raise RowRefused(name, value, "must be a number") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RowRefused(name, value, "must be a number")
    if value != value:  # NaN
        return None
    if not 0 <= value <= INT64:
        raise RowRefused(name, value, "must be 0 or more, and finite")
    return value


def real(row: Mapping[str, Any], name: str) -> float | None:
    """The same as a float."""
    value = number(row, name)
    return None if value is None else float(value)  # Arrow takes no whole number that a float cannot hold exactly


def whole(row: Mapping[str, Any], name: str, most: int) -> int | None:
    """The same as a whole number that is at most `most`."""
    if type(value := row.get(name)) is int and 0 <= value <= most:
        return value
    value = number(row, name)
    if value is None:
        return None
    if value != int(value) or value > most:
        raise RowRefused(name, value, f"must be a whole number, at most {most}")
    return int(value)
