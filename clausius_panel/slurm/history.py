"""A window of a cluster's accounting, with steps: what a backfill asks for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import CommandFailed, CommandTimeout, ParseError
from ..model import Cluster
from ..model.history_job import HistoryJob
from ..transport import Transport
from . import sacct, sacct_history
from .dialect import Dialect
from .formats import new_guard
from .framing import Command
from .judge import failure
from .poll import run_script

__all__ = ["HistoryAnswer", "ask_history"]

_MYSELF = '"$(id -u)"'


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAnswer:
    """The jobs that ended in a window."""

    jobs: list[HistoryJob]
    dialect: Dialect  # with what this version refused
    at: datetime  # UTC, when the answer was there
    seconds: float  # that the cluster took
    answer_bytes: int


def ask_history(
    cluster: Cluster,
    transport: Transport,
    *,
    dialect: Dialect,
    start: datetime,
    end: datetime,
    all_users: bool,
    limit_s: int,
    max_bytes: int,
) -> HistoryAnswer:
    """The jobs that ended from `start` to before `end` (aware), everybody's or our own.

    It goes over the background lane. Raises `CommandTimeout` and `CommandFailed` where accounting gave no whole
    answer (a smaller window may), `ParseError`, and the other kinds of `TransportError`.
    """
    guard, user = new_guard(), "" if all_users else _MYSELF
    while True:
        words = sacct_history.window_words(dialect, guard=guard, start=start, end=end, user=user)
        begun = time.monotonic()
        frames, cut_off, size = run_script(
            transport,
            [Command(name="sacct", words=words, server="dbd")],
            slurm_path=cluster.slurm_path,
            limit_s=limit_s,
            lane="background",
            max_bytes=max_bytes,
        )
        seconds, frame = time.monotonic() - begun, frames.get("sacct")
        refused = sacct.refused_field(frame.stderr) if frame else ""
        if not refused or dialect.lacks("sacct", refused):
            break
        dialect = dialect.without("sacct", refused)
    failed = failure(frame, command="sacct", limit_s=limit_s, cut_off=cut_off)
    if frame is None or failed is not None:
        kind, message = failed or ("failed", "")
        if kind == "timeout":
            raise CommandTimeout(transport.host, "sacct", limit_s)
        status = frame.exit_status if frame else 1
        raise CommandFailed(transport.host, "sacct", status, message)
    at = datetime.now(UTC)
    if not frame.stdout.strip():
        raise ParseError("sacct", 1, frame.stderr, "no header")
    jobs = sacct_history.parse(frame.stdout, cluster=cluster.name, guard=guard, at=at)
    return HistoryAnswer(jobs=jobs, dialect=dialect, at=at, seconds=seconds, answer_bytes=size)
