"""What the faces show of a job's logs: which files there are, and a piece of one, within bounds.

The command line, MCP and notebooks name a job and, if they like, a file of it; what may be read is what that job
allows (see `logs`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from . import queries
from .errors import InvalidInput
from .logs import (
    Change,
    LogFile,
    LogFiles,
    LogRefused,
    LogSource,
    Page,
    Position,
    SearchResult,
    follow,
    log_files,
    log_rules,
    page,
    plain_text,
    position,
    search,
    tail,
)
from .model import is_final

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["JobLog", "LogText", "job_log", "job_log_files"]

PAUSE_S = 2.0
"""How often a log that is followed is looked at."""

QUIET_S = 10.0
"""How long a log must stay as it is after its job's end before nobody follows it any more."""


@dataclass(frozen=True, kw_only=True)  # without slots: the MCP SDK takes a slot for a default value
class LogText:
    """A piece of a log as text without what steers a terminal; bytes that are not UTF-8 are U+FFFD."""

    cluster: str
    job_id: str
    path: str
    label: str  # "stdout", "task 4 stderr" ...; "" for a file that was named and is none of the job's own
    text: str
    start: int  # byte of the file where the text begins
    end: int  # the byte after it: where the next piece starts
    size: int  # bytes of the whole file when it was read
    modified: datetime  # UTC
    first_line: int | None  # number of the first line, from 1; None: not known
    is_binary: bool  # it has zero bytes: no log


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLog:
    """One log of a job, and the way to it."""

    cluster: str
    job_id: str
    path: str
    label: str
    source: LogSource

    def tail(self, *, lines: int, max_bytes: int) -> LogText:
        """The last lines. Raises `LogRefused`, `InvalidInput`, `TransportError`."""
        return self._text(tail(self.source, self.path, lines=lines, max_bytes=max_bytes))

    def page(self, start: int, *, lines: int, max_bytes: int) -> LogText:
        """Whole lines from byte `start` on, or from the next beginning of a line. Raises as `tail`."""
        found = page(self.source, self.path, start=start, align=True, max_bytes=max_bytes)
        parts = found.data.split(b"\n", lines)
        beyond = len(parts[-1]) if len(parts) > lines else 0
        return self._text(replace(found, data=found.data[: len(found.data) - beyond]))

    def search(self, text: str, *, start: int = 0, max_hits: int) -> SearchResult:
        """The lines from byte `start` on that hold `text`, found on the cluster. Raises as `tail`."""
        return search(self.source, self.path, text, start=start, max_hits=max_hits)

    def follow(self, runtime: Runtime, *, lines: int, max_bytes: int) -> Iterator[Change]:
        """The last lines, then what is appended, until the job has ended and the log stays as it is.

        A file that is not there yet is waited for. A job that the store does not know never ends. Raises as
        `tail`.
        """
        try:
            found = tail(self.source, self.path, lines=lines, max_bytes=max_bytes)
            where = position(found)
            yield Change(path=self.path, state="appended", start=found.start, data=found.data, position=where)
        except LogRefused as refused:
            if refused.reason != "missing":
                raise
            where = Position(path=self.path, offset=0, anchor=b"", inode=0)
        pause, quiet_s, refused_for = threading.Event(), 0.0, ""
        while quiet_s < QUIET_S or not self._is_over(runtime):
            pause.wait(PAUSE_S)
            [change] = follow(self.source, [where], max_bytes=max_bytes)
            if where.inode == 0 and change.data:
                change = replace(change, state="appended")  # it was not there before: nothing has taken its place
            quiet_s = 0.0 if change.data else quiet_s + PAUSE_S
            where, before = change.position, refused_for
            refused_for = change.problem.reason if change.problem else ""
            if change.state != "unchanged" and (not refused_for or refused_for != before):
                yield change

    def _is_over(self, runtime: Runtime) -> bool:
        """Whether the job has ended; the cluster is asked no more often than for the board."""
        runtime.refresh([self.cluster])
        try:
            found = queries.job(runtime.store, cluster=self.cluster, job_id=self.job_id)
        except InvalidInput:
            return False
        return is_final(found.job.state) or not found.in_queue

    def _text(self, found: Page) -> LogText:
        return LogText(
            cluster=self.cluster,
            job_id=self.job_id,
            path=self.path,
            label=self.label,
            text=plain_text(found.text),
            start=found.start,
            end=found.end,
            size=found.facts.size,
            modified=found.facts.modified,
            first_line=found.first_line,
            is_binary=found.is_binary,
        )


def job_log_files(runtime: Runtime, cluster: str, job_id: str) -> LogFiles:
    """The log files of a job. Raises `InvalidInput`, `UnknownCluster`, `TransportError`."""
    transport, host = runtime.client(cluster).transport, runtime.file_host(cluster)
    return log_files(runtime.store, transport, cluster=cluster, job_id=job_id, host=host)


def job_log(runtime: Runtime, cluster: str, job_id: str, *, path: str = "", stderr: bool = False) -> JobLog:
    """The log of a job at `path`, else what it writes to stdout (or stderr); of an array the one written last.

    `path` may be as a container of the job sees it, where a path map is configured.
    Raises `InvalidInput` also where the job has no such file, `UnknownCluster`, `TransportError`.
    """
    found = job_log_files(runtime, cluster, job_id)
    path = log_rules(runtime.store).on_host(path, cluster) if path else ""
    chosen = _named(found.files, path) if path else _usual(found.files, stderr=stderr)
    if chosen is None and not path:
        what = "it writes no stderr" if stderr else "nothing tells where it writes"
        raise InvalidInput("job id", job_id, f"{what}; list its files and name one by its path")
    return JobLog(
        cluster=cluster,
        job_id=(chosen.job_id if chosen else "") or job_id,
        path=chosen.path if chosen else path,
        label=chosen.label if chosen else "",
        source=found.source,
    )


def _named(files: list[LogFile], path: str) -> LogFile | None:
    return next((each for each in files if each.path == path), None)


def _usual(files: list[LogFile], *, stderr: bool) -> LogFile | None:
    wanted = [each for each in files if each.stream in ("both", "stderr" if stderr else "stdout")]
    there = [each for each in wanted if each.modified is not None and not each.problem]
    return max(there, key=_written, default=wanted[0] if wanted else None)


def _written(file: LogFile) -> float:
    return file.modified.timestamp() if file.modified else 0.0
