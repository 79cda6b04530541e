"""The figures we promise, measured here and now:  python -m tests.benchmarks [name...]

Names are those of the modules beside this one; without any, all of them. Ratios come from one run on
one machine. The exit status is 1 when a figure misses its reach, 2 for an unknown name.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import textwrap

from .figure import Figure, Unmeasured

__all__ = ["main"]

BENCHMARKS = (
    "refresh",
    "fleet",
    "merge",
    "commands",
    "paint",
    "cli",
    "store",
    "logs",
    "follow",
    "runs",
    "history",
    "ingest",
    "update",
    "usage",
)


def _show(figure: Figure) -> None:
    reach = "-" if figure.reach is None else f"<= {figure.reach:g}"
    met = "" if figure.reach is None else "met" if figure.is_met else "MISSED"
    print(f"{met:<7} {figure.value:>7.{figure.digits}f}  {reach:<8} {figure.what}")
    print(textwrap.fill(figure.how, 110, initial_indent=" " * 27, subsequent_indent=" " * 27), flush=True)


def main(names: list[str]) -> int:
    """Measure and print; the exit status."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before the first\n")
    print(f"{'':<7} {'here':>7}  {'reach':<8} what")
    missed = False
    for name in names or BENCHMARKS:
        try:
            figures = importlib.import_module(f".{name}", __package__).measure()
        except Unmeasured as exc:
            print(f"{'skipped':<7} {'':>7}  {'':<8} {name}: {exc}", flush=True)
            continue
        for figure in figures:
            _show(figure)
            missed |= not figure.is_met
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
