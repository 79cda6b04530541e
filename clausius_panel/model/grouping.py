"""Which jobs belong together: near-linear, and the same whatever the order in which they come.

Jobs are one run that
  - are parts of one array, of one het job, or attempts of one job;
  - wait for each other (any kind of dependency but singleton);
  - name the same run in their comments (`RunRules.explicit`);
  - have the same owner and key, if what the first three rules join was submitted within `RunRules.gap_s` of each
    other. A job that is bound to an older run by a dependency does not pull a rerun of the same name into it.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from .run import DEFAULT_RULES, RunRules, run_keys

__all__ = ["Groupable", "base_id", "explicit_run", "group_jobs"]


class Groupable(Protocol):
    """What must be known of a job; `Job` is one."""

    @property
    def cluster(self) -> str:
        """Our name of it."""
        ...

    @property
    def job_id_raw(self) -> str:
        """The number behind the id."""
        ...

    @property
    def array_job_id(self) -> str:
        """The array's id, "" outside of any."""
        ...

    @property
    def het_job_id(self) -> str:
        """The het job's id, "" outside of any."""
        ...

    @property
    def submit_time(self) -> datetime | None:
        """When it was submitted; all jobs must have aware times, or all naive ones."""
        ...

    @property
    def name(self) -> str:
        """As its owner wrote it."""
        ...

    @property
    def user(self) -> str:
        """Its owner."""
        ...

    @property
    def dependency(self) -> str:
        """As Slurm prints it."""
        ...

    @property
    def comment(self) -> str:
        """As its owner wrote it."""
        ...


T = TypeVar("T", bound=Groupable)

_ON = re.compile(r":([0-9]+)(?=[_+(:,?]|$)")
_IN_BRACKETS = re.compile(r"\[[^\]]*\]")


def base_id(job: Groupable) -> str:
    """The number that all parts of an array or a het job share; of a plain job its own."""
    return job.array_job_id or job.het_job_id or job.job_id_raw


def explicit_run(comment: str, rules: RunRules = DEFAULT_RULES) -> str:
    """The run that a comment names; "" if none.

    >>> explicit_run("night shift; clausius_run=sweep-7")
    'sweep-7'
    """
    found = _explicit(rules).search(comment) if comment else None
    return (found[1] or "") if found else ""


@functools.lru_cache(maxsize=32)
def _explicit(rules: RunRules) -> re.Pattern[str]:
    return re.compile(rules.explicit)


def group_jobs(jobs: Iterable[T], *, rules: RunRules = DEFAULT_RULES) -> list[tuple[T, ...]]:
    """The runs, oldest first; within each its jobs in the order of submission, the root first.

    Every job is in exactly one of them.
    """
    given = list(jobs)
    order, places = _by_time(given)
    numbers = _Joining([given[i] for i in order], places, rules).sets()
    rank: dict[int, int] = {}
    ranks = [rank.setdefault(number, len(rank)) for number in numbers]
    by_rank = sorted(range(len(order)), key=ranks.__getitem__)  # keeps the order of time within a run
    sizes = [0] * len(rank)
    for place in ranks:
        sizes[place] += 1
    ends = itertools.accumulate(sizes)
    return [
        tuple(given[order[i]] for i in by_rank[end - size : end]) for size, end in zip(sizes, ends, strict=True)
    ]


def _by_time(jobs: Sequence[Groupable]) -> tuple[list[int], list[float]]:
    """The jobs in the order of submission, and their times; ties by id, so that the order of input is nothing."""
    times = [math.inf if (when := job.submit_time) is None else when.timestamp() for job in jobs]
    order = sorted(range(len(jobs)), key=times.__getitem__)
    places = [times[i] for i in order]
    start = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and places[end] == places[start]:
            continue
        if end - start > 1:
            order[start:end] = sorted(order[start:end], key=lambda i: _id_order(jobs[i]))
        start = end
    return order, places


