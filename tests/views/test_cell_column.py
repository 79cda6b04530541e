"""The ground of a page in a notebook's cell."""

from __future__ import annotations

import panel as pn
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet

from clausius_panel.views.cell_column import CellColumn

__all__: list[str] = []


def test_nothing_of_it_is_asked_of_the_network_whenever_it_comes() -> None:
    column, doc = CellColumn(pn.pane.HTML("first")), Document()
    root = column.get_root(doc)
    column.append(pn.pane.HTML("later"))
    sheets = [one for model in root.references() for one in getattr(model, "stylesheets", [])]
    addresses = [one.url for one in sheets if isinstance(one, ImportedStyleSheet)]
    assert addresses
    assert all(address.startswith("data:") for address in addresses)


def test_it_has_the_scheme_of_the_notebook() -> None:
    column = CellColumn()
    for dark, scheme in ((True, "dark"), (False, "light")):
        column.dark = dark
        assert column.styles["color-scheme"] == scheme
