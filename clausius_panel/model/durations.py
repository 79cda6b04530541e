"""Slurm's times and durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..errors import ParseError

__all__ = ["format_ago", "format_duration", "format_span", "parse_duration_s", "parse_time"]

_NONE = frozenset(
    {"", "(null)", "infinite", "invalid", "n/a", "none", "not_set", "partition_limit", "unknown", "unlimited"}
)
_DURATION = re.compile(
    r"(?:(?P<days>[0-9]{1,9})-)?(?P<a>[0-9]{1,9})(?::(?P<b>[0-9]{1,2}))?(?::(?P<c>[0-9]{1,2}))?(?:\.[0-9]+)?"
)
_DAY = 86400


def parse_duration_s(text: str) -> int | None:
    """Seconds in `[days-]hours:minutes:seconds`, `minutes:seconds` or `minutes`; None for UNLIMITED and its like.

    A fraction of a second is dropped. Raises `ParseError` for text that is no duration.

    >>> parse_duration_s("1-00:00:05"), parse_duration_s("12:30"), parse_duration_s("30")
    (86405, 750, 1800)
    >>> parse_duration_s("Partition_Limit") is None
    True
    """
    text = text.strip()
    found = _DURATION.fullmatch(text)
    if found is None:
        if text.lower() in _NONE:
            return None
        raise ParseError("duration", 1, text, "not a duration")
    a, b, c = int(found["a"]), int(found["b"] or 0), int(found["c"] or 0)
    if found["days"] is not None:  # days-hours[:minutes[:seconds]]
        return int(found["days"]) * _DAY + a * 3600 + b * 60 + c
    if found["c"] is not None:
        return a * 3600 + b * 60 + c
    return a * 60 + b


def parse_time(text: str) -> datetime | None:
    """The time in UTC that Slurm printed under TZ=UTC0; None for N/A, Unknown and None.

    Raises `ParseError` for text that is no time.

    >>> parse_time("2026-11-22T00:03:56").isoformat()
    '2026-11-22T00:03:56+00:00'
    """
    try:
        return datetime.fromisoformat(f"{text}+00:00")  # thousands of them are read in each poll
    except ValueError:
        return _other_time(text.strip())


def _other_time(text: str) -> datetime | None:
    """A time that bears its own offset, or none at all."""
    if text.lower() in _NONE:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ParseError("time", 1, text, "not a time") from error
    try:
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except OverflowError as error:
        raise ParseError("time", 1, text, "outside the calendar") from error


def format_duration(seconds: float | None) -> str:
    """A duration for people: minutes:seconds, hours:minutes:seconds, or days and hours:minutes; "" for None.

    >>> format_duration(65), format_duration(3720), format_duration(101520), format_duration(None)
    ('1:05', '1:02:00', '1d 04:12', '')
    """
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, _DAY)
    hours, minutes, secs = rest // 3600, rest // 60 % 60, rest % 60
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def format_span(seconds: float) -> str:
    """How long, in the largest unit that fits, rounded down; the page says the same (`span` in client/dom.js).

    >>> format_span(15.9), format_span(119), format_span(7300), format_span(200_000)
    ('15 s', '1 min', '2 h', '2 d')
    """
    whole = max(0, int(seconds))
    for unit, size, limit in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, _DAY)):
        if whole < limit:
            return f"{whole // size} {unit}"
    return f"{whole // _DAY} d"


def format_ago(seconds: float) -> str:
    """How long ago, or in how long where negative; clocks differ a little: up to a minute ahead is now.

    >>> format_ago(240), format_ago(-10_800), format_ago(0.4), format_ago(-20)
    ('4 min ago', 'in 3 h', 'now', 'now')
    """
    if seconds <= -60:
        return f"in {format_span(-seconds)}"
    return "now" if seconds < 1 else f"{format_span(seconds)} ago"
