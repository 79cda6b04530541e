"""What is asked of a cluster, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..model import Job, Node, Partition
from ..model.history_job import HistoryJob

__all__ = ["ConnectionReport", "PollRequest", "Problem", "Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """What to ask a cluster for."""

    dialect: Mapping[str, object] = field(default_factory=dict)  # as the last snapshot left it; {} knows nothing
    queue: bool = True
    nodes: bool = False
    accounted_since: datetime | None = None  # aware: jobs that ended since then; None: do not ask for them
    lost: tuple[str, ...] = ()  # raw ids of jobs that left the queue without evidence: looked up by id
    unused: tuple[str, ...] = ()  # raw ids of jobs that have ended and whose steps were never asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of an answer that could not be had, in words that say what still works."""

    part: Literal["queue", "nodes", "accounting", "version"]
    kind: Literal["", "failed", "timeout", "parse"]  # "" is no failure: this cluster does not have it
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One answer of a cluster. A part that was not asked for or that failed is None, never empty."""

    at: datetime  # UTC, by this machine's clock, when the answer was there
    user: str  # who we are there; "" where it did not tell
    version: str  # Slurm's; "" while unknown
    dialect: dict[str, object]  # ready for JSON, to be given back with the next request
    accounting: Literal["", "yes", "no"] = ""  # whether the cluster keeps accounts; "" while unknown
    jobs: list[Job] | None = None  # squeue; shows jobs for some minutes (MinJobAge) after their end
    nodes: list[Node] | None = None  # sinfo
    partitions: list[Partition] | None = None  # the same sinfo
    ended: list[Job] | None = None  # sacct: jobs that ended since `accounted_since`
    found: list[Job] | None = None  # sacct: those of the `lost` ones that it knows to have ended
    used: list[HistoryJob] | None = None  # sacct: the `unused` ones, with what their steps used
    problems: tuple[Problem, ...] = ()
    commands: int = 0  # Slurm commands that were run
    answer_bytes: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """What a test of the connection found."""

    cluster: str  # our name for it
    host: str  # whom we reached, e.g. "alice@login.example"
    user: str  # who we are there
    version: str  # Slurm's
    slurm_cluster: str  # its own name
    accounting: Literal["yes", "no"]
    seconds: float  # one round trip, the login included where there was no connection yet
    detour: str = ""  # why commands that look at files run on `host` although there is a data host; "" else
