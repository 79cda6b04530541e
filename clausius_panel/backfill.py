"""Years of a cluster's accounting, fetched in bounded windows, the newest first.

Each window is written in one transaction together with the word that it is done. So a backfill can be ended at any
moment, by kill -9 too, and begun again: what was answered is not asked again, and no job comes twice.

The size of a window follows the time that the answer took, so that a busy accounting server is asked for little at
a time; between windows there is a pause at least as long as the answer took.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import portalocker

from . import store as st
from .errors import ClausiusError, CommandFailed, CommandTimeout, InvalidInput, ParseError, StoreError
from .runtime import Runtime
from .slurm import sacct
from .slurm.dialect import Dialect
from .slurm.history import HistoryAnswer, ask_history
from .store.backfills import gaps, record_window
from .store.gate import private
from .store.history_rows import MergeCount, merge_history
from .store.runs import MAX_NEW, assign_runs

__all__ = ["PAUSE_S", "BackfillRuns", "BackfillStep", "run"]

PAUSE_S = 2.0
"""The least pause between two windows."""

LIMIT_S = 60
"""How long accounting may take for one window."""

AIM_S = 7.0
"""How long it should take: between 5 and 10 seconds."""

AIM_BYTES = 16 * 1024 * 1024
"""How large an answer should be: some 15,000 jobs with their steps."""

MAX_BYTES = 96 * 1024 * 1024
"""A larger one is not taken; it is asked for in smaller windows."""

FIRST = timedelta(days=1)
LEAST = timedelta(minutes=1)
MOST = timedelta(days=60)
TRIES = 4
"""How often a window is asked again, each time a quarter as long, before we give up."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_EXCLUSIVE = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
_WORTH_IT = timedelta(seconds=5)  # a gap between windows that is shorter is left to the next time


class BackfillRuns(ClausiusError):
    """Another process is fetching this cluster's history."""

    def __init__(self, cluster: str) -> None:
        super().__init__(f"{cluster}: another backfill of this cluster is running; wait for it, or end it")
        self.cluster = cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillStep:
    """One window that was answered and written. Times are in UTC."""

    cluster: str
    start: datetime
    end: datetime
    jobs: int  # that ended in it
    new: int
    changed: int
    seconds: float  # that the cluster took
    pause_s: float  # that follows
    share: float  # of the whole span, from 0 to 1, what earlier backfills brought included
    eta_s: float | None  # until all is done; None while nobody can know
    trouble: str = ""  # why it was asked in a smaller window, if it was


