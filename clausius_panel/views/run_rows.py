"""Runs and their jobs in words, a row each; times stay numbers for the page to tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ..model import Job, is_final, state_family
from ..model.printable import printable
from ..model.project import Project, campaign_shade
from ..model.run import RunJob, RunRow
from ..model.usage_verdict import span
from ..queries import JobPage
from ..queries.job_stats import IdleGpus
from ..queries.run_detail import RunDetail
from ..queries.runs import RunSummary
from .job_table import cells, idle_words
from .links import job_link, log_link, page_link
from .words import FAMILY_WORDS, epoch, number, plural, state_word, why

__all__ = ["families", "job_rows", "project_chip", "run_row", "shared_start"]

_BACKGROUND = re.compile(
    r"[-_](?:server|proxy|monitor|tensorboard|gateway|watchdog|tunnel)(?:[-_]?[0-9]+)?$", re.I
)
"""Names of jobs that only serve others: they are dimmed."""

_SEPARATORS = "-_./:"

_AFTER = {
    "afterok": "after success of",
    "afternotok": "only if it fails:",
    "afterany": "after the end of",
    "after": "after the start of",
    "aftercorr": "task by task after",
    "afterburstbuffer": "after the staging out of",
    "singleton": "one of this name at a time",
}

Row = dict[str, Any]


def families(tasks: Mapping[str, int]) -> list[Row]:
    """Counts by family in the order in which they are shown; those of none are left out."""
    return [
        {"family": family, "word": word, "tasks": tasks[family]}
        for family, word in FAMILY_WORDS.items()
        if tasks.get(family)
    ]


def project_chip(project: Project | None, campaign: str = "") -> Row | None:
    """A project's mark: name, emoji, colour (a shade of it for a campaign) and link."""
    if project is None:
        return None
    return {
        "name": project.name,
        "campaign": campaign,
        "emoji": project.emoji,
        "colour": campaign_shade(project.colour, campaign),
        "href": page_link("project", name=project.name),
    }


def shared_start(names: Collection[str]) -> int:
    """How many letters at their start several names share, up to a separator.

    >>> shared_start(["eval-gpqa-r1", "eval-gpqa-r2"]), shared_start(["alone-1"]), shared_start(["ab", "ac"])
    (10, 0, 0)
    """
    if len(set(names)) < 2:
        return 0
    first, last = min(names), max(names)  # what these two share, all in between share
    count = next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    start = first[:count]
    return max((start.rfind(mark) + 1 for mark in _SEPARATORS), default=0)


def _project_start(name: str, project: Project | None, campaign: str) -> int:
    """How many letters of a run's name only say what its chip says."""
    if project is None or not name.lower().startswith(project.prefix.lower()):
        return 0
    start = len(project.prefix)
    word = f"{campaign}_"
    return start + len(word) if campaign and name[start:].lower().startswith(word) else start


def run_row(
    run: RunSummary,
    *,
    projects: Mapping[str, Project],
    detail: RunDetail | None = None,
    tasks: Mapping[str, JobPage] | None = None,
    chips: bool = True,
    idle: Sequence[IdleGpus] = (),
) -> Row:
    """One run; with `detail` it is open and brings its jobs. `chips`: whether it bears its project's mark.

    `idle`: jobs, of this run or others, whose GPUs do nothing.
    """
    project = projects.get(run.project)
    dim = _project_start(run.name, project, run.campaign)
    return {
        "key": f"{run.cluster}:{run.run_id}",
        "cluster": run.cluster,
        "id": run.run_id,
        "href": page_link("run", cluster=run.cluster, run=run.run_id),
        "name": run.name or "(no name)",
        "dim": dim if dim < len(run.name) else 0,
        "project": project_chip(project, run.campaign) if chips else None,
        "colour": campaign_shade(project.colour, run.campaign) if project else "",
        "starred": run.starred,
        "pinned": run.pinned,
        "notes": run.notes[:400],
        "user": run.user,
        "families": families(run.tasks),
        "gpus": number(sum(run.gpus.get(family, 0) for family in ("running", "transition", "pending", "held"))),
        "gpus_tip": ", ".join(
            f"{run.gpus[name]} {word}" for name, word in FAMILY_WORDS.items() if run.gpus.get(name)
        ),
        "jobs": run.jobs,
        "tip": _parts(run),
        "why": _wait(run),
        "idle": _idle([one for one in idle if (one.cluster, one.run_id) == (run.cluster, run.run_id)]),
        "attempt": f"{run.attempt} of {run.attempts}" if run.attempts > 1 else "",
        "submitted": epoch(run.first_submit),
        # while nothing of it runs no clock does: what is left in the queue may never start
        "started": epoch(run.started) if not run.in_queue or _runs_now(run) else None,
        "ended": epoch(run.ended),
        "live": run.in_queue,
        "rows": job_rows(detail, tasks or {}, idle=idle) if detail else None,
    }


