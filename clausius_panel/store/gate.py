"""A shared or exclusive turn at one file among processes, by lock files beside it.

Whoever wants in first takes the turnstile, then the gate, then leaves the turnstile. While somebody waits for the
gate it holds the turnstile, so nobody overtakes a waiting writer and those inside see that they should come out.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import IO

import portalocker

__all__ = ["Gate", "Turn", "private"]

_PAUSE_S = (0.001, 0.01)  # between two tries: at first, at most
_TRY = portalocker.LockFlags.NON_BLOCKING


class Turn:
    """One hold of the gate. The kernel ends it when the process dies."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def leave(self) -> None:
        """Let others in; idempotent."""
        if not self._file.closed:
            portalocker.unlock(self._file)  # not only close: a forked child may hold the same open file
            self._file.close()

    def forget(self) -> None:
        """In a forked child: close our copy of the file and leave the parent's lock alone."""
        self._file.close()


class Gate:
    """The lock files PATH.gate and PATH.turn. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._gate = path.with_name(path.name + ".gate")
        self._turnstile = path.with_name(path.name + ".turn")

    def enter(self, *, exclusive: bool, deadline: float) -> Turn:
        """Wait until `deadline` (of time.monotonic) for a turn. Raises `TimeoutError`, `OSError`."""
        how = portalocker.LockFlags.EXCLUSIVE if exclusive else portalocker.LockFlags.SHARED
        turnstile = _locked(self._turnstile, portalocker.LockFlags.EXCLUSIVE, deadline)
        try:
            return Turn(_locked(self._gate, how, deadline))
        finally:
            Turn(turnstile).leave()

    def is_contended(self) -> bool:
        """Whether somebody waits for the gate, or passes the turnstile at this very moment."""
        try:
            file = _opened(self._turnstile)
        except OSError:  # the directory is gone: nobody can wait there
            return False
        with file:
            try:
                # shared: two processes that look at the same time do not see each other
                portalocker.lock(file, portalocker.LockFlags.SHARED | _TRY)
            except portalocker.LockException:
                return True
            portalocker.unlock(file)
            return False


def private(path: str, flags: int) -> int:
    """An opener whose new files are for their owner only: who may read a file may lock it, and so stop us."""
    return os.open(path, flags, 0o600)


def _opened(path: Path) -> IO[bytes]:
    return open(path, "ab", opener=private)


def _locked(path: Path, how: portalocker.LockFlags, deadline: float) -> IO[bytes]:
    """The file at `path`, open and locked."""
    file = _opened(path)
    pause, longest = _PAUSE_S
    while True:
        try:
            portalocker.lock(file, how | _TRY)
        except portalocker.LockException:
            if time.monotonic() >= deadline:
                file.close()
                raise TimeoutError(path) from None
        else:
            return file
        time.sleep(pause)
        pause = min(longest, pause * 2)
