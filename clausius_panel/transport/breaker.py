"""Stops asking a host that cannot be reached, for a while that grows."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from ..errors import CircuitOpen, Unreachable

__all__ = ["Breaker"]

_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0


class Breaker:
    """One host's circuit breaker: only failures to connect open it.

    The pause doubles from 5 s to 300 s; jitter of +-20 % keeps many clusters behind one dead bastion, or many
    users of one, from returning in step. Safe to use from several threads. `clock` gives seconds that never
    go back.
    """

    def __init__(self, host: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0
        self._last_error = ""

    def check(self) -> None:
        """Raise `CircuitOpen`, which says when to come back, unless an attempt may be made now."""
        with self._lock:
            wait_s = self._closed_from - self._clock()
            if self._failures and wait_s > 0:
                raise CircuitOpen(self.host, wait_s, self._last_error)

    def failed(self, error: Unreachable) -> None:
        """Count an attempt that did not reach the host."""
        with self._lock:
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._failures, 10))
            self._failures += 1
            self._closed_from = self._clock() + min(_LONGEST_PAUSE_S, pause_s * random.uniform(0.8, 1.2))
            self._last_error = error.message

    def succeeded(self) -> None:
        """Forget all failures: the host was reached."""
        with self._lock:
            self._failures = 0
