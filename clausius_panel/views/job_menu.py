"""The menus of things to do: to jobs, and to what the board shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..errors import ReadOnly
from ..model import Job
from ..records import Clearing
from ..state import Act, BoardState, Key
from ..state.acts import OF_PROCESSES
from .act_words import WORDS
from .job_table import key_text
from .words import plural

__all__ = ["board_menu", "job_menu"]

_GROUPS: tuple[tuple[Act, ...], ...] = (
    ("hold", "release", "top"),
    ("nice", "time_limit", "partition"),
    ("requeue", "cancel_tasks", "cancel", "cancel_run"),
)


def job_menu(state: BoardState, keys: Sequence[Key] | None) -> dict[str, Any]:
    """What can be done to these jobs, by default the selected ones; what does not apply says why.

    What no process of this machine can do is left out where there are only such.
    """
    jobs = state.chosen(keys)
    asked = None if keys is None else [key_text(key) for key in keys]
    only_ended = bool(jobs) and all(state.is_process(job) for job in jobs)
    groups = [
        [_item(state, act, jobs, asked) for act in group if act in OF_PROCESSES or not only_ended]
        for group in _GROUPS
    ]
    return {"title": _title(jobs), "groups": [*groups, _kept(state, jobs, asked)]}


def _title(jobs: Sequence[Job]) -> str:
    return f"Job {jobs[0].job_id} on {jobs[0].cluster}" if len(jobs) == 1 else plural(len(jobs), "job")


def _item(state: BoardState, act: Act, jobs: Sequence[Job], asked: list[str] | None) -> dict[str, Any]:
    reasons = [state.why_not(act, job) for job in jobs]
    able, words = sum(not reason for reason in reasons), WORDS[act]
    if state.read_only:
        why = str(ReadOnly(words.menu.lower()))
    else:
        why = "" if able else Counter(reasons).most_common(1)[0][0] if reasons else "no job is selected"
    some = f"{able} of {len(jobs)}" if 0 < able < len(jobs) else ""
    return {
        "title": f"{words.menu} …",
        "note": some or why,
        "why": why,
        "key": words.key if not why else "",
        "danger": words.ends and act != "requeue",
        "message": {"kind": "ask", "act": act, "keys": asked},
    }


def _kept(state: BoardState, jobs: Sequence[Job], asked: list[str] | None) -> list[dict[str, Any]]:
    """Pinning and dismissing change only what this board shows, and are done at once."""
    why = str(ReadOnly("pin")) if state.read_only else "" if jobs else "no job is selected"
    is_pinned = bool(jobs) and all(state.is_pinned(job) for job in jobs)
    keeping = ("unpin", "Unpin", "") if is_pinned else ("pin", "Pin", "stays here when it has ended")
    dismissing = ("dismiss", "Dismiss", "until its state changes")
    return [
        {
            "title": title,
            "note": why or note,
            "why": why,
            "key": "",
            "danger": False,
            "message": {"kind": "keep", "act": act, "keys": asked},
        }
        for act, title, note in (keeping, dismissing)
    ]


def board_menu(state: BoardState, counts: dict[Clearing, int], *, last: int) -> dict[str, Any]:
    """What can be done to the list itself; `last` is how many jobs the last clearing of this session hid."""
    why = str(ReadOnly("clear")) if state.read_only else ""
    where = f" on {', '.join(state.clusters)}" if state.clusters else ""
    clearing = [
        {
            "title": f"Clear {what}{where}",
            "note": why or (plural(count, "job") if count else "there is none"),
            "why": why or ("" if count else "there is none"),
            "key": "",
            "danger": False,
            "message": {"kind": "clear", "what": what},
        }
        for what, count in counts.items()
    ]
    undo = {
        "title": "Undo the last clearing",
        "note": why or (plural(last, "job") if last else "nothing was cleared"),
        "why": why or ("" if last else "nothing was cleared"),
        "key": "",
        "danger": False,
        "message": {"kind": "restore"},
    }
    cleared = {
        "title": "Hide cleared jobs" if state.cleared else "Show cleared jobs",
        "note": "",
        "why": "",
        "key": "",
        "danger": False,
        "message": {"kind": "filter", "values": {"cleared": not state.cleared}},
    }
    return {"title": "Jobs that have ended", "groups": [clearing, [undo, cleared]]}
