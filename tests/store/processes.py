"""Using a store from this process and from others."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from clausius_panel.store import Store

__all__ = ["ADD", "Spawn", "add_row", "count_rows", "finished", "heard", "wait_until"]

ADD = "INSERT INTO audit VALUES (now()::TIMESTAMP, 'test', ?, '', '', '', '')"

Spawn = Callable[[str], subprocess.Popen[str]]


def add_row(store: Store, action: str = "x") -> None:
    """Write something."""
    with store.write() as cur:
        cur.execute(ADD, [action])


def count_rows(store: Store) -> int:
    """How often `add_row` came through."""
    with store.read() as cur:
        [(count,)] = cur.execute("SELECT count(*) FROM audit").fetchall()
    return int(count)


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    """Return as soon as it holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def heard(process: subprocess.Popen[str], word: str) -> None:
    """Wait for a line of another process."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line != word:
        process.kill()
        raise AssertionError(f"said {line!r} instead of {word!r}: {process.communicate()[1]}")


def finished(process: subprocess.Popen[str], *, timeout_s: float = 60.0) -> str:
    """What a process said to its end; fails if that was a bad one or if it complained."""
    out, err = process.communicate(timeout=timeout_s)
    assert (process.returncode, err) == (0, "")
    return out.strip()