def _runs_now(run: RunSummary) -> bool:
    return any(run.tasks.get(family) for family in ("running", "transition"))


def _parts(run: RunSummary) -> str:
    """What a run consists of."""
    parts = [plural(run.jobs, "job"), plural(sum(run.tasks.values()), "task")]
    parts += [f"{run.dependents} waiting on others"] if run.dependents else []
    parts += [plural(run.backups, "backup")] if run.backups else []
    parts += [f"{run.skipped} of them not needed"] if run.skipped else []
    return ", ".join(parts)


def _wait(run: RunSummary) -> str:
    """Why the run waits, if it does."""
    if not run.tasks.get("pending"):
        return ""
    waiting = Job(
        cluster=run.cluster, job_id="", job_id_raw="", submit_time=None, state="PENDING", reason=run.reason
    )
    return why(waiting)


def _idle(found: Sequence[IdleGpus]) -> str:
    """What the mark of idle GPUs tells; "" where there is none."""
    if len(found) < 2:
        return idle_words(found[0]) if found else ""
    longest = span(timedelta(seconds=max(one.for_s for one in found)))
    return f"{plural(len(found), 'job')} hold GPUs and do not use them, up to {longest}"


def job_rows(detail: RunDetail, tasks: Mapping[str, JobPage], *, idle: Sequence[IdleGpus] = ()) -> list[Row]:
    """The jobs of a run in their order; an array that is open brings its tasks."""
    dim = shared_start([row.job.name for row in detail.rows])
    names = {row.job.job_id: row.job.name for row in detail.rows}
    marks: dict[str, list[IdleGpus]] = {}
    for one in idle:
        if one.cluster == detail.summary.cluster:
            marks.setdefault(re.split(r"[_+]", one.job_id)[0], []).append(one)
    return [
        _job_row(row, dim, names, tasks.get(f"{row.job.cluster}:{row.job.job_id}"))
        | {"idle": _idle(marks.get(row.job.job_id, []))}
        for row in detail.rows
    ]


def _job_row(row: RunRow, dim: int, names: Mapping[str, str], tasks: JobPage | None) -> Row:
    job = row.job
    words = _why(row)
    opens = job.is_array or job.tasks > 1
    return {
        "key": f"{job.cluster}:{job.job_id}",
        "id": job.job_id,
        "cluster": job.cluster,
        "href": job_link(job.cluster, job.job_id),
        "log": log_link(job.cluster, job.job_id) if job.start_time and not opens else "",
        "name": job.name or "(no name)",
        "dim": dim if dim < len(job.name) else 0,
        "background": _BACKGROUND.search(job.name) is not None,
        "depth": min(row.depth, 12),
        "after": _after(row, names),
        "inferred": row.is_inferred,
        "tag": _tag(row),
        "state": _chip(row),
        "families": families(_by_family(job)) if opens else [],
        "why": words,
        "tasks": job.tasks,
        "opens": opens,
        "gpus": number(job.gpus),
        "attempts": job.attempts,
        "submitted": epoch(job.submit_time),
        "started": epoch(job.start_time) if state_family(job.state) != "pending" else None,
        "ended": epoch(job.end_time),
        "limit": job.time_limit_s,
        "final": is_final(job.state),
        "rows": None if tasks is None else [_task_row(task) for task in tasks.jobs],
        "more": 0 if tasks is None else tasks.total - len(tasks.jobs),
    }


