"""Processes of this machine that a person wants to see beside their jobs, as a cluster named "local".

Off until a filter includes something. Only processes of one's own login are looked at, and a process is ended only
if it is one of those that are shown, and still the one that was shown.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from . import store as st
from .errors import CommandFailed, InvalidInput, ParseError
from .model import Cluster, Job
from .model.cluster import PROCESSES
from .rule_shelf import RuleShelf
from .slurm import ConnectionReport, PollRequest, SlurmClient, Snapshot
from .slurm.control import Change
from .slurm.provenance import Provenance
from .store import Store
from .transport import Transport

__all__ = [
    "ONLY_ENDED",
    "PROCESS_FILTERS",
    "ProcessClient",
    "ProcessFilter",
    "add_filter",
    "are_processes",
    "parse",
    "process_clusters",
    "remove_filter",
]

SAME_START = timedelta(seconds=2)
"""`ps` works out when a process began from the time since boot, and is a second off now and then."""

MOST_PROCESSES = 500

ONLY_ENDED = "it is a process of this machine and no job of Slurm's: it can be cancelled, nothing else"
"""Why a process cannot be held, released, requeued or changed."""

NOT_SUBMITTED = "it is a process of this machine, and was not submitted to Slurm"

_WORDS = "LC_ALL=C TZ=UTC0 ps -ww -U {uid} -o pid= -o lstart= -o rss= -o pcpu= -o args="
_LINE = re.compile(
    r"\s*(\d+)\s+[A-Z][a-z]{2} ([A-Z][a-z]{2})\s+(\d+) (\d\d):(\d\d):(\d\d) (\d{4})\s+(\d+)\s+([\d.]+)\s(.*)"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_NAME = 80
_LONGEST_COMMAND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFilter:
    """Which processes are shown: those whose command line holds the text of an "include" and of no "exclude"."""

    text: str  # letters of either case
    action: Literal["include", "exclude"] = "include"

    def __post_init__(self) -> None:
        if len(self.text.strip()) < 2 or len(self.text) > _LONGEST_COMMAND:
            raise InvalidInput("process filter", self.text[:100], "use two or more characters of a command line")
        if self.action not in ("include", "exclude"):
            raise InvalidInput("action of a process filter", self.action, "use include or exclude")


PROCESS_FILTERS = RuleShelf(kind="process_filter", what="process filter", make=ProcessFilter, key="text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of `ps`."""

    pid: int
    start: datetime  # UTC, to the second or so
    rss_kib: int
    cpu_percent: float  # since it began
    command: str


def add_filter(store: Store, wanted: ProcessFilter, *, actor: str = "script") -> None:
    """Show more processes, or fewer; the first "include" brings the cluster "local".

    Raises `ReadOnly`, and `InvalidInput` where the filter is there already or a cluster has taken that name.
    """
    filters = PROCESS_FILTERS.all(store)
    known = [cluster for cluster in st.list_clusters(store) if cluster.name == PROCESSES]
    if known and not _any_included(filters):
        raise InvalidInput("cluster", PROCESSES, "a cluster has this name already, which processes would need")
    PROCESS_FILTERS.add(store, wanted, actor=actor)
    if not known and _any_included([wanted, *filters]):
        with store.write() as cur:
            st.put_cluster(cur, Cluster(name=PROCESSES, kind="local", description="processes of this machine"))


def remove_filter(store: Store, text: str, *, actor: str = "script") -> ProcessFilter:
    """Forget a filter; with the last "include" the cluster "local" goes, its history stays.

    Raises `ReadOnly`, and `InvalidInput` where there is no such filter.
    """
    gone = PROCESS_FILTERS.remove(store, text, actor=actor)
    known = any(cluster.name == PROCESSES for cluster in st.list_clusters(store))
    if gone.action == "include" and known and not _any_included(PROCESS_FILTERS.all(store)):
        with store.write() as cur:
            st.delete_cluster(cur, PROCESSES)
    return gone


def are_processes(store: Store, cluster: Cluster) -> bool:
    """Whether a cluster is not Slurm's but the processes of this machine."""
    if cluster.name != PROCESSES or cluster.kind != "local":
        return False
    return _any_included(PROCESS_FILTERS.all(store))


def process_clusters(store: Store) -> list[str]:
    """The names of the clusters that are processes of this machine: one or none. Raises `StoreError`."""
    return [cluster.name for cluster in st.list_clusters(store) if are_processes(store, cluster)]


def parse(text: str) -> list[Process]:
    r"""What `ps` printed. Raises `ParseError`.

    >>> parse(" 77 Sun Nov  1 03:04:05 2026 2048  1.5 python train.py\n")[0].command
    'python train.py'
    """
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            found.append(_process(number, line))
    return found


def _process(number: int, line: str) -> Process:
    if (match := _LINE.fullmatch(line)) is None:
        raise ParseError("ps", number, line, "not a line of ps")
    try:
        month, (day, hour, minute, second) = _MONTHS.index(match[2]) + 1, map(int, match.group(3, 4, 5, 6))
        start = datetime(int(match[7]), month, day, hour, minute, second, tzinfo=UTC)
        return Process(
            pid=int(match[1]),
            start=start,
            rss_kib=int(match[8]),
            cpu_percent=float(match[9]),
            command=match[10].strip(),
        )
    except ValueError as error:
        raise ParseError("ps", number, line, str(error)) from error


