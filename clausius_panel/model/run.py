"""A run: the jobs that one piece of work was cut into, and the rules by which they are found."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..errors import InvalidInput
from .dependency import Dependency
from .job import StateFamily, state_family

__all__ = [
    "DEFAULT_RULES",
    "ParentRule",
    "Role",
    "RunJob",
    "RunRow",
    "RunRules",
    "run_key",
    "run_keys",
    "without_stages",
]

Role = Literal["", "dependent", "backup"]
"""What a job's dependencies make of it: it goes on from others, or steps in where they fail."""

NO_NAME = "misc"
"""The key of jobs whose name is nothing but a stage."""

MAX_PATTERN = 500

_LONGEST = 256  # of a name's end that is searched for stages: hostile names are long


_NESTED = re.compile(r"[*+}][^()]*\)[*+{]")  # (a+)+ takes longer than anybody waits


def _check(what: str, pattern: str) -> None:
    if len(pattern) > MAX_PATTERN or not pattern.isprintable():
        raise InvalidInput(what, f"{pattern[:60]}…", f"use one line of at most {MAX_PATTERN} characters")
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(what, pattern, f"use a regular expression ({error})") from error
    if _NESTED.search(pattern):
        raise InvalidInput(what, pattern, "repeat no group that repeats something itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentRule:
    """A job named STEM + something that matches `suffix` comes after one named STEM + one of `parents`.

    Of `parents` the first that is in the run counts; "" is the stem alone.
    """

    suffix: str  # regular expression
    parents: tuple[str, ...]

    def __post_init__(self) -> None:
        _check("parent rule", self.suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """How the jobs of a run are known. Validated when made: raises `InvalidInput`."""

    stages: tuple[str, ...] = (
        r"judge(?:[-_](?:server|client|eval))?",
        r"rs[0-9]*(?:[-_]c[0-9]+)?",
        r"chunk[-_]?[0-9]+",
        r"(?:probes[-_])?server",
        r"summarize(?:[-_]results?)?",
        r"gate(?:[-_](?:classify|prep))?",
        r"merge(?:[-_][a-z0-9]+)?",
    )  # regular expressions of what may follow "-" or "_" at the end of a name without changing the run
    parents: tuple[ParentRule, ...] = (
        ParentRule(suffix=r"[-_]judge(?:[-_]rs[0-9]*)?", parents=("",)),
        ParentRule(suffix=r"[-_]summarize[-_]results?", parents=("-judge-rs0", "-judge-rs", "-judge", "")),
    )  # for jobs that name no dependency
    explicit: str = r"(?:^|[\s,;])clausius_run=([\w.:-]{1,100})"  # searched in comments: the run in group 1
    gap_s: int = 300  # jobs of one key that were submitted no farther apart are one run

    def __post_init__(self) -> None:
        for pattern in (*self.stages, self.explicit):
            _check("run rule", pattern)
        if re.compile(self.explicit).groups != 1:
            raise InvalidInput("run rule", self.explicit, "give it exactly one group: the run's id")
        if not 0 <= self.gap_s <= 86400:
            raise InvalidInput("gap_s", self.gap_s, "use seconds, 0 to 86400")


DEFAULT_RULES = RunRules()
"""What the rules are where nobody configured any."""


@functools.lru_cache(maxsize=32)
def _stages(rules: RunRules) -> re.Pattern[str]:
    words = "|".join(f"(?:{stage})" for stage in rules.stages) or r"(?!)"
    # a stage that was found stays as it is: to try "merge-merge" as one stage and as two, again for each further
    # one, would double the time with each
    return re.compile(rf"(?>[-_](?:{words}))+$", re.IGNORECASE)


def without_stages(name: str, rules: RunRules = DEFAULT_RULES) -> str:
    """The name without the stages at its end.

    >>> [without_stages(name) for name in ("hle_Eval-gpqa-r1-judge-rs0", "a_rs3_c2", "eval-math_100")]
    ['hle_Eval-gpqa-r1', 'a', 'eval-math_100']
    """
    return _without(name, _stages(rules))


def _without(name: str, stages: re.Pattern[str]) -> str:
    head, tail = name[:-_LONGEST], name[-_LONGEST:]
    while (found := stages.search(tail)) is not None:
        tail = tail[: found.start()]
    return head + tail


def run_key(name: str, rules: RunRules = DEFAULT_RULES) -> str:
    """What the names of a run's jobs have in common.

    >>> run_key("Eval-math-judge"), run_key("_server"), run_key("")
    ('eval-math', 'misc', 'misc')
    """
    return run_keys([name], rules)[name]


def run_keys(names: Iterable[str], rules: RunRules = DEFAULT_RULES) -> dict[str, str]:
    """The keys of many names."""
    stages = _stages(rules)
    keys: dict[str, str] = {}
    for name in names:
        if name not in keys:
            keys[name] = _without(name, stages).lower() or NO_NAME
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJob:
    """One row of a run: a job, a whole array or a whole het job, in its newest attempt. Times are in UTC."""

    cluster: str
    job_id: str  # the number in front: the array's or the het job's where there is one
    name: str = ""
    user: str = ""
    account: str = ""
    partition: str = ""
    states: Mapping[str, int] = field(default_factory=dict)  # Slurm's state -> how many tasks are in it
    reason: str = ""
    terms: tuple[Dependency, ...] = ()  # every condition that was ever seen
    gpus: int = 0  # of all its tasks that have not ended; of all if all have
    attempts: int = 1  # more than 1 where it was requeued
    submit_time: datetime | None = None
    start_time: datetime | None = None  # of the first task that started
    end_time: datetime | None = None  # of the last task, once all have ended
    time_limit_s: int | None = None
    exit_code: str = ""
    is_array: bool = False

    @property
    def tasks(self) -> int:
        """How many tasks it has: 1 for a plain job."""
        return sum(self.states.values())

    @property
    def state(self) -> str:
        """Of its tasks' states the one that matters most: what failed, then what runs, then what waits."""
        ranked = sorted(self.states, key=lambda state: (_RANK[state_family(state)], state))
        return ranked[0] if ranked else "UNKNOWN"


_RANK: dict[StateFamily, int] = {
    "failed": 0,
    "running": 1,
    "transition": 2,
    "unknown": 3,
    "held": 4,
    "pending": 5,
    "cancelled": 6,
    "completed": 7,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A job in its place within the run."""

    job: RunJob
    depth: int  # the longest way from a job without parents
    parents: tuple[str, ...]  # job ids within the run
    is_inferred: bool  # the parents were told by the name, not by Slurm
    role: Role
    is_skipped: bool  # a backup that was not needed: it counts as completed
    is_blocked: bool  # waits for what can never happen, and is no backup

    @property
    def state(self) -> str:
        """SKIPPED, or what Slurm says."""
        return "SKIPPED" if self.is_skipped else self.job.state
