"""Slurm -> Store: one poll per cluster, however many ask.

Whoever needs data calls `refresh`. If the store is young enough nothing runs. Else the first asker takes the
cluster's lock file (across processes), polls once and writes; everybody else waits at most `wait_s` for that
result and otherwise gets the older data, labelled. Nobody asking means nobody is polled.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import portalocker

from . import store as st
from .errors import CircuitOpen, ClausiusError, StoreError
from .model import Freshness
from .news import News
from .slurm import PollRequest, SlurmClient, Snapshot
from .slurm.control import Verb
from .store import ClusterState, ErrorKind, Store
from .store.array_rest import keep_cancelled_tasks
from .store.estimates import record_estimates
from .store.gate import private
from .store.history_rows import merge_history
from .store.runs import assign_runs
from .store.usage_rows import mark_used, unused_jobs

__all__ = ["FLOOR_S", "Collector"]

log = logging.getLogger(__name__)

FLOOR_S = 10.0
"""No cluster is polled more often than this, whatever is clicked."""

BACK_OFF_S = (10.0, 300.0)
"""First and longest pause after failures in a row; it doubles in between.

It begins when an attempt has failed and is longer than that of a line which cannot be reached, see `transport`: so
what is told of the next try holds.
"""

LONGEST_PAUSE = timedelta(seconds=BACK_OFF_S[1] * 1.2)
"""No pause is longer, its jitter included: a later next attempt was set by a clock that was ahead."""

CLOCK_STEP_S = 5.0
"""Times may be so far ahead of the clock, which is adjusted now and then."""

REFUSED_S = 120.0
"""The first pause after a refused login: sites ban addresses that knock too often."""

ACCOUNTING_OVERLAP = timedelta(minutes=2)
"""slurmdbd hears of a job's end a little late, and clocks differ: sacct windows overlap by this much."""

FIRST_WINDOW = timedelta(days=1)
"""How far back the first look at accounting reaches."""

_ACTS = ("cancel", *get_args(Verb))
"""What is done to jobs, in the words of the audit."""

ACTS_AGE = timedelta(days=1)
"""Data from before an act that is older are asked for anew anyway."""

OVERLAP = timedelta(seconds=5)
"""What is done to jobs so shortly before an answer came may not be in it."""

SLICE_S = 0.25
"""How long a wait lasts before it looks for Ctrl-C."""

MAX_LOST = 200
"""How many jobs that left the queue without a record are looked up again in one poll."""

MAX_UNUSED = 50
"""Of how many jobs that have ended one poll asks what their steps used: the poll's own accounting leaves steps
out."""

UNUSED_DAYS = 7
"""How long ago they may have ended; a backfill brings the rest."""


