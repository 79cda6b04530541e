"""What the tooltips of the charts of usage say."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["figure_text", "hours_text", "tip"]


def tip(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """The HTML of a tooltip; everything in it is escaped."""
    lines = "".join(f"<div>{html.escape(name)}: <b>{html.escape(text)}</b></div>" for name, text in rows)
    return f"<div><b>{html.escape(title)}</b></div>{lines}"


def figure_text(value: float, unit: str = "") -> str:
    """A number with as many places as one can use.

    >>> figure_text(12345.6, "h"), figure_text(3.14159), figure_text(float("nan"))
    ('12,346 h', '3.14', 'not known')
    """
    if value != value:
        return "not known"
    places = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{places}f} {unit}".strip()


def hours_text(hours: float | None) -> str:
    """Hours in the unit that fits.

    >>> hours_text(0.2), hours_text(3.25), hours_text(None)
    ('12 min', '3.2 h', 'not known')
    """
    if hours is None or hours != hours:
        return "not known"
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"
