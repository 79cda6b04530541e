"""The page of one project: what is at work, how the last weeks went, and all its runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from ..model.project import COLOURS, EMOJIS
from ..queries.project_history import ProjectWeek
from ..runtime import Runtime
from ..state.project import ProjectState
from .far import far
from .live_page import Message
from .page_client import ProjectClient
from .run_rows import families
from .runs_page import RunsPage
from .words import epoch

__all__ = ["ProjectPage"]


class ProjectPage(RunsPage):
    """One project, as the URL names it."""

    chips = False

    state: ProjectState

    def __init__(self, runtime: Runtime, query: str) -> None:
        """Reads the store once."""
        super().__init__(runtime, query, state=ProjectState(runtime), client=ProjectClient())
        self.heading = self.state.project or "Project"

    def filters(self) -> dict[str, Any]:
        """As for runs, with the campaigns in the place of projects."""
        campaigns = [
            {"value": one.name, "text": one.name, "runs": one.runs} for one in self.state.campaigns if one.name
        ]
        return {
            **super().filters(),
            "project": "",
            "projects": [],
            "campaign": self.state.campaign,
            "campaigns": campaigns,
        }

    def body(self) -> dict[str, Any]:
        """The project above its runs."""
        return {**super().body(), "head": self._head()}

    def _head(self) -> dict[str, Any] | None:
        state = self.state
        if (found := state.summary) is None:
            return None
        project, history = found.project, state.history
        return {
            "name": project.name,
            "emoji": project.emoji,
            "colour": project.colour,
            "prefix": project.prefix,
            "merged_into": project.merged_into,
            "families": families(found.tasks),
            "gpus": sum(found.gpus.get(family, 0) for family in ("running", "transition")),
            "runs": found.runs,
            "last": epoch(found.last_submit),
            "success": None if history is None else history.success_rate,
            "gpu_hours": 0 if history is None else history.gpu_hours,
            "weeks": [] if history is None else [_week(one) for one in history.weeks],
            "others": list(state.others),
            "colours": list(COLOURS),
            "emojis": list(EMOJIS),
        }

    async def _edit(self, message: Message) -> None:
        """The looks first, the name last: with it the page's own address changes."""
        wanted, state = dict(message["looks"]), self.state
        now = state.summary.project if state.summary else None
        looks = {name: str(wanted[name]) for name in ("prefix", "colour", "emoji") if name in wanted}
        if now is not None and any(getattr(now, name) != value for name, value in looks.items()):
            await self.change(partial(state.update, looks))
        name = str(wanted.get("name", "")).strip()
        if name and name != state.project:
            await far(partial(state.rename, name))
            state.project = name  # another question: it is read anew by itself
        state.say("saved")

    async def _merge(self, message: Message) -> None:
        into = str(message["into"])
        await self.change(partial(self.state.merge, into))
        self.state.say(f"its jobs now count to {into}" if into else "it stands for itself again")

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {**RunsPage.ACTS, "edit": _edit, "merge": _merge}


def _week(week: ProjectWeek) -> dict[str, Any]:
    return {
        "start": epoch(week.start),
        "completed": week.completed,
        "failed": week.failed,
        "cancelled": week.cancelled,
        "gpu_hours": round(week.gpu_hours, 1),
    }
