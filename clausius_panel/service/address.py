"""Addresses to listen at."""

from __future__ import annotations

import errno
import socket

from ..errors import InvalidInput

__all__ = ["PAGE_PORT", "cannot_listen", "free_port", "listen", "own_names", "refuse_taken"]

PAGE_PORT = "--port or port in clausius.toml"
"""Where the port of the page is chosen."""

LOOPBACK = ("127.0.0.1", "localhost")


def own_names(host: str) -> tuple[str, ...]:
    """The host names under which a server that listens at `host` may be called; the first is for people.

    Raises `InvalidInput` for IPv6, which Panel's check of origins does not know.
    """
    if ":" in host or not host:
        raise InvalidInput("--host", host, "use a name or an IPv4 address")
    if host in LOOPBACK:
        return (host, *(name for name in LOOPBACK if name != host))
    machine = (socket.gethostname(), socket.getfqdn())
    return tuple(dict.fromkeys([*(machine if host == "0.0.0.0" else (host, *machine)), *LOOPBACK]))


def listen(host: str, port: int, option: str) -> socket.socket:
    """A socket that listens. Raises `InvalidInput`, naming `option`, where the address cannot be had."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise cannot_listen(host, port, option, error) from error
    return listener


def free_port(host: str, option: str) -> int:
    """A port that nobody had a moment ago. Raises `InvalidInput` as `listen`."""
    with listen(host, 0, option) as listener:
        return int(listener.getsockname()[1])


def refuse_taken(host: str, port: int, option: str) -> None:
    """Raise `InvalidInput` as `listen` where the address cannot be had; of port 0 only the host is tried."""
    listen(host, port, option).close()


def cannot_listen(host: str, port: int, option: str, error: OSError) -> InvalidInput:
    """What to say when an address cannot be had."""
    why = (error.strerror or str(error)).lower()
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return InvalidInput("--host", host, f"{why}; use an address of this machine, such as 127.0.0.1")
    return InvalidInput("address", f"{host}:{port}", f"{why}; choose another with {option}")