def _task_row(job: Job) -> Row:
    made = cells(job)
    return {
        "key": f"{job.cluster}:{job.job_id}",
        "id": job.job_id,
        "cluster": job.cluster,
        "href": job_link(job.cluster, job.job_id),
        "log": log_link(job.cluster, job.job_id) if _has_run(job) else "",
        "name": f"task {job.array_task_id}" if job.array_task_id else job.name,
        "state": made["state"],
        "why": made["why"],
        "gpus": made["gpus"]["text"],
        "submitted": epoch(job.submit_time),
        "started": epoch(job.start_time) if state_family(job.state) != "pending" else None,
        "ended": epoch(job.end_time) if is_final(job.state) else None,
        "limit": job.time_limit_s,
        "final": is_final(job.state),
    }


def _has_run(job: Job) -> bool:
    """Whether there can be a log: what was cancelled while it waited has none."""
    family = state_family(job.state)
    return family != "pending" and not (family == "cancelled" and job.start_time is None)


def _by_family(job: RunJob) -> dict[str, int]:
    found: dict[str, int] = {}
    for state, count in job.states.items():
        found[state_family(state)] = found.get(state_family(state), 0) + count
    return found


def _chip(row: RunRow) -> Row:
    if row.is_skipped:
        return {
            "text": "Skipped",
            "family": "completed",
            "tip": f"a backup that was not needed; Slurm: {row.job.state}",
        }
    return {"text": state_word(row.job.state), "family": state_family(row.job.state), "tip": row.job.state}


def _tag(row: RunRow) -> Row | None:
    """What its dependencies make of it, where that is not the usual."""
    if row.is_blocked:
        return {
            "text": "blocked",
            "tip": "waits for what can never happen: cancel it, or change what it waits for",
        }
    if row.role == "backup":
        return {"text": "backup", "tip": "runs only where what it waits for fails"}
    return None


def _after(row: RunRow, names: Mapping[str, str]) -> list[Row]:
    """What it goes on from, in words."""
    if row.is_inferred:
        return [
            {"id": one, "text": f"probably after {printable(names.get(one, one))}, by its name"}
            for one in row.parents
        ]
    return [
        {
            "id": term.job_id,
            "text": " ".join(
                filter(None, [_AFTER.get(term.kind, term.kind), term.job_id, _name(term.job_id, names)])
            ),
        }
        for term in row.job.terms
    ]


def _name(job_id: str, names: Mapping[str, str]) -> str:
    name = names.get(re.split(r"[_+]", job_id)[0], "")
    return f"({printable(name)})" if name else ""


def _why(row: RunRow) -> Row:
    job = row.job
    if row.is_skipped:
        return {"text": "not needed", "tip": "what it would have replaced went well"}
    one = Job(
        cluster=job.cluster,
        job_id=job.job_id,
        job_id_raw=job.job_id,
        submit_time=job.submit_time,
        state=row.job.state,
        reason=job.reason,
        dependency=",".join(f"{term.kind}:{term.job_id}" if term.job_id else term.kind for term in job.terms),
        exit_code=job.exit_code,
        time_limit_s=job.time_limit_s,
    )
    text = why(one)
    slurm = ", ".join(filter(None, [job.reason, job.exit_code and f"exit {job.exit_code}"]))
    return {"text": text, "tip": f"{text}\nSlurm: {slurm}" if text and slurm else text}
