"""Break things on purpose. Each fault names how it is undone; `up` undoes every stop."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from .process import BedError, alive, recorded, say, stop

__all__ = ["FAULTS", "inject"]

FAULTS = {
    "ctld-stop": "stop slurmctld of WHERE (squeue: Unable to contact slurm controller); undo: up",
    "ctld-freeze": "SIGSTOP slurmctld of WHERE: commands hang until MessageTimeout (10 s); undo: ctld-thaw",
    "ctld-thaw": "SIGCONT it",
    "dbd-stop": "stop slurmdbd (sacct fails, squeue works; slurmctld queues its records); undo: up",
    "dbd-freeze": "SIGSTOP slurmdbd: sacct hangs; undo: dbd-thaw",
    "dbd-thaw": "SIGCONT it",
    "munge-stop": "stop munged: every Slurm command fails at once; undo: up",
    "munge-freeze": "SIGSTOP munged: every Slurm command hangs; undo: munge-thaw",
    "munge-thaw": "SIGCONT it",
    "sshd-stop": "stop the sshd of WHERE and drop its sessions (connection refused); undo: up",
    "sshd-freeze": "SIGSTOP the sshd of WHERE: TCP connects, no banner comes, sessions live on; undo: sshd-thaw",
    "sshd-thaw": "SIGCONT it",
    "sessions-freeze": "SIGSTOP the sessions of WHERE too: a half-dead network; undo: sessions-thaw",
    "sessions-thaw": "SIGCONT them",
    "node-stop": "stop the slurmd of node WHERE and its jobs (DOWN* within some 2 minutes, NODE_FAIL); undo: up",
}
"""Name -> what it does and how to undo it."""


def _daemon(kind: str, where: str) -> str:
    names = {"ctld": f"slurmctld-{where}", "dbd": "slurmdbd", "munge": "munged", "node": f"slurmd-{where}"}
    return names.get(kind, f"sshd-{where}")


def _namespace_members(leader: int) -> list[int]:
    """All pids in the pid namespace of `leader`."""
    wanted = Path(f"/proc/{leader}/ns/pid").readlink()
    members = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "ns/pid").readlink() == wanted:
                members.append(int(process.name))
    return members


def _targets(kind: str, act: str, daemon: str, pid: int) -> list[int]:
    nested = (recorded(daemon) or {}).get("outer") is not None
    if not nested:
        return [pid]
    if kind == "sessions" or act == "thaw":
        return _namespace_members(pid)
    # pid 1 of the namespace is a shell: the daemon itself is its child
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[:1]]


def inject(fault: str, where: str) -> None:
    """Do one of FAULTS to `where`: a cluster, a login or a node."""
    if fault not in FAULTS:
        raise BedError(f"no fault {fault!r}; known are: {', '.join(FAULTS)}")
    kind, act = fault.rsplit("-", 1)
    daemon = _daemon(kind, where)
    pid = alive(daemon)
    if not pid:
        raise BedError(f"{daemon} is not running")
    if act == "stop":
        stop(daemon)
        say(f"stopped {daemon}")
        return
    pids = _targets(kind, act, daemon, pid)
    for target in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, signal.SIGSTOP if act == "freeze" else signal.SIGCONT)
    say(f"{act}: {daemon} pids {pids}")
