"""The page of one run: its course, its jobs, its notes, and what it was submitted with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import panel as pn

from ..errors import ClausiusError
from ..model import state_family
from ..model.printable import printable
from ..queries.run_detail import Bar, RunDetail, RunMetadata
from ..runtime import Runtime
from ..state.run import RunState
from .far import far
from .links import job_link, page_link
from .live_page import LivePage, Message
from .page_client import RunClient
from .run_rows import job_rows, run_row
from .tracker_part import job_trackers
from .words import epoch, state_word

__all__ = ["RunPage", "missing_words"]


class RunPage(LivePage):
    """One run, as the URL names it: `cluster` and `run`, the id of the run or of any of its jobs."""

    def __init__(self, runtime: Runtime, query: str) -> None:
        """Reads the store once; the cluster is asked when the page stands."""
        self.state = RunState(runtime)
        self.state.start(query)
        super().__init__(self.state, RunClient())
        if (detail := self.state.detail) is not None:
            self.heading = detail.summary.name or f"Run {detail.summary.run_id}"

    def filters(self) -> dict[str, Any]:
        """Which part of its provenance is shown."""
        return {"tab": self.state.tab}

    def body(self) -> dict[str, Any]:
        """All that is known of it."""
        state = self.state
        if (detail := state.detail) is None:
            return {
                "missing": f"{state.run_id or 'no run'} on {state.cluster or 'no cluster'}",
                "runs": page_link("runs"),
            }
        projects = {detail.project.name: detail.project} if detail.project else {}
        run = run_row(detail.summary, projects=projects, idle=state.idle)
        return {
            "missing": "",
            "run": {
                **run,
                "true_name": detail.summary.name,
                "notes": detail.summary.notes,
                "rows": job_rows(detail, state.tasks, idle=state.idle),
            },
            "bars": [_bar(bar, detail.summary.cluster) for bar in detail.bars],
            "earlier": [
                {"at": epoch(when), "id": one, "href": page_link("run", cluster=detail.summary.cluster, run=one)}
                for one, when in detail.earlier[:20]
            ],
            "facts": _facts(detail),
            "trackers": self._trackers(detail),
            "captured": self._captured(detail),
        }

    def _trackers(self, detail: RunDetail) -> dict[str, Any]:
        """What its comment, its script, and the logs of its jobs that were looked at name."""
        known, ids = detail.metadata, [row.job.job_id for row in detail.rows]
        told = (known.slurm_config.get("Comment", ""), known.batch_script)
        return job_trackers(self.state.runtime, detail.summary.cluster, ids, *told)

    def _captured(self, detail: RunDetail) -> dict[str, Any]:
        """What it was submitted with, and how the asking stands."""
        known = detail.metadata
        return {
            "at": epoch(known.captured_at),
            "asking": self.state.capturing,
            "error": self.state.capture_error,
            "missing": missing_words(known),
            "command": known.submit_command,
            "script": known.batch_script,
            "slurm": sorted(known.slurm_config.items()),
            "environment": list(known.environment.items()),
            "parameters": list(known.parameters.items()),
        }

    async def begun(self) -> None:
        """Ask the cluster what the run was submitted with, unless it told already."""
        if self.state.detail is not None and not self.state.is_captured and not self.state.capturing:
            self._ask()

    def _ask(self, *, again: bool = False) -> None:
        self.state.param.update(capturing=True, capture_error="")
        pn.state.execute(partial(self._finish, again))

    async def _finish(self, again: bool) -> None:
        error = await far(lambda: self.state.capture(again=again))
        self.state.read_anew()
        self.state.param.update(capturing=False, capture_error=error)
        await self.refresh()

    def _capture(self, _: Message) -> None:
        if not self.state.capturing:
            self._ask(again=True)

    def _tab(self, message: Message) -> None:
        self.state.tab = message["tab"]

    def _turn(self, message: Message) -> None:
        self.state.turn("arrays", str(message["key"]))

    async def _star(self, message: Message) -> None:
        on = bool(message["on"])
        await self.change(lambda: self.state.star(on=on))

    async def _notes(self, message: Message) -> None:
        """Keep what was written, and say of this very text whether it is kept."""
        text, number, error = str(message["text"]), message["number"], ""
        try:
            await self.change(lambda: self.state.save_notes(text))
        except ClausiusError as failed:
            error = str(failed)
        self.say("saved", {"number": number, "error": error})

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {
        "capture": _capture,
        "notes": _notes,
        "star": _star,
        "tab": _tab,
        "turn": _turn,
    }


def missing_words(known: RunMetadata) -> str:
    """What the cluster could not tell of a run, and why; "" where it told all, or was not asked yet."""
    parts = {
        "batch script": known.batch_script,
        "command": known.submit_command,
        "Slurm configuration": known.slurm_config,
    }
    lacking = [name for name, value in parts.items() if not value]
    if not lacking or (known.captured_at is None and not known.error):
        return ""
    forgotten = "Invalid job id" in known.error
    why = "the controller keeps a job only for minutes after its end" if forgotten else known.error
    if why and len(lacking) == len(parts):
        return why
    return f"no {' and no '.join(lacking)}" + (f": {why}" if why else "")


def _bar(bar: Bar, cluster: str) -> dict[str, Any]:
    return {
        "key": f"{bar.job_id}.{bar.attempt}",
        "id": bar.job_id,
        "name": bar.name or "(no name)",
        "attempt": bar.attempt,
        "submitted": epoch(bar.submitted),
        "started": epoch(bar.started),
        "ended": epoch(bar.ended),
        "family": state_family(bar.state),
        "word": state_word(bar.state).lower(),
        "href": job_link(cluster, bar.job_id),
    }


def _facts(detail: RunDetail) -> list[dict[str, Any]]:
    """Who, where and with what, in a few lines."""
    jobs, known = [row.job for row in detail.rows], detail.metadata
    partitions = ", ".join(dict.fromkeys(job.partition for job in jobs if job.partition))
    accounts = ", ".join(dict.fromkeys(job.account for job in jobs if job.account))
    greatest = max(jobs, key=lambda job: job.gpus, default=None)
    gpus = f"{greatest.gpus} in {printable(greatest.name)}" if greatest is not None and greatest.gpus else ""
    rows: list[dict[str, Any]] = [
        {"title": "User", "text": detail.summary.user},
        {"title": "Cluster", "text": detail.summary.cluster},
        {"title": "Account", "text": accounts},
        {"title": "Partition", "text": partitions},
        {"title": "Most GPUs", "text": gpus},
        {
            "title": "Resources",
            "text": known.slurm_config.get("TRES") or known.slurm_config.get("ReqTRES", ""),
            "mono": True,
        },
        {"title": "Directory", "text": known.work_dir, "mono": True, "copy": True},
        {"title": "First job", "text": detail.summary.root_job_id, "mono": True, "copy": True},
    ]
    return [row for row in rows if row["text"]]