def run(
    runtime: Runtime,
    cluster: str,
    *,
    since: datetime,
    until: datetime | None = None,
    all_users: bool = False,
    pause_s: float = PAUSE_S,
) -> Iterator[BackfillStep]:
    """Fetch the jobs of a configured cluster that ended in a span of (aware) time, where that was not done before.

    Nothing is asked before the first step is taken from the iterator, and nothing after the last one. Raises
    `InvalidInput`, `StoreError`, `BackfillRuns`, and `TransportError` or `ParseError` where the cluster gives no
    answer even to small windows: what was written by then stays, and the next call goes on from there.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    if since.tzinfo is None or (until is not None and until.tzinfo is None):
        raise InvalidInput("since", f"{since} to {until}", "give times with their zone")
    since, until = since.replace(microsecond=0), min((until or now).replace(microsecond=0), now)
    if not _EARLIEST <= since < until:
        raise InvalidInput("since", since.isoformat(), f"use a time before {until.isoformat()} and after 1990")
    if pause_s < 0:
        raise InvalidInput("pause_s", pause_s, "use 0 or more")
    config = st.get_cluster(runtime.store, cluster)
    with _alone(runtime.config.data_dir / "locks", config.name):
        yield from _Backfill(runtime, cluster, since, until, all_users=all_users, pause_s=pause_s).steps()


class _Backfill:
    """One call of `run`."""

    def __init__(
        self, runtime: Runtime, cluster: str, since: datetime, until: datetime, *, all_users: bool, pause_s: float
    ) -> None:
        self._runtime, self._cluster, self._all_users, self._pause_s = runtime, cluster, all_users, pause_s
        self._span = until - since
        with runtime.store.read() as cur:
            found = gaps(cur, cluster, since, until, all_users=all_users)
        self._gaps = [(start, end) for start, end in found if end - start >= _WORTH_IT]
        self._left = sum((end - start for start, end in self._gaps), timedelta())
        state = st.cluster_states(runtime.store).get(cluster)
        self._dialect = Dialect.from_mapping(json.loads(state.dialect) if state else {})
        self._window, self._growth = FIRST, 4.0
        self._begun, self._left_at_begin = time.monotonic(), self._left

    def steps(self) -> Iterator[BackfillStep]:
        """Window after window; pauses come before a step, not after it."""
        pause_s = 0.0
        while self._gaps:
            time.sleep(pause_s)
            step = self._step()
            pause_s = step.pause_s
            yield step

    def _step(self) -> BackfillStep:
        start, end = self._gaps.pop()
        trouble = ""
        for attempt in range(TRIES + 1):
            begin = max(start, end - self._window)
            try:
                answer = self._ask(begin, end)
                break
            except (CommandFailed, CommandTimeout, ParseError) as error:
                if attempt == TRIES or sacct.is_switched_off(str(error)) or self._window <= LEAST:
                    raise
                trouble = str(error)
                self._window = max(LEAST, self._window / 4)
                self._growth = 1.2  # else every other window would fail
                time.sleep(self._pause_s * 2**attempt)
        counts = self._write(answer, begin, end)
        if begin > start:
            self._gaps.append((start, begin))
        self._left -= end - begin
        self._adapt(answer, end - begin)
        return BackfillStep(
            cluster=self._cluster,
            start=begin,
            end=end,
            jobs=len(answer.jobs),
            new=counts.new,
            changed=counts.changed,
            seconds=answer.seconds,
            pause_s=max(self._pause_s, answer.seconds) if self._gaps else 0.0,
            share=1 - self._left / self._span,
            eta_s=self._eta_s(),
            trouble=trouble,
        )

    def _ask(self, start: datetime, end: datetime) -> HistoryAnswer:
        client = self._runtime.client(self._cluster)
        answer = ask_history(
            client.cluster,
            client.transport,
            dialect=self._dialect,
            start=start,
            end=end,
            all_users=self._all_users,
            limit_s=LIMIT_S,
            max_bytes=MAX_BYTES,
        )
        self._dialect = answer.dialect
        return answer

    def _write(self, answer: HistoryAnswer, start: datetime, end: datetime) -> MergeCount:
        """One transaction. Our own jobs are put into runs; of everybody's there are too many for that."""
        with self._runtime.store.write() as cur:
            counts = merge_history(cur, answer.jobs, evidence="backfill", at=answer.at)
            if not self._all_users and (counts.new or counts.changed):
                while assign_runs(cur, self._cluster, at=answer.at, history=True) > MAX_NEW:
                    pass
            record_window(
                cur,
                self._cluster,
                start,
                end,
                all_users=self._all_users,
                jobs=len(answer.jobs),
                at=answer.at,
            )
        return replace(counts, refused=())

    def _adapt(self, answer: HistoryAnswer, asked: timedelta) -> None:
        """The next window: as long as should take `AIM_S` and `AIM_BYTES`; it grows step by step."""
        factor = min(self._growth, AIM_S / max(answer.seconds, 0.01), AIM_BYTES / max(answer.answer_bytes, 1))
        if asked < self._window and factor > 1:
            return  # the rest of a gap tells nothing
        self._window = min(MOST, max(LEAST, asked * factor))

    def _eta_s(self) -> float | None:
        done = self._left_at_begin - self._left
        if not self._left:
            return 0.0
        return (time.monotonic() - self._begun) * (self._left / done) if done else None


@contextmanager
def _alone(directory: Path, cluster: str) -> Iterator[None]:
    """One backfill of a cluster at a time, among all processes."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / f"{cluster}.backfill.lock"
        lock = portalocker.Lock(path, "a", timeout=0, flags=_EXCLUSIVE, opener=private)
        lock.acquire()
    except portalocker.exceptions.LockException:
        raise BackfillRuns(cluster) from None
    except OSError as error:
        raise StoreError(f"{directory}: cannot lock {cluster}: {error}") from error
    try:
        yield
    finally:
        lock.release()
