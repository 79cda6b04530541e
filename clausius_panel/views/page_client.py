"""The components that carry the client scripts of the pages beside the board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import param

from . import theme
from .client import Client

__all__ = ["PAGE_PARTS", "PageClient", "ProjectClient", "ProjectsClient", "RunClient", "RunsClient", "joined"]

_FILES = Path(__file__).parent / "client"

PAGE_PARTS = ("fleet", "filters", "body", "dialog", "notice", "saved", "query")
"""What a page shows, part by part; only parts that changed travel."""

_RUN_TABLE = ("run_marks.js", "run_cells.js", "run_table.js")


def joined(*names: str) -> str:
    """Files of `views/client`, one after the other."""
    return "\n".join((_FILES / name).read_text(encoding="utf-8") for name in names)


def _script(*names: str) -> str:
    return joined("dom.js", "overlay.js", "page.js", *names)


class PageClient(Client):
    """A page in the browser; subclasses say by which script."""

    PARTS = PAGE_PARTS

    body = param.String(default="null", doc="JSON: what the page is about.")

    dialog = param.String(default="null", doc="JSON: the question to ask.")

    filters = param.String(default="null", doc="JSON: what can be chosen above it.")

    fleet = param.String(default="null", doc="JSON: how fresh the clusters' data are.")

    notice = param.String(default="null", doc="JSON: the line to say.")

    query = param.String(default='""', doc="JSON: the URL's query.")

    saved = param.String(default="null", doc="JSON: what became of what was written.")

    _esm = _script()

    _stylesheets = [theme.tokens() + joined("base.css", "board.css", "page.css")]

    def __init__(self, **params: Any) -> None:
        """Fills its place."""
        super().__init__(**{"sizing_mode": "stretch_both", "margin": 0, **params})


class RunsClient(PageClient):
    """The page of runs."""

    _esm = _script(*_RUN_TABLE, "choices.js", "runs.js")


class RunClient(PageClient):
    """The page of one run."""

    _esm = _script(
        "run_marks.js", "run_cells.js", "run_table.js", "gantt.js", "notes.js", "provenance.js", "run.js"
    )


class ProjectsClient(PageClient):
    """The page of all projects."""

    _esm = _script("run_marks.js", "projects.js")


class ProjectClient(PageClient):
    """The page of one project."""

    _esm = _script(*_RUN_TABLE, "choices.js", "weeks.js", "project.js")
