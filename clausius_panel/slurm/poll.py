"""One poll: build the script, run it, judge and read each part; ask again for what this version refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from ..errors import CommandFailed, CommandTimeout, ParseError
from ..model import Cluster, Job, Node, Partition
from ..model.history_job import HistoryJob
from ..transport import Lane, Transport
from . import sacct, sacct_history, scontrol, sinfo, squeue
from .answers import PollRequest, Problem, Snapshot
from .dialect import Dialect
from .formats import new_guard
from .framing import SKIPPED, Command, Frame, build_script, new_sentinel, parse_frames
from .judge import failure, refusals

__all__ = ["LIMIT_S", "USED_DAYS", "Poll", "run_script"]

log = logging.getLogger(__name__)

LIMIT_S = 25
"""Seconds a command may take. Slurm's own MessageTimeout (10 by default) may pass twice before it gives up."""

USED_DAYS = 8
"""How far back accounting is asked for the steps of a job that has ended."""

_ROUNDS = 10
"""How often fields that a version refuses are dropped and the command asked again; sacct names one at a time."""

_MYSELF = '"$(id -u)"'

_NO_ACCOUNTS = "this cluster keeps no accounts: how a job ended is known only if squeue still showed it"

Part = Literal["queue", "nodes", "accounting", "version"]

_PARTS: dict[str, Part] = {
    "squeue": "queue",
    "sinfo": "nodes",
    "scontrol": "version",
    "sacct": "accounting",
    "lost": "accounting",
    "used": "accounting",
}
"""Frames of Slurm's commands and the part of the snapshot that each serves; the order is that of the script."""

_COMMANDS = {name: "sacct" if name in ("lost", "used") else name for name in _PARTS}

_STILL: dict[Part, tuple[str, str]] = {
    "queue": ("", ""),
    "nodes": ("; jobs are up to date", ""),
    "accounting": (
        "; the queue is up to date, ended jobs are filled in later",
        "; ended jobs are filled in later",
    ),
    "version": ("; all else is up to date", ""),
}
"""What is known all the same where a part failed: where the queue was read, and where it was not."""