class Collector:
    """Keeps the store as fresh as asked. One per process; processes meet at the lock files."""

    def __init__(self, store: Store, client: Callable[[str], SlurmClient], *, locks: Path) -> None:
        self._store, self._client, self._locks = store, client, locks
        self._states: tuple[int, dict[str, ClusterState]] = (-1, {})
        self._acts: dict[str, datetime] = {}
        self._memory: dict[str, _Memory] = {}
        self._flying: dict[str, Future[Freshness]] = {}
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="refresh")
        try:
            locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(f"{locks}: cannot be made: {error}") from error

    def refresh(
        self, cluster: str, *, max_age_s: float = 30.0, wait_s: float = 30.0, force: bool = False
    ) -> Freshness:
        """Have data of `cluster` no older than `max_age_s`, or say why they are older.

        `force` asks now even while the cluster is backed off; the floor of `FLOOR_S` holds all the same. Failures
        of the cluster come back as `Freshness.error`. Raises `StoreError` where our own store cannot be used.
        """
        [found] = self.refresh_many([cluster], max_age_s=max_age_s, wait_s=wait_s, force=force)
        return found

    def refresh_many(
        self, clusters: Collection[str], *, max_age_s: float = 30.0, wait_s: float = 30.0, force: bool = False
    ) -> list[Freshness]:
        """The same for several at once; a dead cluster never delays a live one beyond `wait_s`."""
        end = time.monotonic() + wait_s
        started = [(name, self.start(name, max_age_s=max_age_s, force=force)) for name in clusters]
        answers = []
        for name, future in started:
            try:
                answers.append(_awaited(future, end))
            except TimeoutError:
                answers.append(_late(name, self._state(name), wait_s))
        return answers

    def start(self, cluster: str, *, max_age_s: float = 30.0, force: bool = False) -> Future[Freshness]:
        """Begin a refresh without waiting for it; one that is under way is joined."""
        state = self._state(cluster)
        with self._guard:
            if (flying := self._flying.get(cluster)) is not None:
                return flying
            if not _due(state, max_age_s, acted=self._acts.get(cluster), force=force):
                done: Future[Freshness] = Future()
                done.set_result(_answer(cluster, state))
                return done
            future = self._pool.submit(self._refresh, cluster, max_age_s, force=force)
            self._flying[cluster] = future
        future.add_done_callback(lambda _: self._landed(cluster))
        return future

    def close(self) -> None:
        """Start no more refreshes. Those under way end with their transport."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _landed(self, cluster: str) -> None:
        with self._guard:
            self._flying.pop(cluster, None)

    def _state(self, cluster: str) -> ClusterState:
        """What the store knows of the cluster; read anew only when something was written."""
        revision = self._store.revision
        if self._states[0] != revision:
            self._states = (revision, st.cluster_states(self._store))
            self._acts = st.last_acts(self._store, _ACTS, since=_now() - ACTS_AGE)
            # both are remembered, so that the next poll need not open the store before it asks
            st.settings(self._store)
            st.list_clusters(self._store)
        return self._states[1].get(cluster) or ClusterState(cluster=cluster)

    def _refresh(self, cluster: str, max_age_s: float, *, force: bool) -> Freshness:
        with self._only_one(cluster) as mine:
            state = self._state(cluster)
            # another process may have polled while we waited for the lock, or be polling still
            if not mine or not _due(state, max_age_s, acted=self._acts.get(cluster), force=force):
                return _answer(cluster, state)
            return self._poll(cluster, state)

    @contextmanager
    def _only_one(self, cluster: str) -> Iterator[bool]:
        """The cluster's turn among all processes; False when another process held it for too long.

        Raises `StoreError`.
        """
        lock = portalocker.Lock(
            self._locks / f"{cluster}.lock",
            "a",
            timeout=60,
            check_interval=0.05,
            flags=_EXCLUSIVE,
            opener=private,  # who may read a file may lock it, and so stop us
        )
        try:
            lock.acquire()
        except portalocker.exceptions.LockException:
            yield False
            return
        except OSError as error:
            raise StoreError(f"{self._locks}: cannot lock {cluster}: {error}") from error
        try:
            yield True
        finally:
            lock.release()

    def _poll(self, cluster: str, state: ClusterState) -> Freshness:
        at = _now()
        self._remembered(state)
        try:
            request = self._request(cluster, state, at)
            snapshot = self._client(cluster).poll(request)
        except CircuitOpen as error:
            closed = _not_tried(state, _now(), error)
            with self._store.write() as cur:
                st.put_cluster_state(cur, closed)
            return _answer(cluster, closed)
        except ClausiusError as error:
            log.info("refresh of %s: %s", cluster, error)
            failed = _failed(state, at, str(error), st.error_kind(error))
            self._record(failed, commands=0)
            return _answer(cluster, failed)
        news = self._memory.pop(cluster).news  # not kept if the writing fails
        told = _told(state, snapshot)
        self._write(told, snapshot, request=request, news=news)
        return replace(_answer(cluster, told), source="live")

    def _request(self, cluster: str, state: ClusterState, at: datetime) -> PollRequest:
        """What to ask for this time: the queue always, the slower parts when they are due."""
        settings = st.settings(self._store)
        nodes_due = _older(state.nodes_as_of, at, settings.nodes_interval_s)
        remembered = self._remembered(state)
        # who left the queue without a word is asked after sooner
        pause_s = settings.accounting_interval_s / (2 if remembered.lost else 1)
        accounting_due = state.accounting != "no" and _older(state.accounted_until, at, pause_s)
        since = min(state.accounted_until or at - FIRST_WINDOW, at) - ACCOUNTING_OVERLAP
        return PollRequest(
            dialect=json.loads(state.dialect),
            queue=True,
            nodes=nodes_due,
            accounted_since=since if accounting_due else None,
            lost=tuple(remembered.lost) if accounting_due else (),
            unused=tuple(remembered.unused) if accounting_due else (),
        )

    def _remembered(self, state: ClusterState) -> _Memory:
        """What we know from our last poll of the cluster; nothing if somebody else has polled since."""
        known = self._memory.get(state.cluster)
        if known is None or known.state != state:
            with self._store.read() as cur:
                known = _memory(cur, state, News(), at=_now())
            self._memory[state.cluster] = known
        return known

    def _write(self, state: ClusterState, snapshot: Snapshot, *, request: PollRequest, news: News) -> None:
        """One transaction: queue first, then what accounting says of ended jobs, then who left without a word."""
        cluster, at = state.cluster, snapshot.at
        with self._store.write() as cur:
            if snapshot.jobs is not None:
                queue = news.of_queue(snapshot.jobs)
                st.touch_queue(cur, cluster, queue.same, at=at)
                st.move_queue(cur, cluster, queue.moved, at=at)
                st.merge_queue(cur, cluster, queue.changed, at=at)
                if queue.changed or queue.moved:
                    record_estimates(cur, cluster, at=at)
            st.merge_ended(cur, cluster, news.of_ended([*(snapshot.ended or ()), *(snapshot.found or ())]), at=at)
            if snapshot.jobs is not None:
                if news.some_left:
                    st.mark_left(cur, cluster, at=at)
                keep_cancelled_tasks(cur, cluster, at=at)
                assign_runs(cur, cluster, at=at)
            if snapshot.found is not None:
                st.count_lookups(cur, cluster, request.lost)
            if snapshot.used is not None:
                merge_history(cur, snapshot.used, evidence="sacct", at=at)
                mark_used(cur, cluster, request.unused, at=at)
            nodes, partitions = snapshot.nodes, snapshot.partitions or []
            if nodes is not None and news.of_nodes(nodes, partitions):
                st.replace_nodes(cur, cluster, nodes, partitions, at=at)
            st.put_cluster_state(cur, state)
            st.record_poll(
                cur,
                cluster,
                at=at,
                commands=snapshot.commands,
                answer_bytes=snapshot.answer_bytes,
                duration_s=snapshot.duration_s,
                error_kind=state.error_kind,
            )
            remembered = _memory(cur, state, news, at=at)
        self._memory[cluster] = remembered

    def _record(self, state: ClusterState, *, commands: int) -> None:
        with self._store.write() as cur:
            st.put_cluster_state(cur, state)
            st.record_poll(
                cur,
                state.cluster,
                at=state.last_attempt or _now(),
                commands=commands,
                answer_bytes=0,
                duration_s=0.0,
                error_kind=state.error_kind,
            )


@dataclass(frozen=True, slots=True)
class _Memory:
    """What a poll of ours left behind; it holds while the cluster's state is the one we wrote."""

    state: ClusterState
    lost: list[str]  # raw ids to look up
    unused: list[str]  # raw ids of which to ask what they used
    news: News