def _id_order(job: Groupable) -> tuple[int, str, str, int, str]:
    base = base_id(job)
    return len(base), base, job.cluster, len(job.job_id_raw), job.job_id_raw


class _Joining:
    """Union-find over jobs in the order of time, by size and with halved paths."""

    def __init__(self, jobs: Sequence[Groupable], places: list[float], rules: RunRules) -> None:
        self._jobs, self._places, self._rules = jobs, places, rules
        keys = run_keys((job.name for job in jobs), rules)
        self._keys = [keys[job.name] for job in jobs]
        self._above = list(range(len(jobs)))
        self._size = [1] * len(jobs)
        self._first: dict[str, dict[str, int]] = defaultdict(dict)  # cluster -> id -> the first job that had it
        self._others: dict[tuple[str, str], list[int]] = {}  # all jobs of the ids that several had

    def sets(self) -> list[int]:
        """For each job the number of the set that it is in."""
        for i, job in enumerate(self._jobs):
            base = base_id(job)
            first = self._first[job.cluster].setdefault(base, i)
            if first != i:
                self._others.setdefault((job.cluster, base), [first]).append(i)
        self._join_parts()
        self._join_dependent()
        self._join_explicit()
        self._join_namesakes()
        return self._all()

    def _all(self) -> list[int]:
        return [self._find(i) for i in range(len(self._above))]

    def _find(self, i: int) -> int:
        above = self._above
        while above[i] != i:
            above[i] = i = above[above[i]]
        return i

    def _join(self, i: int, k: int) -> None:
        i, k = self._find(i), self._find(k)
        if i == k:
            return
        if self._size[i] < self._size[k]:
            i, k = k, i
        self._above[k] = i
        self._size[i] += self._size[k]

    def _is_near(self, i: int, k: int) -> bool:
        return self._places[i] - self._places[k] <= self._rules.gap_s  # nan, hence false, where both are unknown

    def _join_parts(self) -> None:
        """Arrays, het jobs, attempts; not two jobs of different people or names that had one id years apart."""
        jobs, keys = self._jobs, self._keys
        for members in self._others.values():
            for last, i in itertools.pairwise(members):
                if jobs[i].user == jobs[last].user and (keys[i] == keys[last] or self._is_near(i, last)):
                    self._join(i, last)

    def _join_dependent(self) -> None:
        places = self._places
        for i, job in enumerate(self._jobs):
            text = job.dependency
            if ":" not in text:
                continue
            if "[" in text:
                text = _IN_BRACKETS.sub("", text)
            for base in _ON.findall(text):
                first = self._first[job.cluster].get(base)
                if first is None:
                    continue
                # of several jobs that had this id: the last one that was there when this one was submitted
                members = self._others.get((job.cluster, base), (first,))
                at = bisect_right(members, places[i], key=places.__getitem__)
                self._join(i, members[max(0, at - 1)])

    def _join_explicit(self) -> None:
        first: dict[tuple[str, str, str], int] = {}
        for i, job in enumerate(self._jobs):
            if job.comment and (name := explicit_run(job.comment, self._rules)):
                self._join(i, first.setdefault((job.cluster, job.user, name), i))

    def _join_namesakes(self) -> None:
        """By the time at which each key first came up in each set: jobs are in the order of time."""
        numbers: dict[str, int] = {}
        count = len(self._jobs)
        seen = set[int]()  # of pairs, as one number each: tuples by the ten thousand would keep the collector busy
        latest: dict[int, int] = {}
        for i, (job, key, number) in enumerate(zip(self._jobs, self._keys, self._all(), strict=True)):
            # no cluster and no user has a line break in its name
            owner = numbers.setdefault(f"{job.cluster}\n{job.user}\n{key}", len(numbers))
            if self._size[number] > 1:
                if (pair := owner * count + number) in seen:
                    continue
                seen.add(pair)
            last = latest.get(owner)
            if last is not None and self._is_near(i, last):
                self._join(i, last)
            latest[owner] = i
