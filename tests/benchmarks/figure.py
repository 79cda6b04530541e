"""A figure we promise: its value here and now, its reach, and how it was come by."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Figure", "Unmeasured", "median", "p95", "peak_mb", "spread", "timed"]


class Unmeasured(Exception):
    """Why a figure cannot be measured on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the table. It is met when `value` is at most `reach`; without a reach it is only reported."""

    what: str
    value: float
    reach: float | None
    how: str  # the medians with their spread, and what stood in for what
    digits: int = 2

    @property
    def is_met(self) -> bool:
        return self.reach is None or round(self.value, self.digits) <= self.reach


def timed(act: Callable[[], object]) -> float:
    """Seconds of wall time."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has had at once. (getrusage begins with that of whoever started it.)"""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def median(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def p95(samples: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.95))]


def spread(samples: Sequence[float]) -> str:
    """Median and range in milliseconds.

    >>> spread([0.010, 0.012, 0.020])
    '12 ms (10-20, n=3)'
    """
    low, mid, high = (f"{1000 * each:.0f}" for each in (min(samples), median(samples), max(samples)))
    return f"{mid} ms ({low}-{high}, n={len(samples)})"
