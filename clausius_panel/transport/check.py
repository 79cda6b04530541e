"""Whether this machine can use what a cluster's configuration names."""

from __future__ import annotations

import socket
from pathlib import Path

from ..config import Config
from ..errors import InvalidInput
from ..model import Cluster
from .route import route

__all__ = ["check_cluster"]


def check_cluster(cluster: Cluster, config: Config, *, resolve: bool = True) -> None:
    """Raise `InvalidInput` for a key file that cannot be read, and (with `resolve`) a host nobody knows."""
    _check_key_file(cluster.key_file)
    if cluster.kind == "local" or not resolve:
        return
    for what in ("host", "data_host"):
        if host := getattr(cluster, what):
            _check_host(what, host, route(cluster, host, config)[0].address)


def _check_host(what: str, host: str, address: str) -> None:
    """`address` is where the way to `host` begins: the host itself, or a jump host."""
    try:
        socket.getaddrinfo(address, 22, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        named = "it" if address == host else f"its first hop {address}"
        raise InvalidInput(
            what, host, f"no address was found for {named}: check the name and the network"
        ) from error


def _check_key_file(name: str) -> None:
    try:
        if name:
            path = Path(name).expanduser()
            if path.exists() and not path.is_file():  # reading a pipe or a device may never end
                raise InvalidInput("key_file", name, "name a private key: this is no regular file")
            with path.open("rb") as file:
                file.read(1)
    except (OSError, RuntimeError) as error:  # RuntimeError: no home directory of that user
        words = getattr(error, "strerror", None) or str(error)
        raise InvalidInput("key_file", name, f"name a private key that you can read ({words})") from error
