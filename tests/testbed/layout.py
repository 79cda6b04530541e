"""Where a bed lives and what it is called: directory, ports, users, names.

`STB_DIR` names the directory. `STB_PORT_OFFSET` shifts every port, so that two beds can stand side by side; the
first `up` notes it in the directory, so that later commands need `STB_DIR` alone.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = [
    "BASTION_NET",
    "CHECKOUT",
    "HERE",
    "INNER_HOSTS",
    "LOGINS",
    "OFFSET",
    "PORTS",
    "ROOT",
    "SYSTEM_PATH",
    "USERS",
    "daemon_env",
]

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
ROOT = Path(os.environ.get("STB_DIR", "/tmp/slurm-testbed"))


def _offset() -> int:
    noted = ROOT / "port_offset"
    return int(os.environ.get("STB_PORT_OFFSET") or (noted.read_text() if noted.exists() else 0))


OFFSET = _offset()
LOGINS = ("alpha", "beta", "data", "bastion")
"""The four machines with an sshd; alpha and beta are the login nodes of their clusters."""

PORTS = {
    "bastion": 2200 + OFFSET,
    "alpha": 2201 + OFFSET,
    "beta": 2202 + OFFSET,
    "data": 2203 + OFFSET,
    "mariadb": 26806 + OFFSET,
    "slurmdbd": 26819 + OFFSET,
}
USERS = {"alice": 26001, "bob": 26002, "carol": 26003, "dave": 26004}
BASTION_NET = "stb-inner" + (f"-{OFFSET}" if OFFSET else "")
"""The network namespace that holds the inner network."""

INNER_HOSTS = {"alpha-int": "127.77.0.11", "beta-int": "127.77.0.12", "data-int": "127.77.0.13"}
"""Login nodes as the bastion sees them, and only the bastion. Loopback addresses of a network namespace of its
own, so that a client that skips the bastion is refused here and sends nothing to a real network."""

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def daemon_env(**extra: str) -> dict[str, str]:
    """A small environment for daemons: nothing of the caller's shell leaks into jobs."""
    keep = {key: os.environ[key] for key in ("LANG", "TZ") if key in os.environ}
    return {
        "PATH": SYSTEM_PATH,
        "HOME": "/root",
        "STB_DIR": str(ROOT),
        "STB_PORT_OFFSET": str(OFFSET),
        **keep,
        **extra,
    }
