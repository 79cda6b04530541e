"""The clock of the simulation: simulated seconds, and when they are on the wall."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Maps simulated seconds (0 at the start, negative before) to the wall clock.

    With a `speed` of 60 an hour of work takes a minute. Nothing may be reported in the future, so it is the work
    that shrinks and not the calendar: "now" on the cluster is always the real now, and every duration that a
    command prints (elapsed, limit, waiting) is the simulated one divided by `speed`. So times and durations agree.
    """

    def __init__(self, *, epoch: float, speed: float = 1.0, wall: Callable[[], float] = time.time) -> None:
        self.epoch, self.speed, self._wall = epoch, speed, wall

    def now(self) -> float:
        """Simulated seconds since the start."""
        return (self._wall() - self.epoch) * self.speed

    def wall(self, moment: float) -> float:
        """The Unix time of a simulated moment."""
        return self.epoch + moment / self.speed

    def moment(self, wall: float) -> float:
        """The simulated moment of a Unix time."""
        return (wall - self.epoch) * self.speed

    def span(self, seconds: float) -> float:
        """How many real seconds a simulated duration takes."""
        return seconds / self.speed
