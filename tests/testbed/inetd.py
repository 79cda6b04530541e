"""An inetd for sshd: hands each accepted connection to `sshd -i` inside the namespaces of a running daemon.

The accepted socket keeps the network it came from while the process lives in the namespaces it entered. That is
how the bastion (inner network) is reached from the host's loopback (`outside`), and how the login nodes (host's
network, where their Slurm is) are reached from the inner network (`inner`).
"""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from .layout import INNER_HOSTS, PORTS, ROOT, daemon_env
from .process import alive

__all__ = ["Door", "serve"]


class Door(NamedTuple):
    """Where to listen, and whose sshd answers."""

    address: tuple[str, int]
    login: str


DOORS = {
    "outside": [Door(("127.0.0.1", PORTS["bastion"]), "bastion")],
    "inner": [Door((address, 22), host.removesuffix("-int")) for host, address in INNER_HOSTS.items()],
}


def _answer(connection: socket.socket, login: str) -> None:
    pid = alive(f"sshd-{login}")
    if not pid:
        return
    enter = ["nsenter", "-t", str(pid), "-m", "-u", "-p", "-n", "-r", "--"]
    sshd = ["/usr/sbin/sshd", "-i", "-e", "-f", str(ROOT / f"ssh/sshd_{login}.conf")]
    with (ROOT / "log" / f"sshd-{login}.out").open("ab") as log:
        subprocess.Popen(
            [*enter, *sshd], stdin=connection, stdout=connection, stderr=log, cwd="/", env=daemon_env()
        )


def serve(doors: Sequence[Door]) -> NoReturn:
    """Answer for ever. Children are reaped by the kernel."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    logins = {}
    for door in doors:
        listener = socket.create_server(door.address, backlog=64)
        logins[listener] = door.login
    while True:
        for listener in select.select(list(logins), [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                _answer(connection, logins[listener])


if __name__ == "__main__":
    serve(DOORS[sys.argv[1]])
