"""The pages there are, in the order of the sidebar, and what a page must be to stand in the shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import param
from panel.viewable import Viewer

from ..runtime import Runtime
from .client import Client

__all__ = ["HOME", "PAGES", "PageKind", "PageView", "made_by"]

HOME = "board"
"""The page of a URL that names none."""


class PageView(Viewer):
    """One page for one session; `__panel__` is whatever Panel can show, and fills the place beside the sidebar.

    `__panel__` runs when the shell places the page: that is the moment to start periodic callbacks.
    """

    bar = param.Dict(
        default=None,
        allow_None=True,
        doc="What the app bar shows: 'summary' in one line; 'text' and 'hint' where the page has a search. "
        "None: the fleet in one line, as it was when the page was opened.",
    )

    heading = param.String(default="", doc="The document's title; '' is the page's name.")

    def first(self) -> list[Client]:
        """The components whose first picture comes with the document, before Panel's scripts have been loaded.

        The first of them must say when it lives, by the event `clausius-live`; without any the shell shows bars.
        """
        return []

    async def hear(self, message: dict[str, Any]) -> None:
        """What is done in the app bar: `{"kind": "filter", "values": {"text": ...}}` while somebody types."""


Make = Callable[[Runtime, str], PageView]
"""A session's runtime and the URL's query -> its page. May raise any `ClausiusError`: the shell shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """One page of the shell, at `?page=` and its name in `PAGES`."""

    title: str
    icon: str = ""  # the path of an SVG, 16 by 16
    make: Make
    key: str = ""  # opens it after "g"
    in_sidebar: bool = True
    parent: str = ""  # the page that the sidebar marks instead, for one that does not stand there


def made_by(module: str, name: str) -> Make:
    """The maker `name` of a module of this package, loaded when the page is opened first."""

    def make(runtime: Runtime, query: str) -> PageView:
        return cast(PageView, getattr(import_module(f".{module}", __package__), name)(runtime, query))

    return make


PAGES: dict[str, PageKind] = {
    "board": PageKind(
        title="Board",
        icon="M2 3h12v2.5H2zm0 4h12v2H2zm0 3.500h12V13H2z",
        make=made_by("board_page", "BoardPage"),
        key="b",
    ),
    "runs": PageKind(
        title="Runs",
        icon="M2 2h5v3H5v5h3V8h6v5H8v-1.500H3.500V5H2zM9.500 9.500v2h3v-2z",
        make=made_by("runs_page", "RunsPage"),
        key="r",
    ),
    "run": PageKind(title="Run", make=made_by("run_page", "RunPage"), in_sidebar=False, parent="runs"),
    "job": PageKind(title="Job", make=made_by("job_page", "JobPage"), in_sidebar=False, parent="board"),
    "projects": PageKind(
        title="Projects",
        icon="M2 3h4.500l1.500 1.500h6V13H2zm1.500 3v5.500h9V6z",
        make=made_by("projects_page", "ProjectsPage"),
        key="p",
    ),
    "project": PageKind(
        title="Project", make=made_by("project_page", "ProjectPage"), in_sidebar=False, parent="projects"
    ),
    "usage": PageKind(
        title="Usage",
        icon="M2 13V8h2.500v5zm3.800 0V3h2.500v10zm3.800 0V6H12v7z",
        make=made_by("usage_page", "UsagePage"),
        key="u",
    ),
    "history": PageKind(
        title="History",
        icon="M8 2.500a5.500 5.500 0 1 0 5.500 5.500H12A4 4 0 1 1 8 4"
        "v2l3-2.700L8 .800zm-.700 2.700h1.200v2.600l1.900 1.200-.600 1-2.500-1.600z",
        make=made_by("history_page", "HistoryPage"),
        key="h",
    ),
    "log": PageKind(title="Log", make=made_by("log_page", "LogPage"), in_sidebar=False, parent="board"),
    "settings": PageKind(
        title="Settings",
        icon="M7 2h2l.300 1.600 1.300.500 1.300-.900 1.400 1.400-.900 1.300.500 1.300L14.500 7.500v1.500l-1.6"
        "00.300-.500 1.300.900 1.300-1.400 1.400-1.300-.900-1.300.500L9 14H7l-.300-1.600-1.300-.500-1.30"
        "0.900-1.400-1.400.900-1.300-.500-1.300L1.500 9V7.500l1.600-.300.500-1.300-.900-1.300 1.400-1.40"
        "0 1.300.900 1.300-.500zm1 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
        make=made_by("settings_page", "SettingsPage"),
        key=",",
    ),
}
"""Name in the URL: page, in the order of the sidebar."""
