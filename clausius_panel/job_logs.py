"""What the faces show of a job's logs: which files there are, and a piece of one, within bounds.

The command line, MCP and notebooks name a job and, if they like, a file of it; what may be read is what that job
allows (see `logs`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack

from . import queries
from .errors import InvalidInput
from .logs import (
    UNPACKED_BYTES,
    Change,
    ErrorBeside,
    LogFile,
    LogFiles,
    LogRefused,
    LogSource,
    Page,
    Place,
    Position,
    SearchResult,
    TrackerLink,
    Unpacked,
    analysis_rules,
    error_beside,
    find_tracker_links,
    follow,
    judge,
    log_files,
    log_rules,
    merged_links,
    page,
    place_of,
    plain_text,
    position,
    search,
    tail,
    unpacked,
)
from .logs.kinds import is_packed
from .logs.reading import MAX_PIECE
from .model import Job, is_final, state_family

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = [
    "JobLog",
    "LogAsk",
    "LogText",
    "job_log",
    "job_log_files",
    "known_error_beside",
    "known_links",
    "log_text",
]

LINK_BYTES = 256 << 10
"""So much of either end of a log is read for links to trackers: programs tell them where they begin and end."""

PAUSE_S = 2.0
"""How often a log that is followed is looked at."""

QUIET_S = 10.0
"""How long a log must stay as it is after its job's end before nobody follows it any more."""

T = TypeVar("T")


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
    note: str = ""  # how much of a packed file this is
    place: Place = "login node"  # where it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLog:
    """One log of a job, and the way to it."""

    cluster: str
    job_id: str
    path: str
    label: str
    source: LogSource
    waits: bool = False  # its job has not begun yet
    failed: bool = False  # its job ended badly
    files: tuple[LogFile, ...] = ()  # all of the job
    place: Place = "login node"  # where what is read by scripts is read

    def read(self, *, lines: int, max_bytes: int, offset: int | None = None) -> LogText:
        """The last lines, or whole lines from byte `offset` on; of what gzip has packed the end alone.

        Raises as `tail`.
        """
        most = min(max_bytes, UNPACKED_BYTES)
        held = self._told(lambda: unpacked(self.source, self.path, lines=lines, max_bytes=most))
        if held is not None:
            if offset is not None:
                raise LogRefused(self.path, "packed", "only its end can be read: leave out offset")
            return self._unpacked(held)
        if offset is not None:
            return self.page(offset, lines=lines, max_bytes=max_bytes)
        return self.tail(lines=lines, max_bytes=max_bytes)

    def tail(self, *, lines: int, max_bytes: int) -> LogText:
        """The last lines. Raises `LogRefused`, `InvalidInput`, `TransportError`."""
        return self._text(self._told(lambda: tail(self.source, self.path, lines=lines, max_bytes=max_bytes)))

    def page(self, start: int, *, lines: int, max_bytes: int) -> LogText:
        """Whole lines from byte `start` on, or from the next beginning of a line. Raises as `tail`."""
        found = self._told(lambda: page(self.source, self.path, start=start, align=True, max_bytes=max_bytes))
        parts = found.data.split(b"\n", lines)
        beyond = len(parts[-1]) if len(parts) > lines else 0
        return self._text(replace(found, data=found.data[: len(found.data) - beyond]))

    def search(self, text: str, *, start: int = 0, max_hits: int) -> SearchResult:
        """The lines from byte `start` on that hold `text`, found on the cluster. Raises as `tail`."""
        return self._told(lambda: search(self.source, self.path, text, start=start, max_hits=max_hits))

    def links(self) -> list[TrackerLink]:
        """The pages of experiment trackers that its first and last 256 KiB tell of. Raises as `tail`.

        Of a log that gzip has packed they are those of its end.
        """
        if (held := self._told(lambda: unpacked(self.source, self.path))) is not None:
            return find_tracker_links(held.text, first_line=1 if held.is_whole else None)
        first = self._told(lambda: page(self.source, self.path, max_bytes=LINK_BYTES))
        found = [] if first.is_binary else find_tracker_links(first.text)
        if first.at_end or first.is_binary:
            return found
        last = tail(self.source, self.path, lines=LINK_BYTES >> 2, max_bytes=LINK_BYTES)
        return merged_links(found, find_tracker_links(last.text, first_line=None))

    def follow(self, runtime: Runtime, *, lines: int, max_bytes: int) -> Iterator[Change]:
        """The last lines, then what is appended, until the job has ended and the log stays as it is.

        A file that is not there yet is waited for. A job that the store does not know never ends. Raises as
        `tail`, and for a file that gzip has packed.
        """
        if is_packed(self.path):
            raise LogRefused(self.path, "packed", "nothing is appended to it; read its end without following")
        return self._followed(runtime, lines, max_bytes)

    def _followed(self, runtime: Runtime, lines: int, max_bytes: int) -> Iterator[Change]:
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

    def _told(self, ask: Callable[[], T]) -> T:
        """The answer; a file that is missing because its job has not begun is refused in these words."""
        try:
            return ask()
        except LogRefused as refused:
            if self.waits and refused.reason == "missing" and not refused.detail:
                raise LogRefused(refused.path, "unbegun") from refused
            raise

    def _unpacked(self, held: Unpacked) -> LogText:
        """Its bytes and its size are those of the packed file."""
        size = held.facts.size
        return LogText(
            cluster=self.cluster,
            job_id=self.job_id,
            path=self.path,
            label=self.label,
            text=held.text,
            start=0,
            end=size,
            size=size,
            modified=held.facts.modified,
            first_line=1 if held.is_whole else None,
            is_binary=False,
            note=held.note,
            place=place_of(held.via, self.place),
        )

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
            place=place_of(found.via, self.place),
        )


