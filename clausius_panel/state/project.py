"""One person's look at projects, and at one of them."""

from __future__ import annotations

from typing import Any, ClassVar

import param

from .. import records
from ..model.project import Project
from ..queries.project_history import ProjectHistory, project_history
from ..queries.projects import ProjectSummary, campaigns, project, projects
from ..store.projects import list_projects
from .look import Look
from .runs import ACTOR, RunsState

__all__ = ["ProjectState", "ProjectsState"]

WEEKS = 12


class ProjectsState(Look):
    """All projects."""

    PAGE = "projects"
    KEYS: ClassVar[dict[str, str]] = {"text": "q", "merged": "merged"}

    merged = param.Boolean(default=False, doc="Whether those that count to others are shown too.")

    projects = param.List(default=[], doc="The projects, those at work first.")

    text = param.String(default="", doc="Letters of a project's name.")

    def add(self, name: str, prefix: str) -> Project:
        """Configure a project. Raises `ReadOnly`, `InvalidInput`, `StoreError`; waits for the store."""
        looks = {"prefix": prefix} if prefix else {}
        return records.add_project(self.runtime.store, name, actor=ACTOR, **looks)

    def _answer(self) -> dict[str, Any]:
        found = projects(self.runtime.store, merged=self.merged)
        words = self.text.lower()
        return {"projects": [one for one in found if words in one.project.name.lower()]}

    def _nothing(self) -> dict[str, Any]:
        return {"projects": []}


class ProjectState(RunsState):
    """One project: its runs as on the page of runs, and how it has done."""

    PAGE = "project"
    KEYS: ClassVar[dict[str, str]] = {**RunsState.KEYS, "project": "name"}

    campaigns = param.List(default=[], doc="Its campaigns, newest first.")

    history = param.ClassSelector(class_=ProjectHistory, default=None, doc="Its last weeks.")

    others = param.List(default=[], item_type=str, doc="Projects it could be merged into.")

    summary = param.ClassSelector(
        class_=ProjectSummary, default=None, doc="The project; None where there is none."
    )

    def update(self, looks: dict[str, str]) -> Project:
        """Change prefix, colour or emoji. Raises `ReadOnly`, `InvalidInput`, `StoreError`; waits for the store."""
        return records.update_project(self.runtime.store, self.project, actor=ACTOR, **looks)

    def rename(self, name: str) -> Project:
        """Give it another name. Raises as `update`."""
        return records.rename(self.runtime.store, self.project, name, actor=ACTOR)

    def merge(self, into: str) -> Project:
        """Let its jobs count to another; "" takes it back. Raises as `update`."""
        return records.merge_projects(self.runtime.store, self.project, into, actor=ACTOR)

    def _answer(self) -> dict[str, Any]:
        store, name = self.runtime.store, self.project
        found = project(store, name, campaign=self.campaign)
        return {
            **super()._answer(),
            "summary": found,
            "campaigns": campaigns(store, name),
            "history": project_history(store, name, weeks=WEEKS, campaign=self.campaign),
            "others": [one.name for one in list_projects(store) if one.name != name and not one.merged_into],
        }

    def _nothing(self) -> dict[str, Any]:
        return {**super()._nothing(), "summary": None, "campaigns": [], "history": None}
