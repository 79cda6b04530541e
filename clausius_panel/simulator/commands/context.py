"""What a command knows when it answers: the cluster, the clock, who asks, and with which environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..catalogue import USERS
from ..clock import Clock
from ..simulation import Simulation

__all__ = ["Answer", "Command", "Context", "uid_of", "user_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command leaves behind."""

    stdout: str = ""
    stderr: str = ""
    exit_status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One invocation. The simulation stands at the moment of the call and is locked for it."""

    sim: Simulation
    clock: Clock
    env: Mapping[str, str]
    stdin: str = ""
    user: str = "demo"
    noconvert: bool = False

    @property
    def uid(self) -> int:
        """The caller's user id."""
        return USERS[self.user]

    def seconds(self, simulated: float) -> int:
        """A simulated duration in the whole seconds that are reported."""
        return round(self.clock.span(simulated))

    def time(self, moment: float | None, unknown: str = "N/A") -> str:
        """A moment as SLURM_TIME_FORMAT and TZ ask for."""
        if moment is None:
            return unknown
        wall = int(self.clock.wall(moment))
        style = self.env.get("SLURM_TIME_FORMAT", "standard")
        if style == "relative":
            at = datetime.fromtimestamp(wall, self.zone())
            today = datetime.fromtimestamp(self.clock.wall(self.sim.now), self.zone()).date()
            return at.strftime("%H:%M:%S" if at.date() == today else "%d %b %H:%M")
        return _stamp(wall, "%Y-%m-%dT%H:%M:%S" if style in ("", "standard") else style, self.env.get("TZ", ""))

    def date(self) -> str:
        """Now, as the long forms of squeue and sinfo begin."""
        return datetime.fromtimestamp(self.clock.wall(self.sim.now), self.zone()).strftime("%a %b %d %H:%M:%S %Y")

    def zone(self) -> tzinfo | None:
        """The time zone of TZ; None is the machine's own."""
        return _zone(self.env.get("TZ", ""))


@lru_cache
def _zone(name: str) -> tzinfo | None:
    if name and re.fullmatch(r"(UTC|GMT|UCT)?0?", name):
        return UTC
    try:
        return ZoneInfo(name.lstrip(":")) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return UTC  # as glibc does with a zone that it does not know


@lru_cache(maxsize=65536)  # the times of thousands of jobs are asked for again and again
def _stamp(wall: int, style: str, zone: str) -> str:
    return str(wall) if style == "%s" else datetime.fromtimestamp(wall, _zone(zone)).strftime(style)


Command = Callable[[list[str], Context], Answer]
"""A command: arguments without its name, and the context."""


def uid_of(name: str) -> int | None:
    """The uid of a login name or of a number in words; None if there is no such user."""
    if name in USERS:
        return USERS[name]
    return int(name) if name.isdecimal() and int(name) in USERS.values() else None


def user_of(uid: int | None) -> str:
    """The login name of a uid."""
    return next((name for name, own in USERS.items() if own == uid), str(uid))
