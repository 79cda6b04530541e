"""How a command reaches a cluster: over SSH, or on this very host.

`connect` gives a `Transport`; `scan` and `trust` deal with host keys, `login` with everything that a person types.
What needs paramiko is loaded at first use: it takes longer than reading the store.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ..config import Config
from ..model import Cluster
from .base import Asker, Completed, Lane, Transport
from .host_keys import HostKey
from .local import LocalTransport

if TYPE_CHECKING:
    from .host_scan import scan, trust
    from .interactive import login
    from .ssh import SSHTransport

__all__ = [
    "Asker",
    "Completed",
    "HostKey",
    "Lane",
    "LocalTransport",
    "SSHTransport",
    "Transport",
    "connect",
    "login",
    "scan",
    "trust",
]

_LATER = {"SSHTransport": ".ssh", "login": ".interactive", "scan": ".host_scan", "trust": ".host_scan"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name], __name__), name)


def connect(cluster: Cluster, config: Config, *, ask: Asker | None = None) -> Transport:
    """The transport to a cluster; nothing is connected before the first command.

    `ask` is for clusters that want a passphrase, a password or a second factor: it is called whenever a connection
    has to be made, from the thread that runs the command or from the connection's own. Raises `InvalidInput` where
    the cluster or ~/.ssh/config cannot be followed.
    """
    if cluster.kind == "local":
        return LocalTransport()
    from .ssh import SSHTransport

    return SSHTransport(cluster, config, ask=ask)
