"""The components that carry the client scripts of the pages of history and settings."""

from __future__ import annotations

from . import theme
from .page_client import PageClient, joined

__all__ = ["HistoryClient", "SettingsClient"]

_SHARED = ("dom.js", "overlay.js", "sheet.js", "picks.js")


def _style(*names: str) -> str:
    return theme.tokens() + joined("base.css", "board.css", *names)


class HistoryClient(PageClient):
    """The page of history."""

    _esm = joined(*_SHARED, "history_table.js", "history.js")

    _stylesheets = [_style("sheet.css", "history.css")]


class SettingsClient(PageClient):
    """The page of settings."""

    _esm = joined(*_SHARED, "settings.js")

    _stylesheets = [_style("sheet.css", "settings.css")]
