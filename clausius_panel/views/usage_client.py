"""The component that carries the client script of the usage page."""

from __future__ import annotations

from typing import Any

from . import theme
from .page_client import PageClient, joined

__all__ = ["UsageClient"]


class UsageClient(PageClient):
    """Filters, figures and tables; the charts stand below it."""

    _esm = joined("dom.js", "overlay.js", "sheet.js", "picks.js", "chart_files.js", "usage_tables.js", "usage.js")

    _stylesheets = [theme.tokens() + joined("base.css", "board.css", "sheet.css", "usage.css")]

    def __init__(self, **params: Any) -> None:
        """As high as what it shows."""
        super().__init__(**{"sizing_mode": "stretch_width", **params})
