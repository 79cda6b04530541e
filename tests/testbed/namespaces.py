"""Machines that are only namespaces: each daemon that runs people's code has its own hostname, /home and /mnt.

Where the kernel allows none (or with STB_NO_NS=1) all runs plainly: one hostname, one /home, no hidden network.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from .clusters import CLUSTERS, view_of
from .layout import LOGINS, ROOT, daemon_env
from .process import BedError, alive, died, record, run

__all__ = [
    "as_user",
    "daemon_of",
    "enter_argv",
    "have_namespaces",
    "inside",
    "launch",
    "place_env",
    "slurm_conf_inside",
]

_UNSHARE = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")


def have_namespaces() -> bool:
    """Whether mount, uts and pid namespaces can be made here; tried once a boot."""
    mark = ROOT / "have_ns"
    if not mark.exists():
        works = (
            os.environ.get("STB_NO_NS") != "1"
            and not run([*_UNSHARE, "sh", "-c", "hostname x && mount --bind /mnt /home"], check=False).returncode
        )
        mark.write_text("1" if works else "0")
    return mark.read_text() == "1"


def as_user(user: str) -> list[str]:
    """Command prefix that becomes `user`."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]


def launch(
    name: str,
    argv: Sequence[object],
    *,
    view: str = "",
    hostname: str = "",
    user: str = "",
    env: dict[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> None:
    """Start daemon `name` unless it runs, in the namespaces of `view` where one is given."""
    if alive(name):
        return
    words = [*(as_user(user) if user else ()), *map(str, argv)]
    nested = bool(view) and have_namespaces()
    if nested:
        words = [*_UNSHARE, "bash", str(ROOT / "lib/enter.sh"), str(ROOT), hostname or view, view, *words]
    words = [*prefix, *words]
    with (ROOT / "log" / f"{name}.out").open("ab") as out:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
            env=daemon_env(**(env or {})),
        )
    if not nested:
        record(name, process.pid)
        return
    inner = _first_child(process)
    if inner is None:
        raise died(f"{name} did not start: {shlex.join(words)}", logs=[ROOT / "log" / f"{name}.out"])
    record(name, inner, outer=process.pid)


def _first_child(process: subprocess.Popen[bytes]) -> int | None:
    """The pid that `unshare --fork` forked: pid 1 of the new namespace."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + 5
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            if found := children.read_text().split():
                return int(found[0])
        time.sleep(0.01)
    return None


def enter_argv(name: str) -> list[str]:
    """Command prefix that enters the namespaces of the running daemon `name`."""
    pid = alive(name)
    if not pid:
        raise BedError(f"{name} is not running")
    return ["nsenter", "-t", str(pid), "-m", "-u", "-p", "-n", "-r", "--"] if have_namespaces() else []


def daemon_of(place: str) -> str:
    """The daemon whose namespaces stand for a place: the sshd of a login node, the slurmd of a node."""
    return f"sshd-{place}" if place in LOGINS else f"slurmd-{place}"


def slurm_conf_inside(cluster: str) -> str:
    """The path of slurm.conf as a machine of `cluster` sees it."""
    return "/etc/slurm/slurm.conf" if have_namespaces() else str(ROOT / cluster / "etc/slurm.conf")


def place_env(place: str, **extra: str) -> dict[str, str]:
    """The environment of a command at `place`: with its cluster's SLURM_CONF."""
    view = view_of(place)
    return daemon_env(**({"SLURM_CONF": slurm_conf_inside(view)} if view in CLUSTERS else {}), **extra)


def inside(
    place: str,
    argv: Sequence[object],
    *,
    user: str = "",
    check: bool = True,
    stdin: str | None = None,
    timeout_s: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a command at `place`, as `user` in that home where one is given."""
    prefix = enter_argv(daemon_of(place))
    if user:
        who = [f"HOME=/home/{user}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/bash"]
        prefix += [*as_user(user), "env", *who, "sh", "-c", f'cd /home/{user} && exec "$@"', "sh"]
    return run([*prefix, *argv], check=check, env=place_env(place), stdin=stdin, timeout_s=timeout_s)
