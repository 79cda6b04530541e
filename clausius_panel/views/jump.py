"""What "go to" finds for a few letters: pages, projects, runs, jobs."""

from __future__ import annotations

from typing import Any

from .. import queries
from ..errors import InvalidInput, StoreError
from ..model import state_family
from ..queries.projects import projects
from ..queries.runs import runs
from ..runtime import Runtime
from .links import job_link, page_link
from .pages import PAGES
from .words import plural, state_word

__all__ = ["find"]

MOST = 6
"""How many of each kind are shown."""

Found = dict[str, Any]


def find(runtime: Runtime, text: str) -> list[Found]:
    """Places to go to, the nearest first: title, note, href, kind. What cannot be asked for is one line of text.

    Waits for the store, so call it in a thread.
    """
    words = text.strip()
    found = [
        _page(name) for name in PAGES if words.lower() in PAGES[name].title.lower() and PAGES[name].in_sidebar
    ]
    if not words:
        return found
    try:
        return [*found, *_projects(runtime, words), *_runs(runtime, words), *_jobs(runtime, words)]
    except (InvalidInput, StoreError) as error:
        return [{"kind": "error", "title": str(error), "note": "", "href": ""}]


def _page(name: str) -> Found:
    return {"kind": "page", "title": PAGES[name].title, "note": "", "href": page_link(name)}


def _projects(runtime: Runtime, words: str) -> list[Found]:
    if "project" not in PAGES:
        return []
    named = [one for one in projects(runtime.store) if words.lower() in one.project.name.lower()]
    return [
        {
            "kind": "project",
            "title": f"{one.project.emoji} {one.project.name}".strip(),
            "note": plural(one.runs, "run"),
            "href": page_link("project", name=one.project.name),
        }
        for one in named[:MOST]
    ]


def _runs(runtime: Runtime, words: str) -> list[Found]:
    if "run" not in PAGES:
        return []
    page = runs(runtime.store, text=words, max_age_s=None, limit=MOST)
    return [
        {
            "kind": "run",
            "title": run.name or "(no name)",
            "note": f"{plural(run.jobs, 'job')} of {run.user} on {run.cluster}",
            "href": page_link("run", cluster=run.cluster, run=run.run_id),
            "at": run.first_submit.timestamp() if run.first_submit else None,
        }
        for run in page.runs
    ]


def _jobs(runtime: Runtime, words: str) -> list[Found]:
    page = queries.jobs(runtime.store, text=words, max_age_s=None, limit=MOST)
    return [
        {
            "kind": "job",
            "title": job.name or "(no name)",
            "note": f"{job.job_id} of {job.user} on {job.cluster}",
            "href": job_link(job.cluster, job.job_id),
            "state": {"text": state_word(job.state), "family": state_family(job.state), "tip": job.state},
        }
        for job in page.jobs
    ]
