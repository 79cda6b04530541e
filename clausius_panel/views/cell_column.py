"""The ground of a page that stands in a notebook's cell and is made of several of Panel's components."""

from __future__ import annotations

from typing import Any

import panel as pn
import param
from bokeh.document import Document

from . import theme

__all__ = ["CellColumn"]

_GROUND = """
:host { background: var(--page); color: var(--text); border: 1px solid var(--line); border-radius: var(--radius);
        overflow: hidden; }
"""

_NOWHERE = "data:text/css,"
"""In place of the address of Panel's own styles, which nothing here needs: components that come while the cell
stands would ask the network for them, whatever `inline` says."""


class CellColumn(pn.Column):
    """Components one below the other, in the colours of the page's tokens and of the notebook's theme."""

    dark = param.Boolean(default=False, allow_refs=True, doc="Whether the notebook is dark.")

    _rename = {**pn.Column._rename, "dark": None}

    def __init__(self, *objects: Any, **params: Any) -> None:
        """As wide as the cell."""
        super().__init__(
            *objects, stylesheets=[theme.tokens() + _GROUND], sizing_mode="stretch_width", margin=0, **params
        )
        self.param.watch(self._follow, ["dark"])

    def get_root(self, doc: Document | None = None, comm: Any = None, preprocess: bool = True) -> Any:
        """As Panel's, but nothing of it will be asked of the network."""
        if doc is not None:
            doc.template_variables["dist_url"] = _NOWHERE
        return super().get_root(doc, comm, preprocess)

    def _follow(self, *_: Any) -> None:
        self.styles = {"color-scheme": "dark" if self.dark else "light"}