def _memory(cur: st.Cursor, state: ClusterState, news: News, *, at: datetime) -> _Memory:
    return _Memory(
        state,
        st.lost_jobs(cur, state.cluster, limit=MAX_LOST),
        unused_jobs(cur, state.cluster, at=at, days=UNUSED_DAYS, limit=MAX_UNUSED),
        news,
    )


_EXCLUSIVE = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING


def _awaited(future: Future[Freshness], end: float) -> Freshness:
    """The result, waited for in slices: Ctrl-C that comes just before a long wait would be heard only after it."""
    while True:
        left = end - time.monotonic()
        try:
            return future.result(timeout=max(0.0, min(left, SLICE_S)))
        except TimeoutError:
            if left <= SLICE_S:
                raise


def _now() -> datetime:
    return datetime.now(UTC)


def _older(when: datetime | None, at: datetime, age_s: float) -> bool:
    """Whether that was longer ago; a time to come was told by a clock that has been set back since."""
    return when is None or not -CLOCK_STEP_S <= (at - when).total_seconds() < age_s


def _jitter(state: ClusterState) -> float:
    """0 to 0.1, the same in every process until the next poll: clusters and users do not fall into step."""
    return zlib.crc32(f"{state.cluster}{state.jobs_as_of}".encode()) / 0xFFFFFFFF / 10


