"""Whether this machine can use what a cluster's configuration names."""

from __future__ import annotations

import socket
from pathlib import Path

from ..config import Config
from ..errors import InvalidInput
from ..model import Cluster
from .public_keys import is_public_key
from .route import route

__all__ = ["check_cluster"]


def check_cluster(cluster: Cluster, config: Config, *, resolve: bool = True) -> None:
    """Raise `InvalidInput` for what cannot be used: a key file without a key, a way there that no one can go.

    With `resolve` also for a host nobody knows.
    """
    _check_key_file(cluster.key_file)
    if cluster.slurm_path and not cluster.slurm_path.startswith("/"):
        raise InvalidInput("slurm_path", cluster.slurm_path, "use a directory from / on, such as /opt/slurm/bin")
    if cluster.kind == "local":
        return
    for what in ("host", "data_host"):
        if host := getattr(cluster, what):
            first = route(cluster, host, config)[0].address
            if resolve:
                _check_host(what, host, first)


def _check_host(what: str, host: str, address: str) -> None:
    """`address` is where the way to `host` begins: the host itself, or a jump host."""
    try:
        socket.getaddrinfo(address, 22, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        named = "it" if address == host else f"{address!r}, to which its way leads first"
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
                begin = file.read(4096)
            if b"PRIVATE KEY-----" not in begin and not is_public_key(
                path
            ):  # an agent may hold that one's other half
                raise InvalidInput("key_file", name, "name a private key: this file holds none")
    except (OSError, RuntimeError) as error:  # RuntimeError: no home directory of that user
        words = getattr(error, "strerror", None) or str(error)
        raise InvalidInput("key_file", name, f"name a private key that you can read ({words})") from error
