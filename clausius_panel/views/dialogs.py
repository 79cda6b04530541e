"""What is asked before jobs are cancelled, and what is told afterwards."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..model import Job
from ..state import CancelResult
from .job_table import key_text
from .words import plural, state_word

__all__ = ["cancel_question", "cancel_report"]

_LISTED = 12


def cancel_question(jobs: list[Job]) -> dict[str, Any]:
    """The question names what it will hit."""
    clusters = Counter(job.cluster for job in jobs)
    where = " and ".join(f"{plural(count, 'job')} on {name}" for name, count in clusters.items())
    running = sum(job.state == "RUNNING" for job in jobs)
    return {
        "kind": "cancel",
        "title": f"Cancel {where}?",
        "text": _killed(running, len(jobs)),
        "lines": [
            {"id": job.job_id, "cluster": job.cluster, "name": job.name, "note": state_word(job.state).lower()}
            for job in jobs[:_LISTED]
        ],
        "more": max(0, len(jobs) - _LISTED),
        "keys": [key_text((job.cluster, job.job_id)) for job in jobs],
        "confirm": f"Cancel {plural(len(jobs), 'job')}",
        "keep": "Keep it" if len(jobs) == 1 else "Keep them",
    }


def _killed(running: int, jobs: int) -> str:
    if not running:
        return ""
    if jobs == 1:
        return "It is running and will be killed."
    some = "All" if running == jobs else str(running)
    return f"{some} of them {'is' if running == 1 else 'are'} running and will be killed."


def cancel_report(result: CancelResult, names: dict[tuple[str, str], str]) -> dict[str, Any] | None:
    """What failed, job by job, with the cluster's own words; None where nothing did."""
    if not result.failed:
        return None
    done = f"{plural(len(result.cancelled), 'job')} cancelled." if result.cancelled else "Nothing was cancelled."
    return {
        "kind": "report",
        "title": f"{plural(len(result.failed), 'job')} not cancelled",
        "text": done,
        "lines": [
            {"id": key[1], "cluster": key[0], "name": names.get(key, ""), "note": why}
            for key, why in list(result.failed.items())[:_LISTED]
        ],
        "more": max(0, len(result.failed) - _LISTED),
        "keys": [],
        "confirm": "",
        "keep": "Close",
    }
