"""Commands, waits, and the daemons that a bed has started and may end.

A daemon is known by pid, start time and boot id, so that a pid that was used again is never taken for ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from .layout import ROOT

__all__ = [
    "BedError",
    "alive",
    "boot_id",
    "died",
    "port_open",
    "record",
    "recorded",
    "run",
    "say",
    "stop",
    "wait_for",
    "write",
]


class BedError(Exception):
    """The bed cannot do what it was told; the text says why, with the end of the logs."""


def say(*words: object) -> None:
    """Tell the person at the terminal."""
    print(*words, flush=True)


def died(what: str, *, logs: Iterable[Path] = ()) -> BedError:
    """An error with the last lines of the logs that may explain it."""
    parts = [what]
    for log in logs:
        with contextlib.suppress(OSError):
            parts += [f"--- last lines of {log}", *log.read_text(errors="replace").splitlines()[-15:]]
    return BedError("\n".join(parts))


def run(
    argv: Sequence[object],
    *,
    check: bool = True,
    timeout_s: float = 120,
    stdin: str | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a non-zero status is a BedError unless `check` is off."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout_s, cwd="/", env=env)
    if check and done.returncode:
        raise BedError(f"command failed ({done.returncode}): {shlex.join(words)}\n{done.stdout}{done.stderr}")
    return done


def wait_for(
    what: str,
    test: Callable[[], bool],
    *,
    timeout_s: float = 30,
    daemon: str = "",
    logs: Sequence[Path] = (),
    step_s: float = 0.1,
) -> None:
    """Poll `test` until it holds; give up early when `daemon` has died."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if test():
            return
        if daemon and not alive(daemon):
            raise died(f"{daemon} died while starting ({what})", logs=logs)
        time.sleep(step_s)
    raise died(f"timed out after {timeout_s:g} s waiting for {what}", logs=logs)


def port_open(port: int) -> bool:
    """Whether something on loopback accepts connections on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def write(path: Path, text: str, *, mode: int = 0o644, owner: str = "") -> None:
    """Make a file say `text`, leaving it untouched where it does already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    path.chmod(mode)
    if owner:
        shutil.chown(path, owner, owner)


def boot_id() -> str:
    """Differs after each boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _state_and_start(pid: int) -> tuple[str, str]:
    """State letter and start time in clock ticks; two empty texts where the process is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]


def _record_file(name: str) -> Path:
    return ROOT / "pids" / f"{name}.json"


def record(name: str, pid: int, *, outer: int | None = None) -> None:
    """Remember a started daemon; `outer` is the process that holds its namespaces open, where there is one."""
    entry: dict[str, Any] = {"pid": pid, "start": _state_and_start(pid)[1], "boot": boot_id()}
    if outer is not None:
        entry |= {"outer": outer, "outer_start": _state_and_start(outer)[1]}
    _record_file(name).write_text(json.dumps(entry))


def recorded(name: str) -> dict[str, Any] | None:
    """What was remembered of daemon `name` since this boot."""
    try:
        entry: dict[str, Any] = json.loads(_record_file(name).read_text())
    except (OSError, ValueError):
        return None
    return entry if entry.get("boot") == boot_id() else None


def alive(name: str) -> int | None:
    """The pid of daemon `name`, if it is the very process that was recorded."""
    entry = recorded(name)
    if not entry or not entry["start"]:
        return None
    state, start = _state_and_start(entry["pid"])
    return int(entry["pid"]) if start == entry["start"] and state != "Z" else None


def _end(name: str, pid: int, timeout_s: float) -> None:
    for number, patience_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, number)
        end = time.monotonic() + patience_s
        while alive(name) and time.monotonic() < end:
            time.sleep(0.05)
        if not alive(name):
            return
    say(f"  ! {name} (pid {pid}) would not die")


def stop(name: str, *, timeout_s: float = 8) -> bool:
    """End daemon `name`, with all that lives in its namespaces. Whether there was one."""
    pid = alive(name)
    if pid:
        _end(name, pid, timeout_s)
    entry = recorded(name)
    if entry and entry.get("outer") and _state_and_start(entry["outer"])[1] == entry["outer_start"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(entry["outer"], signal.SIGKILL)
    _record_file(name).unlink(missing_ok=True)
    return bool(pid)