def job_log_files(runtime: Runtime, cluster: str, job_id: str) -> LogFiles:
    """The log files of a job. Raises `InvalidInput`, `UnknownCluster`, `TransportError`."""
    runtime.meet(cluster)
    transport, host = runtime.client(cluster).transport, runtime.file_host(cluster)
    found = log_files(runtime.store, transport, cluster=cluster, job_id=job_id, host=host)
    if not found.files and (job := _job(runtime, cluster, job_id)) is not None and _waits(job):
        where = f"; it will write to {job.stdout_path}" if job.stdout_path else ""
        return replace(found, problems=[*found.problems, f"the job has not begun{where}"])
    return found


def job_log(runtime: Runtime, cluster: str, job_id: str, *, path: str = "", stderr: bool = False) -> JobLog:
    """The log of a job at `path`, else what it writes to stdout (or stderr); of an array the one written last.

    `path` may be as a container of the job sees it, where a path map is configured.
    Raises `InvalidInput` also where the job has no such file, `LogRefused` where it has not begun and will write
    to a file for each of its tasks, `UnknownCluster`, `TransportError`.
    """
    found = job_log_files(runtime, cluster, job_id)
    path = log_rules(runtime.store).on_host(path, cluster) if path else ""
    chosen = _named(found.files, path) if path else _usual(found.files, stderr=stderr)
    known = _job(runtime, cluster, (chosen.job_id if chosen else "") or job_id)
    job = known if _waits(known) else None
    if chosen is None and not path:
        if job is not None and (where := job.stderr_path if stderr else job.stdout_path):
            raise LogRefused(where, "unbegun")
        what = "it writes no stderr" if stderr else "nothing tells where it writes"
        raise InvalidInput("job id", job_id, f"{what}; list its files and name one by its path")
    return JobLog(
        cluster=cluster,
        job_id=(chosen.job_id if chosen else "") or job_id,
        path=chosen.path if chosen else path,
        label=chosen.label if chosen else "",
        source=found.source,
        waits=job is not None,
        failed=known is not None and state_family(known.state) == "failed",
        files=tuple(found.files),
        place=found.place,
    )


class LogAsk(TypedDict, total=False):
    """What of a job's log is wanted."""

    path: str  # "": what it wrote to stdout
    stderr: bool
    lines: int  # 200 unless told
    offset: int | None  # whole lines from this byte on; None: the last ones
    grep: str  # only lines that hold this


def log_text(runtime: Runtime, cluster: str, job_id: str, **asked: Unpack[LogAsk]) -> str:
    """What of a job's log is wanted, as text. Raises as `job_log` and `JobLog.read`, and for what is no text.

    A search that its bounds of bytes or seconds ended says so in a last line.
    """
    for name in asked:
        if name not in LogAsk.__annotations__:
            raise InvalidInput("argument", name, f"use {', '.join(LogAsk.__annotations__)}")
    lines, offset = asked.get("lines", 200), asked.get("offset")
    log = job_log(runtime, cluster, job_id, path=asked.get("path", ""), stderr=asked.get("stderr", False))
    if grep := asked.get("grep"):
        told = log.search(grep, start=offset or 0, max_hits=lines)
        return "".join(f"{plain_text(hit.text)}\n" for hit in told.hits) + _left_out(told)
    found = log.read(lines=lines, max_bytes=MAX_PIECE, offset=offset)
    if found.is_binary:
        raise LogRefused(found.path, "binary")
    return found.text


def _left_out(told: SearchResult) -> str:
    if told.stopped_by in ("", "hits"):  # so many lines were asked for
        return ""
    more = "" if told.next_start is None else f"; offset={told.next_start} goes on"
    why = "a line too long to search" if told.stopped_by == "line" else f"its limit of {told.stopped_by}"
    return f"… the search stopped at {why}{more}\n"


def known_links(runtime: Runtime, log: JobLog, told: LogText) -> list[TrackerLink]:
    """The pages of experiment trackers that the log tells of, as `JobLog.links`; `told` is what was read of it.

    Its ends are read as long as none is known of it: programs tell them where they begin. Raises as `tail`.
    """
    seen = runtime.links.of(log.cluster, [log.job_id])
    found = merged_links(seen, find_tracker_links(told.text, first_line=None)) if seen else log.links()
    runtime.links.note(log.cluster, log.job_id, found)
    return found


def known_error_beside(runtime: Runtime, log: JobLog, told: LogText) -> ErrorBeside | None:
    """Why a job failed, as the end of its other stream tells, where what was `told` of this one does not.

    None too where the other stream cannot be read.
    """
    rules = analysis_rules(runtime.store)
    if not log.failed or judge(told.text, rules=rules).crash is not None:
        return None
    return error_beside(log.source, log.files, log.path, rules=rules)


def _job(runtime: Runtime, cluster: str, job_id: str) -> Job | None:
    """The job, if the store knows it."""
    try:
        return queries.job(runtime.store, cluster=cluster, job_id=job_id).job
    except InvalidInput:
        return None


def _waits(job: Job | None) -> bool:
    """Whether a job has not begun yet."""
    return job is not None and state_family(job.state) in ("pending", "held") and job.state != "SUSPENDED"


def _named(files: list[LogFile], path: str) -> LogFile | None:
    return next((each for each in files if each.path == path), None)


def _usual(files: list[LogFile], *, stderr: bool) -> LogFile | None:
    wanted = [each for each in files if each.stream in ("both", "stderr" if stderr else "stdout")]
    there = [each for each in wanted if each.modified is not None and not each.problem]
    return max(there, key=_written, default=wanted[0] if wanted else None)


def _written(file: LogFile) -> float:
    return file.modified.timestamp() if file.modified else 0.0
