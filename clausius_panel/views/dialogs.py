"""What is asked before something is done to jobs, and what is told afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..model import Job
from ..state import Act, ActResult, Key
from .act_words import WORDS, field_of
from .job_table import key_text
from .words import plural, state_word

__all__ = ["done_words", "question", "report"]

_LISTED = 12

_KEEPS = "A cancelled job cannot come back; Requeue ends a job and keeps it in the queue."
_LOST = "What they have not saved is lost; they start again from the beginning."


def question(
    act: Act,
    jobs: Sequence[Job],
    *,
    keys: Sequence[Key] | None = None,
    passed_over: int = 0,
    partitions: Sequence[str] = (),
    value: str | None = None,
    error: str = "",
) -> dict[str, Any]:
    """The question names what it will hit; `keys` is what is asked for where it is not these jobs.

    `passed_over` jobs were selected too and are left alone. `value` and `error` are of a form that was wrong.
    """
    words, count = WORDS[act], plural(len(jobs), "job")
    field = field_of(act, jobs[0], partitions=list(partitions))
    if field is not None and value is not None:
        field |= {"value": value, "error": error}
    return {
        "kind": "act",
        "title": f"{_what(act, jobs)}?",
        "text": " ".join(filter(None, _warnings(act, jobs, passed_over))),
        "lines": [
            {"id": job.job_id, "cluster": job.cluster, "name": job.name, "note": state_word(job.state).lower()}
            for job in jobs[:_LISTED]
        ],
        "more": max(0, len(jobs) - _LISTED),
        "message": {
            "kind": "do",
            "act": act,
            "keys": [key_text(key) for key in keys or [(job.cluster, job.job_id) for job in jobs]],
        },
        "field": field,
        "confirm": "Cancel these tasks" if act == "cancel_tasks" else f"{words.verb} {count}",
        "keep": f"{'Keep' if words.ends else 'Leave'} {'it' if len(jobs) == 1 else 'them'}",
        "danger": words.ends,
    }


def _what(act: Act, jobs: Sequence[Job]) -> str:
    where = " and ".join(
        f"{plural(count, 'job')} on {name}" for name, count in Counter(job.cluster for job in jobs).items()
    )
    if act == "cancel_tasks":
        arrays = dict.fromkeys(f"{job.array_job_id} on {job.cluster}" for job in jobs)
        return f"Cancel tasks of array {' and '.join(arrays)}"
    if act == "cancel_run":
        return f"Cancel the whole run, {where}"
    return f"{WORDS[act].verb} {where}"


def _warnings(act: Act, jobs: Sequence[Job], passed_over: int) -> list[str]:
    running = sum(job.state == "RUNNING" for job in jobs)
    told = [_killed(running, len(jobs))] if WORDS[act].ends and act != "cancel_tasks" else []
    if act == "requeue":
        told.append(_LOST if running else "")
    elif act == "cancel":
        told.append(_KEEPS)
    if passed_over:
        told.append(f"{passed_over} more of the selected {'is' if passed_over == 1 else 'are'} left alone.")
    return told


def _killed(running: int, jobs: int) -> str:
    if not running:
        return ""
    if jobs == 1:
        return "It is running and will be killed."
    some = "All" if running == jobs else str(running)
    return f"{some} of them {'is' if running == 1 else 'are'} running and will be killed."


def done_words(result: ActResult) -> str:
    """What was done, in one line; "" where nothing was."""
    if not result.done:
        return ""
    said = f"{plural(len(result.done), 'job')} {WORDS[result.act].done}"
    if not result.undo or result.act in ("hold", "release"):
        return said
    return f"{said}; {result.undo if WORDS[result.act].ends else f'to take it back: {result.undo}'}"


def report(result: ActResult, names: Mapping[Key, str]) -> dict[str, Any] | None:
    """What failed, job by job, with the cluster's own words; None where nothing did."""
    if not result.failed:
        return None
    words = WORDS[result.act]
    done = f"{plural(len(result.done), 'job')} {words.done}." if result.done else f"Nothing was {words.done}."
    return {
        "kind": "report",
        "title": f"{plural(len(result.failed), 'job')} not {words.done}",
        "text": done,
        "lines": [
            {"id": key[1], "cluster": key[0], "name": names.get(key, ""), "note": why}
            for key, why in list(result.failed.items())[:_LISTED]
        ],
        "more": max(0, len(result.failed) - _LISTED),
        "message": None,
        "field": None,
        "confirm": "",
        "keep": "Close",
        "danger": False,
    }
