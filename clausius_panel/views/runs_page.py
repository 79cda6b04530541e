"""The page of runs: one row each, which opens to its jobs in their order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from ..records import Clearing
from ..runtime import Runtime
from ..state import ActResult
from ..state.run_acts import RUN_ACTS, act_on_runs, jobs_concerned
from ..state.runs import ACTOR, RunsState, keys_of
from .act_words import WORDS
from .far import far
from .filter_bar import ended_words
from .job_run_switch import job_run_switch
from .live_page import LivePage, Message
from .page_client import PageClient, RunsClient
from .run_rows import project_chip, run_row
from .words import plural

__all__ = ["RunsPage"]

ENDED_WITHIN_H = (24, 72, 168, 720, 0)

SORTS = {
    "active": "At work first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "By name",
    "project": "By project",
}

_FILTERS = {
    "clusters",
    "users",
    "mine",
    "project",
    "campaign",
    "starred",
    "hidden",
    "text",
    "ended_within_h",
    "sort",
    "page_size",
}


class RunsPage(LivePage):
    """Runs, as the URL asks for them."""

    chips = True
    """Whether each row says its project."""

    def __init__(
        self, runtime: Runtime, query: str, *, state: RunsState | None = None, client: PageClient | None = None
    ) -> None:
        """Reads the store once."""
        self.state = state or RunsState(runtime)
        self.state.start(query)
        super().__init__(self.state, client or RunsClient())

    def search(self) -> dict[str, Any]:
        """Of jobs: a run is found by any of its own."""
        return {
            "text": self.state.text,
            "hint": "Search runs by name, id, user, node …",
            "switch": job_run_switch(self.state.PAGE, self.state.to_query()),
        }

    def filters(self) -> dict[str, Any]:
        """What is chosen, and what there is to choose."""
        state = self.state
        known = [status.cluster for status in state.statuses]
        hours = [*sorted({*ENDED_WITHIN_H, state.ended_within_h} - {0}), 0]
        projects = sorted(one.name for one in state.projects.values() if not one.merged_into)
        return {
            "facets": [
                _facet("clusters", "Cluster", known, state.clusters),
                _facet("users", "User", list(state.facets.users), state.users),
            ],
            "project": state.project,
            "projects": [
                {"value": name, "text": f"{state.projects[name].emoji} {name}".strip()} for name in projects
            ],
            "mine": state.mine,
            "starred": state.starred,
            "hidden": state.hidden,
            "ended": state.ended_within_h,
            "ended_choices": [{"value": one, "text": ended_words(one)} for one in hours],
            "sort": state.sort,
            "sorts": [{"value": one, "text": text} for one, text in SORTS.items()],
            "narrowed": state.is_narrowed,
        }

    def body(self) -> dict[str, Any]:
        """One page of runs."""
        state = self.state
        return {
            "rows": [
                run_row(
                    one,
                    projects=state.projects,
                    detail=state.details.get(f"{one.cluster}:{one.run_id}"),
                    tasks=state.tasks,
                    chips=self.chips,
                    idle=state.idle,
                )
                for one in state.runs
            ],
            "total": state.total,
            "page": state.number,
            "page_size": state.page_size,
            "empty": self.empty(),
            "project": project_chip(state.projects.get(state.project)) if self.chips else None,
        }

    def empty(self) -> dict[str, str] | None:
        """What stands in the table's place where it has no row."""
        state = self.state
        if state.runs:
            return None
        if not state.statuses:
            add = "clausius add-cluster NAME LOGIN-HOST"
            return {"title": "No cluster yet", "text": "Add the first one in a terminal:", "code": add}
        if state.total:
            return {"title": "This page is past the end", "text": "", "action": "first"}
        if state.is_narrowed:
            return {"title": "No run matches these filters", "text": "", "action": "reset"}
        if any(status.freshness.as_of is None and not status.freshness.error for status in state.statuses):
            return {"title": "", "text": "", "action": "loading"}
        return {
            "title": "No run is to be seen",
            "text": "Jobs that belong together show up here as one run, by themselves, when they are submitted.",
        }

    def _filter(self, message: Message) -> None:
        values = {name: value for name, value in dict(message["values"]).items() if name in _FILTERS}
        self.state.param.update(**values, number=1)

    def _page(self, message: Message) -> None:
        self.state.number = int(message["page"])

    def _turn(self, message: Message) -> None:
        self.state.turn("opened" if message["what"] == "run" else "arrays", str(message["key"]))

    def _reset(self, _: Message) -> None:
        self.state.reset()

    async def _star(self, message: Message) -> None:
        await self.change(lambda: self.state.star(keys_of(message["keys"]), on=bool(message["on"])))

    async def _pin(self, message: Message) -> None:
        on = bool(message["on"])
        await self.change(lambda: self.state.pin(keys_of(message["keys"]), on=on))
        self.state.say("kept here until it is dismissed" if on else "no longer kept here")

    async def _dismiss(self, message: Message) -> None:
        keys = keys_of(message["keys"])
        count = await self.change(lambda: self.state.dismiss(keys))
        self.hidden(f"{plural(len(keys), 'run')} hidden ({plural(count, 'job')})")

    async def _ask_clear(self, _: Message) -> None:
        counts = await self.change(self.state.clearable)
        of = ", ".join(filter(None, [" and ".join(self.state.clusters), self.state.project]))
        self.say("dialog", {"ask": "clear", "counts": counts, "of": of or "all clusters"})

    async def _clear(self, message: Message) -> None:
        what: Clearing = "failed" if message["what"] == "failed" else "completed"
        count = await self.change(lambda: self.state.clear(what))
        self.hidden(f"{plural(count, 'job')} hidden; nothing is deleted")

    def hidden(self, text: str) -> None:
        """Say what was hidden, with the way back."""
        self.say("notice", {"text": text, "kind": "info", "action": "Undo", "send": {"kind": "undo"}})

    async def _ask_cancel(self, message: Message) -> None:
        keys = keys_of(message["keys"])
        jobs = await far(lambda: jobs_concerned(self.state.runtime, "cancel", keys))
        if not jobs:
            self.state.say(f"nothing of {'this run' if len(keys) == 1 else 'these runs'} is in the queue any more")
            return
        names = {(one.cluster, one.run_id): one.name for one in self.state.runs}
        lines = [f"{cluster} {names.get((cluster, run_id)) or run_id}" for cluster, run_id in keys]
        what = {"runs": plural(len(keys), "run"), "jobs": plural(len(jobs), "job"), "lines": lines[:12]}
        self.say("dialog", {"ask": "cancel", "keys": message["keys"], "more": max(0, len(lines) - 12), **what})

    async def _do(self, message: Message) -> None:
        act, keys = str(message["act"]), keys_of(message["keys"])
        if act not in RUN_ACTS:
            return
        act_on = partial(act_on_runs, self.state.runtime, act, keys, actor=ACTOR)
        result = await self.change(act_on)
        self.state.refresh_now()
        self.state.say(_became(result), is_error=bool(result.failed))

    async def _undo(self, _: Message) -> None:
        count = await self.change(self.state.undo)
        self.state.say(f"{plural(count, 'job')} shown again")

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {
        "ask-cancel": _ask_cancel,
        "ask-clear": _ask_clear,
        "clear": _clear,
        "dismiss": _dismiss,
        "do": _do,
        "filter": _filter,
        "page": _page,
        "pin": _pin,
        "reset": _reset,
        "star": _star,
        "turn": _turn,
        "undo": _undo,
    }


def _became(result: ActResult) -> str:
    """What became of the jobs of runs, in one line."""
    if not result.done and not result.failed:
        return "none of their jobs waits" if result.act == "hold" else "none of their jobs is held"
    parts = [f"{plural(len(result.done), 'job')} {WORDS[result.act].done}"] if result.done else []
    if result.failed:
        (cluster, job_id), why = next(iter(result.failed.items()))
        parts.append(f"{plural(len(result.failed), 'job')} not, such as {cluster} {job_id}: {why}")
    return "; ".join(parts)


def _facet(name: str, title: str, known: list[str], chosen: list[str]) -> dict[str, Any]:
    options = known + [one for one in chosen if one not in known]
    return {"id": name, "title": title, "options": options, "chosen": list(chosen)}
