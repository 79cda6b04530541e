"""Times as they are typed for sacct and sbatch."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

__all__ = ["read_limit_s", "read_time"]

_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?")
_NOW = re.compile(r"now(?:([+-])(\d+)([a-z]*))?")
_UNITS = {"": 1, "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def read_time(word: str, now: float, zone: tzinfo | None) -> float | None:
    """The Unix time of `2026-11-22[T10:00[:00]]`, `now-2days`, `today`, `midnight`; None if it is no time.

    >>> read_time("now-2hours", 7200.0, None), read_time("garbage", 0.0, None)
    (0.0, None)
    """
    match = _NOW.fullmatch(word)
    if match is not None:
        sign, count, unit = match.groups()
        unit = (unit or "").removesuffix("s")
        if unit not in _UNITS:
            return None
        return now + float(f"{sign or ''}{count or 0}") * _UNITS[unit]
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": today, "midnight": today + timedelta(days=1)}
    if word in named:
        return named[word].timestamp()
    if not _ISO.fullmatch(word):
        return None
    try:
        at = datetime.fromisoformat(word)
    except ValueError:
        return None
    return at.replace(tzinfo=zone).timestamp()


def read_limit_s(word: str) -> float | None:
    """The seconds of a time limit: minutes, `M:S`, `H:M:S`, `D-H[:M[:S]]`; None if it is none.

    >>> read_limit_s("90"), read_limit_s("1:30"), read_limit_s("2-12"), read_limit_s("x")
    (5400.0, 90.0, 216000.0, None)
    """
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", word)
    if match is None:
        return None
    days, *rest = match.groups()
    parts = [int(part) for part in rest if part is not None]
    weights = [3600, 60, 1] if days is not None else {1: [60], 2: [60, 1], 3: [3600, 60, 1]}[len(parts)]
    return float(int(days or 0) * 86400 + sum(part * weight for part, weight in zip(parts, weights, strict=False)))
