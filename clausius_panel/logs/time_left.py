"""Spans of time as programs write them into logs: `1 day, 3:12:11`, `2h 5m`, `01:30`, `42`."""

from __future__ import annotations

import re

__all__ = ["SPAN", "seconds", "told_left"]

_UNITS = r"days?|d|hours?|hrs?|hr|h|minutes?|mins?|m|seconds?|secs?|s"
_CLOCK = r"\d+(?::\d{2}){1,2}(?:\.\d+)?"
_COUNTED = rf"(?:\d+(?:\.\d+)?\s*(?:{_UNITS})(?![A-Za-z])[,\s]*)+"
SPAN = rf"(?:{_COUNTED}(?:{_CLOCK})?|\d+-{_CLOCK}|{_CLOCK}|\d+(?![\w.:]))"
"""A span as a part of a pattern; a number alone counts seconds, one with decimals alone is none (`eta 0.1`)."""

_SPAN = re.compile(SPAN, re.IGNORECASE)
_LEFT = re.compile(rf"\beta\b\s*[:=]?\s*(?P<left>{SPAN})", re.IGNORECASE)
_PART = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNITS})(?![A-Za-z])", re.IGNORECASE)
_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def seconds(text: str) -> float | None:
    """The seconds of a span; None for what is none, such as `?`.

    >>> seconds("1 day, 3:12:11"), seconds("1d 2h 3m"), seconds("01:30")
    (97931.0, 93780.0, 90.0)
    """
    if _SPAN.fullmatch(text.strip()) is None:
        return None
    counted = sum(float(value) * _UNIT_S[unit[0].lower()] for value, unit in _PART.findall(text))
    rest = _PART.sub("", text).strip(", \t")
    days, _, clock = rest.rpartition("-")
    parts = [float(part) * 60.0**power for power, part in enumerate(reversed(clock.split(":"))) if part]
    return counted + float(days or 0) * _UNIT_S["d"] + sum(parts)


def told_left(line: str) -> float | None:
    """The seconds that `line` says are left, as `eta: 2:01:02` does; None where it does not say."""
    found = _LEFT.search(line)
    return seconds(found["left"]) if found else None
