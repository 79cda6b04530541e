"""The share that one process has of the store file: one connection, open only while it is needed.

A DuckDB file has one writing process or several reading ones. So the file is opened behind the gate for the moment
of use and stays open for a short lease, so that a burst of questions pays once. It is closed as soon as another
process waits and those inside have left, or when nobody has used it for `lease_s`.

Within the process all threads share the connection, each use with its own cursor. The file is opened for writing
only when somebody writes; readers then use the same connection and see what is committed.

The connection is to an engine without a file, to which the file is attached: see `engines`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb

from ..errors import StoreBusy, StoreError, StoreMissing
from . import engines
from .engines import Cursor
from .forks import Forkable
from .gate import Gate, Turn
from .values import first_line

__all__ = ["Cursor", "Lease"]

log = logging.getLogger(__name__)

_ALIAS = "store"  # the file's name within the engine
_LOOK_S = 0.01  # how often an idle connection looks whether it should go
_RETRY_S = 0.02
_IN_USE = ("lock on file", "different configuration", "already attached")  # by others, in DuckDB's words
_orphaned: list[Cursor | None] = []


class Lease(Forkable):
    """The connection, opened and closed as needed. Safe to use from threads; a forked child starts anew."""

    def __init__(self, path: Path, *, timeout_s: float, lease_s: float, on_open: Callable[[Cursor], None]) -> None:
        self.path, self.timeout_s, self._lease_s, self._on_open = path, timeout_s, lease_s, on_open
        self._gate = Gate(path)
        self._engine: Cursor | None = None
        self._connection: Cursor | None = None  # the engine, while the file is attached
        self._is_broken = False
        self._writable = False
        self._turn: Turn | None = None
        self._watcher: threading.Thread | None = None
        self._closed = threading.Event()
        self._idle_since = 0.0
        super().__init__()

    def reset(self) -> None:
        """The state of a process that has nothing open."""
        self.changed = threading.Condition()
        self._moving = False  # some thread is opening or closing
        self._leaving = False  # nobody new comes in until it was closed
        self._is_used = False  # since it was opened
        self._users: Counter[int] = Counter()  # by thread
        self._writer: int | None = None
        self._waiting_writers = 0

    @contextmanager
    def cursor(self, *, write: bool, create: bool = False) -> Iterator[Cursor]:
        """A cursor of its own; with `write` no other thread or process writes meanwhile.

        Reading inside reading works. Raises `StoreBusy`, `StoreMissing` (unless `create`), and `StoreError` where
        this thread already has a cursor that the new one would wait for.
        """
        me = threading.get_ident()  # a generator may be ended in another thread
        cursor = self._enter(me, write=write, create=create)
        try:
            yield cursor
        except (duckdb.FatalException, duckdb.InternalException):
            self._leaving = self._is_broken = True  # of no more use: closed when the last one has left
            raise
        finally:
            self._exit(me, cursor, write=write)

    def close(self, *, wait_s: float = 5.0) -> None:
        """Close the file as soon as its users have left, waiting at most `wait_s`; the next use opens it again."""
        with self.changed:
            is_closed = self._leave(time.monotonic() + wait_s)
            watcher = self._watcher
            engine = self._engine if is_closed else None
            if is_closed:
                self._engine = None
        if engine is not None:  # without the lock: a fork takes all of them, in any order
            engines.give_back(engine)
        # a daemon thread that outlives the interpreter makes DuckDB's binding complain of leaks on stderr
        if is_closed and watcher is not None:
            watcher.join()

    def settle(self, wait_s: float) -> bool:
        """Close the file for a fork, with the lock held; False if it is still in use after `wait_s`."""
        mine = threading.get_ident() in self._users
        is_closed = self._leave(time.monotonic() + (0 if mine else wait_s))
        if is_closed:
            self._drop_engine()
        return is_closed

    def disown(self) -> None:
        """In a forked child: forget what belongs to the parent."""
        _orphaned.append(self._engine)  # closing it would wait for threads that are not here
        if self._turn is not None:
            self._turn.forget()
        self._engine = self._connection = self._turn = None

    def _enter(self, me: int, *, write: bool, create: bool) -> Cursor:
        deadline = time.monotonic() + self.timeout_s
        with self.changed:
            self._refuse_nesting(me, write=write)
            self._waiting_writers += write
            try:
                while not self._is_open_for(me, write=write):
                    self._advance(write=write, create=create, deadline=deadline)
            finally:
                self._waiting_writers -= write
            assert self._connection is not None
            cursor = self._connection.cursor()
            cursor.execute(f"USE {_ALIAS}")
            self._users[me] += 1
            self._is_used = True
            if write:
                self._writer = me
            return cursor

    def _exit(self, me: int, cursor: Cursor, *, write: bool) -> None:
        if self.is_orphan:  # forked inside the `with`: the cursor is the parent's
            return
        with self.changed:
            cursor.close()
            self._users -= Counter({me: 1})
            if write:
                self._writer = None
            if not self._users:
                self._idle_since = time.monotonic()
                if self._leaving or self._gate.is_contended():
                    self._close()
            self.changed.notify_all()

    def _refuse_nesting(self, me: int, *, write: bool) -> None:
        if self.is_orphan:
            raise StoreError(f"{self.path}: this process was forked while the store was in use; use spawn")
        if self._writer == me:
            raise StoreError(f"{self.path}: this thread is writing already; pass its cursor on")
        if write and me in self._users:
            raise StoreError(f"{self.path}: this thread is reading; finish that before writing")

    def _is_open_for(self, me: int, *, write: bool) -> bool:
        """Whether this thread may use the connection now."""
        if self._connection is None or self._moving:
            return False
        if me in self._users:  # nested: whoever waits, waits for this thread to go on
            return True
        # whoever has just opened it comes in first: otherwise several that wait would open and close for ever
        self._leaving = self._leaving or (self._is_used and self._gate.is_contended())
        if self._leaving:
            return False
        if write:
            return self._writable and self._writer is None
        return self._writable or not self._waiting_writers

    def _advance(self, *, write: bool, create: bool, deadline: float) -> None:
        """Do the one thing that brings the caller nearer to the connection it wants, or wait for others."""
        if time.monotonic() >= deadline:
            raise StoreBusy(self.path, self.timeout_s)
        if self._moving or self._users:
            self.changed.wait(deadline - time.monotonic())
        elif self._connection is not None:
            self._close()
        else:
            self._open(writable=write or self._waiting_writers > 0, create=create, deadline=deadline)

    def _leave(self, deadline: float) -> bool:
        while self._connection is not None or self._moving:
            self._leaving = True
            if not self._moving and not self._users:
                self._close()
            elif not self.changed.wait(max(0.0, deadline - time.monotonic())):
                self._leaving = False
                return False
        return True

    @contextmanager
    def _move(self) -> Iterator[None]:
        """Do something slow without the lock, while no other thread opens or closes."""
        self._moving = True
        self.changed.release()
        try:
            yield
        finally:
            self.changed.acquire()
            self._moving = False
            self.changed.notify_all()

    def _open(self, *, writable: bool, create: bool, deadline: float) -> None:
        with self._move():
            if not (create or self.path.exists()):
                raise StoreMissing(self.path)
            try:
                turn = self._gate.enter(exclusive=writable, deadline=deadline)
            except TimeoutError:
                raise StoreBusy(self.path, self.timeout_s) from None
            except OSError as exc:
                raise StoreError(f"{self.path}: cannot lock it: {exc}") from exc
            with ExitStack() as undo:
                undo.callback(turn.leave)
                connection = self._connect(writable=writable, deadline=deadline)
                undo.pop_all()
        self._connection, self._turn, self._writable = connection, turn, writable
        self._leaving, self._is_used, self._idle_since = False, False, time.monotonic()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, args=(self._closed,), name="store-lease", daemon=True)
        self._watcher.start()

    def _connect(self, *, writable: bool, deadline: float) -> Cursor:
        """The engine with the file. Programs that do not know the gate may have it open: wait for them too."""
        engine = self._engine = self._engine or engines.take()
        attach = f"ATTACH {_quoted(self.path)} AS {_ALIAS} ({'READ_WRITE' if writable else 'READ_ONLY'})"
        with ExitStack() as undo:
            undo.callback(self._drop_engine)
            while True:
                try:
                    engine.execute(attach)
                except duckdb.Error as exc:
                    if not any(words in str(exc) for words in _IN_USE):
                        why = f"cannot be opened: {first_line(exc)}; if it is damaged, put a backup in its place"
                        raise StoreError(f"{self.path}: {why}") from exc
                    if time.monotonic() >= deadline:
                        raise StoreBusy(self.path, self.timeout_s) from exc
                    time.sleep(_RETRY_S)
                else:
                    break
            engine.execute(f"USE {_ALIAS}")
            self._on_open(engine)
            undo.pop_all()
        return engine

    def _close(self) -> None:
        connection, turn = self._connection, self._turn
        assert connection is not None
        assert turn is not None
        self._connection = self._turn = None
        self._closed.set()
        with self._move():
            try:
                if self._is_broken:
                    self._drop_engine()
                else:
                    connection.execute("USE memory")
                    connection.execute(f"DETACH {_ALIAS}")
            except duckdb.Error as exc:  # what was committed is in the log beside the file
                log.warning("%s: closing: %s", self.path, exc)
                self._drop_engine()
            finally:
                turn.leave()
        self._leaving = False

    def _drop_engine(self) -> None:
        if self._engine is not None:
            engines.shut(self._engine)
        self._engine, self._is_broken = None, False

    def _watch(self, closed: threading.Event) -> None:
        """In a thread as long-lived as the connection: close it when it is idle or another process waits."""
        while not closed.wait(_LOOK_S):
            with self.changed:
                if closed.is_set():
                    return
                is_free = not self._users and not self._moving
                idle_s = time.monotonic() - self._idle_since
                if is_free and (idle_s >= self._lease_s or self._leaving or self._gate.is_contended()):
                    self._close()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