def _due(state: ClusterState, max_age_s: float, *, acted: datetime | None, force: bool) -> bool:
    """Whether the cluster should be asked now."""
    now = _now()
    if not _older(state.last_attempt, now, FLOOR_S):
        return False
    if force:
        return True
    if state.next_attempt is not None and now < state.next_attempt <= now + LONGEST_PAUSE:
        return False
    if acted is not None and state.jobs_as_of is not None and state.jobs_as_of - OVERLAP < acted <= now:
        return True  # it may not show what was done to jobs since it began
    return _older(state.jobs_as_of, now, max_age_s * (1 + _jitter(state)))


def _answer(cluster: str, state: ClusterState) -> Freshness:
    return Freshness(
        cluster=cluster,
        as_of=state.jobs_as_of,
        source="store" if state.jobs_as_of else "none",
        error=state.last_error,
        error_kind=state.error_kind,
        error_since=state.error_since,
    )


def _late(cluster: str, state: ClusterState, wait_s: float) -> Freshness:
    """The older data, labelled: the refresh goes on without this asker."""
    answer = _answer(cluster, state)
    if answer.error:
        return answer
    words = f"no answer yet after {wait_s:.0f} s; these are the latest data"
    return replace(answer, error=words, error_kind="busy")


def _told(state: ClusterState, snapshot: Snapshot) -> ClusterState:
    """The state after an answer, which may be partial: each part that failed keeps its old time."""
    queue = next((problem for problem in snapshot.problems if problem.part == "queue"), None)
    rest = "; ".join(problem.message for problem in snapshot.problems if problem.part != "queue")
    known = replace(
        state,
        user_name=snapshot.user or state.user_name,
        slurm_version=snapshot.version or state.slurm_version,
        dialect=json.dumps(snapshot.dialect),
        accounting=snapshot.accounting or state.accounting,
        nodes_as_of=snapshot.at if snapshot.nodes is not None else state.nodes_as_of,
        accounted_until=snapshot.at if snapshot.ended is not None else state.accounted_until,
        warning=rest,
    )
    if queue is not None:
        return _failed(known, snapshot.at, queue.message, queue.kind)
    return replace(
        known,
        jobs_as_of=snapshot.at,
        last_attempt=snapshot.at,
        last_error="",
        error_kind="",
        error_since=None,
        failures=0,
        next_attempt=None,
    )


def _failed(state: ClusterState, at: datetime, message: str, kind: ErrorKind) -> ClusterState:
    """Nothing is forgotten because a command failed; the next attempt waits longer each time."""
    first = REFUSED_S if kind == "refused" else BACK_OFF_S[0]
    pause = min(BACK_OFF_S[1], first * 2 ** min(state.failures, 10)) * (1 + _jitter(state))
    return replace(
        state,
        last_attempt=at,
        last_error=message,
        error_kind=kind,
        error_since=state.error_since or at,
        failures=state.failures + 1,
        next_attempt=_now() + timedelta(seconds=pause),
    )


def _not_tried(state: ClusterState, now: datetime, error: CircuitOpen) -> ClusterState:
    """The host could not be reached a moment ago, by whomever: it is asked as soon as its line may be tried again.

    That was no attempt: no longer pause follows from it. The words name no span, since they are read later.
    """
    return replace(
        state,
        last_error=f"{error.host}: {error.last_error}",
        error_kind=st.error_kind(error),
        error_since=state.error_since or now,
        failures=max(1, state.failures),
        next_attempt=now + timedelta(seconds=error.retry_in_s),
    )