class Poll:
    """The state of one poll while it lasts."""

    def __init__(self, cluster: Cluster, transport: Transport, request: PollRequest, *, limit_s: int) -> None:
        self._cluster, self._transport, self._request, self._limit_s = cluster, transport, request, limit_s
        self._dialect = self._before = Dialect.from_mapping(request.dialect)
        self._guard = new_guard()
        self._user = ""
        self._jobs: list[Job] | None = None
        self._nodes: tuple[list[Node], list[Partition]] | None = None
        self._ended: list[Job] | None = None
        self._found: list[Job] | None = None
        self._used: list[HistoryJob] | None = None
        self._problems: dict[str, Problem] = {}  # by frame
        self._commands = self._bytes = 0

    def run(self) -> Snapshot:
        """Ask and read. Raises `TransportError` where no command answered at all."""
        started = time.monotonic()
        names = self._wanted()
        for _ in range(_ROUNDS):
            names = self._round(names)
            if not names:
                break
        if self._dialect.accounting == "no":
            self._problems["sacct"] = Problem(part="accounting", kind="", message=_NO_ACCOUNTS)
        nodes, partitions = self._nodes or (None, None)
        dialect = self._remember()
        return Snapshot(
            at=datetime.now(UTC),
            user=self._user,
            version=dialect.version,
            dialect=dialect.to_dict(),
            accounting=dialect.accounting,
            jobs=self._jobs,
            nodes=nodes,
            partitions=partitions,
            ended=self._ended,
            found=self._found,
            used=self._used,
            problems=tuple(dict.fromkeys(map(self._consoled, self._problems.values()))),
            commands=self._commands,
            answer_bytes=self._bytes,
            duration_s=time.monotonic() - started,
        )

    def _consoled(self, problem: Problem) -> Problem:
        """The problem with what is known all the same; where nothing failed its own words say it."""
        if not problem.kind:
            return problem
        return replace(problem, message=problem.message + _STILL[problem.part][self._jobs is None])

    def _wanted(self) -> list[str]:
        """The frames to ask for."""
        request, dialect = self._request, self._dialect
        accounts = dialect.accounting != "no" or dialect.is_due(datetime.now(UTC))
        wanted = {
            "squeue": request.queue,
            "sinfo": request.nodes,
            "scontrol": dialect.is_due(datetime.now(UTC)),
            "sacct": accounts and request.accounted_since is not None,
            "lost": accounts and bool(request.lost),
            "used": accounts and bool(request.unused),
        }
        return [name for name in _PARTS if wanted[name]]

    def _command(self, name: str) -> Command:
        mine = _MYSELF if self._cluster.scope == "mine" else ""
        dialect, guard = self._dialect, self._guard
        words: Sequence[str]
        if name == "scontrol":
            words = scontrol.WORDS
        elif name == "squeue":
            words = squeue.words(dialect, guard=guard, user=mine)
        elif name == "sinfo":
            words = sinfo.words(dialect, guard=guard)
        elif name == "lost":
            words = sacct.found_words(dialect, guard=guard, job_ids=self._request.lost)
        elif name == "used":
            words = sacct_history.usage_words(dialect, guard=guard, job_ids=self._request.unused, days=USED_DAYS)
        else:
            since = self._request.accounted_since or datetime.now(UTC)
            age_s = int((datetime.now(UTC) - since).total_seconds()) + 1
            words = sacct.ended_words(dialect, guard=guard, age_s=age_s, user=mine)
        return Command(name=name, words=words, server="dbd" if _COMMANDS[name] == "sacct" else "ctld")

    def _round(self, names: list[str]) -> list[str]:
        """Ask for `names` and read them; which to ask again, without what this version refused."""
        asked_in = self._dialect
        frames, cut_off, size = run_script(
            self._transport,
            [Command(name="user", words=("id", "-un")), *map(self._command, names)],
            slurm_path=self._cluster.slurm_path,
            limit_s=self._limit_s,
        )
        self._bytes += size
        if "user" in frames:
            self._user = frames["user"].stdout.strip()
        again = []
        for name in names:
            frame = frames.get(name)
            self._commands += frame is not None and frame.exit_status != SKIPPED
            problem = self._read(name, frame, asked_in, cut_off=cut_off)
            if problem is None:
                self._problems.pop(name, None)
            else:
                self._problems[name] = problem
            if self._learn(_COMMANDS[name], frame) and problem is not None:
                again.append(name)
        return again

    def _read(self, name: str, frame: Frame | None, asked_in: Dialect, *, cut_off: bool) -> Problem | None:
        """Read one frame into the snapshot, or say why that cannot be."""
        part, command = _PARTS[name], _COMMANDS[name]
        failed = failure(frame, command=command, limit_s=self._limit_s, cut_off=cut_off)
        if failed is None and frame is not None:
            try:
                self._take(name, frame.stdout, asked_in)
            except ParseError as error:
                log.warning("%s: %s", self._cluster.name, error)
                return Problem(part=part, kind="parse", message=str(error))
            return None
        if name == "scontrol" and frame is not None and frame.exit_status == SKIPPED:
            return None  # nothing is lost: it is asked the next time
        kind, message = failed or ("failed", "")
        if command == "sacct" and frame is not None and sacct.is_switched_off(frame.stderr):
            self._dialect = replace(self._dialect, accounting="no")
            return None
        return Problem(part=part, kind=kind, message=message)

    def _take(self, name: str, text: str, asked_in: Dialect) -> None:
        """Read one answer. Raises `ParseError`."""
        cluster, guard = self._cluster.name, self._guard
        if name == "squeue":
            self._jobs = squeue.parse(text, cluster=cluster, dialect=asked_in, guard=guard)
        elif name == "sinfo":
            self._nodes = sinfo.parse(text, cluster=cluster, dialect=asked_in, guard=guard)
        elif name == "scontrol":
            self._take_facts(scontrol.parse(text))
        elif name == "sacct":
            self._ended = sacct.parse(text, cluster=cluster, guard=guard)
        elif name == "lost":
            self._found = sacct.parse(text, cluster=cluster, guard=guard)
        else:
            self._used = sacct_history.parse(text, cluster=cluster, guard=guard, at=datetime.now(UTC))

    def _take_facts(self, facts: scontrol.ClusterFacts) -> None:
        if facts.version != self._dialect.version:
            # what another version lacked says nothing of this one, except what was learned a moment ago
            new = set(self._dialect.missing) - set(self._before.missing)
            self._dialect = replace(self._dialect, version=facts.version, missing=tuple(sorted(new)))
        self._dialect = replace(self._dialect, accounting="yes" if facts.has_accounting else "no", asked_at=_now())

    def _learn(self, command: str, frame: Frame | None) -> bool:
        """Remember what this version refused; whether that was news."""
        if frame is None:
            return False
        refused = refusals(command, frame, guard=self._guard)
        before = self._dialect
        self._dialect = before.without(command, *refused)
        return self._dialect != before

    def _remember(self) -> Dialect:
        """The dialect to keep: what was given up in vain is no lesson."""
        dialect = self._dialect
        for name, problem in self._problems.items():
            if problem.kind:
                dialect = dialect.restored(_COMMANDS[name], self._before)
        if self._jobs is not None and "scontrol" in self._problems:
            # the controller is there but does not tell us: no use in asking each time
            dialect = replace(dialect, asked_at=_now())
        return dialect


def run_script(
    transport: Transport,
    commands: list[Command],
    *,
    slurm_path: str,
    limit_s: int,
    lane: Lane = "primary",
    max_bytes: int = 256 * 1024 * 1024,
) -> tuple[dict[str, Frame], bool, int]:
    """Run commands in one round trip: their frames, whether our own time limit cut them off, the bytes received.

    Raises `TransportError`; `CommandFailed` too where the login shell runs no script.
    """
    sentinel, cut_off = new_sentinel(), False
    script = build_script(commands, sentinel=sentinel, slurm_path=slurm_path, limit_s=limit_s)
    timeout_s = (limit_s + 2.0) * len(commands) + 5
    try:
        done = transport.run("sh -s", stdin=script, timeout_s=timeout_s, lane=lane, max_bytes=max_bytes)
        stdout = done.stdout
    except CommandTimeout as error:
        stdout, cut_off = error.stdout, True
        if f"{sentinel} end " not in stdout:
            raise
    try:
        frames = parse_frames(stdout, sentinel)
    except ParseError as error:
        words = (done.stderr.strip() or stdout.strip())[:500]
        raise CommandFailed(transport.host, "sh -s", done.exit_status, words, stdout) from error
    return frames, cut_off, len(stdout.encode(errors="replace"))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
