"""The page of all projects: what each has at work, and what it was last given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..queries.projects import ProjectSummary
from ..runtime import Runtime
from ..state.project import ProjectsState
from .links import page_link
from .live_page import LivePage, Message
from .page_client import ProjectsClient
from .run_rows import families
from .words import epoch

__all__ = ["ProjectsPage"]


class ProjectsPage(LivePage):
    """Projects, those at work first."""

    def __init__(self, runtime: Runtime, query: str) -> None:
        """Reads the store once."""
        self.state = ProjectsState(runtime)
        self.state.start(query)
        super().__init__(self.state, ProjectsClient())

    def search(self) -> dict[str, Any]:
        """By name."""
        return {"text": self.state.text, "hint": "Search projects"}

    def filters(self) -> dict[str, Any]:
        """Whether merged ones are shown."""
        return {"merged": self.state.merged}

    def body(self) -> dict[str, Any]:
        """A card for each."""
        return {"projects": [_card(one) for one in self.state.projects], "text": self.state.text}

    def _filter(self, message: Message) -> None:
        values = dict(message["values"])
        self.state.param.update(**{name: values[name] for name in ("text", "merged") if name in values})

    async def _add(self, message: Message) -> None:
        name, prefix = str(message["name"]).strip(), str(message["prefix"]).strip()
        project = await self.change(lambda: self.state.add(name, prefix))
        self.state.say(f"{project.name}: jobs whose names begin with {project.prefix}")

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {"add": _add, "filter": _filter}


def _card(one: ProjectSummary) -> dict[str, Any]:
    project = one.project
    gpus = sum(one.gpus.get(family, 0) for family in ("running", "transition"))
    return {
        "name": project.name,
        "emoji": project.emoji,
        "colour": project.colour,
        "prefix": project.prefix,
        "merged_into": project.merged_into,
        "href": page_link("project", name=project.name),
        "families": families(one.tasks),
        "gpus": gpus,
        "runs": one.runs,
        "last": epoch(one.last_submit),
    }
