"""What the tooltips of the charts of usage say."""

from __future__ import annotations

import html
from collections.abc import Sequence

__all__ = ["figure_text", "tip"]


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
