"""What holds a file open must not cross a fork, and must be closed at exit."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from abc import ABC, abstractmethod

__all__ = ["Forkable"]

_WAIT_S = 2.0  # how long a fork waits for other threads to finish what they are at


class Forkable(ABC):
    """Something with a lock `changed` that is closed before this process forks, and at exit.

    A forked child has none of the threads that DuckDB runs, so a connection must not be carried over. If one was
    in use all the same, the child's `is_orphan` is True and it must refuse to work.
    """

    changed: threading.Condition
    is_orphan = False

    def __init__(self) -> None:
        self.reset()
        self._settled = True
        _ALL.add(self)

    @abstractmethod
    def reset(self) -> None:
        """Go to the state of a process that has nothing open; makes a new lock."""

    @abstractmethod
    def settle(self, wait_s: float) -> bool:
        """Close, with the lock held; False if that was not possible within `wait_s` seconds."""

    @abstractmethod
    def disown(self) -> None:
        """In the child, after a fork that `settle` could not prepare: forget what belongs to the parent."""

    @abstractmethod
    def close(self) -> None:
        """Close now."""

    def _before_fork(self) -> None:
        self.changed.acquire()
        self._settled = self.settle(_WAIT_S)

    def _after_fork_in_parent(self) -> None:
        self.changed.release()

    def _after_fork_in_child(self) -> None:
        self.reset()
        if not self._settled:
            self.is_orphan = True
            self.disown()


_ALL: weakref.WeakSet[Forkable] = weakref.WeakSet()
_forking: list[Forkable] = []
_fork_lock = threading.RLock()  # two threads may fork at once


def _before() -> None:
    _fork_lock.acquire()
    _forking[:] = _ALL
    for one in _forking:
        one._before_fork()


def _in_parent() -> None:
    for one in reversed(_forking):
        one._after_fork_in_parent()
    _forking.clear()
    _fork_lock.release()


def _in_child() -> None:
    for one in _forking:
        one._after_fork_in_child()
    _forking.clear()
    _fork_lock.release()


@atexit.register
def _at_exit() -> None:
    for one in list(_ALL):
        one.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
