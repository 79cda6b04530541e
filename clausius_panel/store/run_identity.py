"""What a run is called: so that it keeps its name while jobs join, end and are sorted anew."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from ..model.grouping import base_id
from .run_rows import RunRecord

__all__ = ["Member", "name_groups", "possible_ids"]


class Member(NamedTuple):
    """What grouping needs of a job. A tuple, since there are many."""

    job_id_raw: str
    submit_time: datetime | None
    array_job_id: str
    het_job_id: str
    name: str
    user: str
    comment: str
    run_id: str | None
    run_key: str | None
    project: str | None
    campaign: str | None
    dependency: str
    cluster: str


def name_groups(groups: Sequence[Sequence[Member]], known: Mapping[str, RunRecord]) -> list[str]:
    """An id for each group: that of the run whose first job it has, else of which it has most, else a new one."""
    names = [""] * len(groups)
    taken = set[str]()
    by_root: dict[str, list[RunRecord]] = defaultdict(list)
    for run in known.values():
        by_root[run.root_job_id].append(run)
    for find in (partial(_owned, by_root=by_root), partial(_most_of, known=known)):
        for i, group in enumerate(groups):
            if not names[i] and (run_id := find(group, taken=taken)):
                names[i] = run_id
                taken.add(run_id)
    for i, group in enumerate(groups):
        if not names[i]:
            names[i] = _new_id(group[0], known, taken)
            taken.add(names[i])
    return names


def _owned(group: Sequence[Member], *, by_root: Mapping[str, Sequence[RunRecord]], taken: Collection[str]) -> str:
    """The oldest of the runs whose first job is in the group."""
    was = {member.run_id for member in group}
    found = [
        run
        for base in {base_id(member) for member in group}
        for run in by_root.get(base, ())
        if run.run_id not in taken and (run.run_id in was or run.first_submit == group[0].submit_time)
    ]
    oldest = min(found, key=lambda run: (_stamp(run.first_submit), run.run_id), default=None)
    return oldest.run_id if oldest else ""


def _most_of(group: Sequence[Member], *, known: Mapping[str, RunRecord], taken: Collection[str]) -> str:
    counts = Counter(member.run_id for member in group if member.run_id and member.run_id not in taken)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return next((run_id for run_id, _ in ranked if run_id in known), "")


def possible_ids(root: Member) -> tuple[str, str]:
    """The ids that a run with this first job may get: its number, or where that is taken, number and day."""
    base = base_id(root)
    return base, f"{base}-{root.submit_time:%Y%m%d}" if root.submit_time else f"{base}-0"


def _new_id(root: Member, known: Mapping[str, RunRecord], taken: Collection[str]) -> str:
    """The root's number. If another run has it, because Slurm gave the number twice, the day is added."""
    base, day = possible_ids(root)
    for run_id in (base, day):
        run = known.get(run_id)
        if run_id not in taken and (run is None or run.first_submit == root.submit_time):
            return run_id
    return next(run_id for i in itertools.count(2) if (run_id := f"{day}-{i}") not in taken)


def _stamp(when: datetime | None) -> float:
    return when.timestamp() if when else math.inf
