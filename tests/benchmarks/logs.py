"""A log of 2 GB on a cluster, against what a person would type over a warm OpenSSH ControlMaster."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clausius_panel.logs import Access, LogSource, Root, follow, page, position, search, tail
from clausius_panel.transport import connect

from .figure import Figure, median, spread, timed
from .on_bed import Recorder, bed_cluster, bed_config
from .refresh import control_master

__all__ = ["measure"]

_BYTES = 2 << 30
_ROUNDS = 15
_LINE = "[2026-01-01 00:00:00] step     50/20000 | loss 3.0708 | lr 2.9e-04 | 182883 tok/s"


def measure() -> list[Figure]:
    """The first page, the tail, a search and a look for news."""
    with _huge_log() as (source, path), control_master("alice@alpha-login") as ssh:
        here = position(tail(source, path))
        typed = _repeat(lambda: _run(ssh, f"tail -n 200 {path}"))
        ours = {
            "first page of a 2 GB log": _repeat(lambda: page(source, path)),
            "last 200 lines of a 2 GB log": _repeat(lambda: tail(source, path)),
            "news of a log that did not grow": _repeat(lambda: follow(source, [here])),
        }
        kept = _repeat(lambda: source.transport.run(f"tail -n 200 {path}", lane="data"))
        grep = [timed(lambda: _run(ssh, f"grep -c needle {path}; true")) for _ in range(3)]
        found = [timed(lambda: search(source, path, "needle", max_seconds=120)) for _ in range(3)]
    how = f"a bare tail on our connection: {spread(kept)}"
    figures = [
        Figure(
            what=f"{what} / ssh host tail",
            value=median(samples) / median(typed),
            reach=1.5,
            how=f"{spread(samples)} against {spread(typed)}; {how}",
        )
        for what, samples in ours.items()
    ]
    figures.append(
        Figure(
            what="search of all of a 2 GB log / ssh host grep",
            value=median(found) / median(grep),
            reach=1.5,
            how=f"{spread(found)} against {spread(grep)}",
        )
    )
    return figures


@contextmanager
def _huge_log() -> Iterator[tuple[LogSource, str]]:
    path = "/home/alice/clausius-bench.log"
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory:
        cluster = bed_cluster("alpha", "alpha")
        transport = connect(cluster, bed_config(Path(directory), [cluster]))
        try:
            transport.run(f"yes '{_LINE}' | head -c {_BYTES} > {path}", timeout_s=120)
            yield LogSource(transport=Recorder(transport), access=Access.to([Root(path="/home/alice")])), path
        finally:
            transport.run(f"rm -f {path}")
            transport.close()


def _repeat(act: Callable[[], object]) -> list[float]:
    act()
    return [timed(act) for _ in range(_ROUNDS)]


def _run(ssh: list[str], command: str) -> None:
    subprocess.run([*ssh, command], capture_output=True, check=True, timeout=120)