class ProcessClient(SlurmClient):
    """Stands where Slurm's client stands, so that processes are polled, shown and ended as jobs are."""

    def __init__(self, cluster: Cluster, transport: Transport, *, store: Store) -> None:
        super().__init__(cluster, transport)
        self._store = store

    def poll(self, request: PollRequest) -> Snapshot:
        """The processes that the filters select. Raises `TransportError`, `ParseError`."""
        begun = datetime.now(UTC)
        text, chosen = self._chosen()
        known, at = self._known(), datetime.now(UTC)
        return Snapshot(
            at=at,
            user=self._user(),
            version="",
            dialect=dict(request.dialect),
            accounting="no",
            jobs=[self._job(each, known, at) for each in chosen],
            nodes=None,
            partitions=None,
            ended=None,
            found=None,
            problems=(),
            commands=1,
            answer_bytes=len(text),
            duration_s=(at - begun).total_seconds(),
        )

    def cancel(self, job_ids: Iterable[str]) -> dict[str, str]:
        """Ask processes to end (SIGTERM): for each id "" or why it was not asked. Raises as `poll`."""
        known = self._known()
        current = {str(each.pid): each for each in self._chosen()[1]}
        return {job_id: _ended(current.get(job_id), known.get(job_id)) for job_id in dict.fromkeys(job_ids)}

    def change(self, wish: Change, job_ids: Iterable[str]) -> dict[str, str]:
        """Nothing but ending applies to a process: each id with these words; nothing is run."""
        return dict.fromkeys(job_ids, ONLY_ENDED)

    def provenance(self, job_id: str, *, work_dir: str = "") -> Provenance:
        """A process was not submitted: nothing but where it works; nothing is run."""
        return Provenance(
            batch_script="", submit_command="", work_dir=work_dir, fields={}, environment={}, error=NOT_SUBMITTED
        )

    def test(self) -> ConnectionReport:
        """Look at the processes once. Raises as `poll`."""
        begun = datetime.now(UTC)
        self._chosen()
        return ConnectionReport(
            cluster=self.cluster.name,
            host=self.transport.host,
            user=self._user(),
            version="",
            slurm_cluster="",
            accounting="no",
            seconds=(datetime.now(UTC) - begun).total_seconds(),
        )

    def _chosen(self) -> tuple[str, list[Process]]:
        words = _WORDS.format(uid=os.getuid())
        done = self.transport.run(words, lane="background", max_bytes=16 << 20)
        if done.exit_status:
            raise CommandFailed(self.transport.host, "ps", done.exit_status, done.stderr)
        filters = PROCESS_FILTERS.all(self._store)
        ours = os.getpid()
        chosen = [each for each in parse(done.stdout) if each.pid != ours and _is_wanted(each, filters)]
        return done.stdout, chosen[:MOST_PROCESSES]

    def _known(self) -> dict[str, datetime]:
        """When the processes that are shown began, by their id."""
        sql = "SELECT job_id_raw, submit_time FROM jobs WHERE cluster = ? AND in_queue AND submit_time IS NOT NULL"
        with self._store.read() as cur:
            rows = cur.execute(sql, [self.cluster.name]).fetchall()
        return {job_id: begun.replace(tzinfo=UTC) for job_id, begun in rows}

    def _user(self) -> str:
        return self.transport.host.partition("@")[0]

    def _job(self, each: Process, known: dict[str, datetime], at: datetime) -> Job:
        start = known.get(str(each.pid), each.start)
        if abs(start - each.start) > SAME_START:  # another process has the number now
            start = each.start
        files = _Files(each.pid)
        return Job(
            cluster=self.cluster.name,
            job_id=str(each.pid),
            job_id_raw=str(each.pid),
            submit_time=start,
            start_time=start,
            name=_name(each.command),
            user=self._user(),
            state="RUNNING",
            nodes=1,
            memory_mib=each.rss_kib >> 10,
            elapsed_s=max(0, int((at - start).total_seconds())),
            node_list=socket.gethostname(),
            work_dir=files.link("cwd"),
            stdout_path=files.written("fd/1"),
            stderr_path=files.written("fd/2"),
            comment=f"{each.cpu_percent:g} % CPU: {each.command[:_LONGEST_COMMAND]}",
        )


class _Files:
    """Where a process works and writes, where this system tells (Linux does)."""

    def __init__(self, pid: int) -> None:
        self._at = Path(f"/proc/{pid}")

    def link(self, name: str) -> str:
        """What a link leads to; "" where that is not told."""
        try:
            return str((self._at / name).readlink())
        except OSError:
            return ""

    def written(self, name: str) -> str:
        """The path of a regular file behind a descriptor, else ""."""
        path = self.link(name)
        with contextlib.suppress(OSError):
            if path.startswith("/") and Path(path).is_file():
                return path
        return ""


def _any_included(filters: Iterable[ProcessFilter]) -> bool:
    return any(each.action == "include" for each in filters)


def _is_wanted(each: Process, filters: Sequence[ProcessFilter]) -> bool:
    command = each.command.lower()
    hits = {one.action for one in filters if one.text.lower() in command}
    return "include" in hits and "exclude" not in hits


def _name(command: str) -> str:
    """The command without the directories of its words, cut."""
    return " ".join(_shortened(command))[:_LONGEST_NAME]


def _shortened(command: str) -> Iterator[str]:
    for word in command[:_LONGEST_COMMAND].split():
        yield word.rstrip("/").rpartition("/")[2] if word.startswith("/") else word


def _ended(now: Process | None, shown: datetime | None) -> str:
    if now is None or shown is None:
        return "no process of this number is shown"
    if abs(now.start - shown) > SAME_START:
        return "another process has this number now"
    try:
        os.kill(now.pid, signal.SIGTERM)
    except OSError as error:
        return error.strerror or str(error)
    return ""
