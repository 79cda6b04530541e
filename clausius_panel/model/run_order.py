"""The jobs of a run in their order: parents before children, with depth, arrows and roles."""

from __future__ import annotations

import functools
import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from .dependency import Dependency
from .job import state_family
from .run import DEFAULT_RULES, ParentRule, Role, RunJob, RunRow, RunRules

__all__ = ["NEVER_SATISFIED", "arrange", "is_unneeded", "on_base", "role_of"]

NEVER_SATISFIED = "DependencyNeverSatisfied"
"""Slurm's reason for a job that waits for what cannot happen any more."""

_NUMBER = re.compile(r"[0-9]*")


def on_base(term: Dependency) -> str:
    """The number of the job or array that a condition is about; "" for singleton."""
    found = _NUMBER.match(term.job_id)
    return found[0] if found else ""


def role_of(terms: Collection[Dependency], *, name: str, names: Mapping[str, str]) -> Role:
    """What a job's conditions make of it; `names` are those of the jobs it waits for, by number.

    A backup runs only where others fail: every condition is afternotok, or afterany on a job of its own name.

    >>> role_of([Dependency(kind="afternotok", job_id="1")], name="b", names={})
    'backup'
    """
    named = [term for term in terms if term.job_id]
    if not named:
        return ""
    for term in named:
        is_namesake = term.kind == "afterany" and names.get(on_base(term)) == name
        if not (term.kind == "afternotok" or is_namesake):
            return "dependent"
    return "backup"


def is_unneeded(states: Iterable[str], reason: str, parent_states: Collection[str], *, has_run: bool) -> bool:
    """Whether a backup was not needed: all it waits for completed, and it was cancelled or never ran.

    One that ran all the same (afterany lets it) and failed did fail.
    """
    if not parent_states or any(state != "COMPLETED" for state in parent_states):
        return False
    families = {state_family(state) for state in states}
    if families == {"pending"}:
        return reason == NEVER_SATISFIED
    return bool(families) and families <= ({"cancelled"} if has_run else {"cancelled", "failed"})


def arrange(jobs: Iterable[RunJob], *, rules: RunRules = DEFAULT_RULES) -> list[RunRow]:
    """The jobs of one run, parents first, siblings by submission. Jobs in a circle come last, in that order."""
    ordered = sorted(jobs, key=_place)
    place = {job.job_id: i for i, job in enumerate(ordered)}
    told = [_told_parents(job, place) for job in ordered]
    inferred = _infer(ordered, rules)
    parents = [told[i] or inferred(i) for i in range(len(ordered))]
    rows = []
    depths: dict[int, int] = {}
    for i in _topological(parents):
        depths[i] = 1 + max((depths[p] for p in parents[i] if p in depths), default=-1)
        rows.append(_row(ordered, i, parents[i], depth=depths[i], is_inferred=bool(parents[i]) and not told[i]))
    return rows


def _row(jobs: Sequence[RunJob], i: int, parents: Sequence[int], *, depth: int, is_inferred: bool) -> RunRow:
    job, above = jobs[i], [jobs[p] for p in parents]
    role = role_of(job.terms, name=job.name, names={parent.job_id: parent.name for parent in above})
    states = {state for parent in above for state in parent.states}
    is_backup = role == "backup"
    return RunRow(
        job=job,
        depth=depth,
        parents=tuple(parent.job_id for parent in above),
        is_inferred=is_inferred,
        role=role,
        is_skipped=is_backup and is_unneeded(job.states, job.reason, states, has_run=job.start_time is not None),
        is_blocked=not is_backup and job.reason == NEVER_SATISFIED,
    )


def _place(job: RunJob) -> tuple[bool, datetime | int, int, str]:
    when = job.submit_time
    return (when is None, 0 if when is None else when, len(job.job_id), job.job_id)


def _told_parents(job: RunJob, place: Mapping[str, int]) -> list[int]:
    found = (place.get(on_base(term)) for term in job.terms)
    return [i for i in dict.fromkeys(found) if i is not None and i != place[job.job_id]]


def _infer(jobs: Sequence[RunJob], rules: RunRules) -> Callable[[int], list[int]]:
    """Finds parents by name."""
    named: dict[str, list[int]] = defaultdict(list)
    for i, job in enumerate(jobs):
        named[job.name.lower()].append(i)

    def parents(i: int) -> list[int]:
        name = jobs[i].name.lower()
        for rule in rules.parents:
            for candidate in _candidates(name, rule):
                if others := [k for k in named.get(candidate, ()) if k != i]:
                    earlier = [k for k in others if k < i]
                    return [earlier[-1] if earlier else others[0]]
        return []

    return parents


def _candidates(name: str, rule: ParentRule) -> list[str]:
    found = _ending(rule.suffix).search(name)
    return [name[: found.start()] + end for end in rule.parents] if found else []


@functools.lru_cache(maxsize=256)
def _ending(suffix: str) -> re.Pattern[str]:
    return re.compile(f"(?:{suffix})$", re.IGNORECASE)


def _topological(parents: Sequence[Sequence[int]]) -> list[int]:
    """Kahn's order, the smallest first among those that are free; what is in a circle afterwards."""
    children: dict[int, list[int]] = defaultdict(list)
    missing = [len(above) for above in parents]
    for i, above in enumerate(parents):
        for parent in above:
            children[parent].append(i)
    free = [i for i, count in enumerate(missing) if not count]
    order = []
    while free:
        i = heapq.heappop(free)
        order.append(i)
        for child in children[i]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(free, child)
    done = set(order)
    return order + [i for i in range(len(parents)) if i not in done]
