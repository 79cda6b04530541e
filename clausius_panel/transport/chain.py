"""From nothing to an authenticated connection, over every hop of a route."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from ..errors import Refused, Unreachable
from . import host_keys
from .auth import Grant, authenticate
from .base import Asker
from .packetizer import OrderlyPacketizer
from .route import Hop

__all__ = ["Chain", "Passer", "open_chain"]

_FORBIDDEN = 1  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED
_SILENCE_S = 30  # the kernel gives up a connection whose peer takes nothing for so long

Passer = Callable[[Hop, paramiko.PKey], None]
"""Looks at the key a hop shows and raises what speaks against it."""

# paramiko logs what it also raises; without a handler Python would print that on stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Chain:
    """Open connections to every hop, the last one being where commands run."""

    transports: tuple[paramiko.Transport, ...]
    grants: tuple[Grant, ...]

    @property
    def last(self) -> paramiko.Transport:
        """The connection on which commands run."""
        return self.transports[-1]

    @property
    def was_asked(self) -> bool:
        """Whether a person had to type something that cannot be repeated without them."""
        return any(grant.was_asked for grant in self.grants)

    def close(self) -> None:
        """Close every hop, the last one first; idempotent."""
        for transport in reversed(self.transports):
            transport.close()


def open_chain(hops: tuple[Hop, ...], *, cluster: str, ask: Asker | None, passer: Passer | None = None) -> Chain:
    """Connect hop by hop: reach it, check its host key, log in, and go on through it.

    `passer` replaces the check against known_hosts. Raises `Unreachable`, `HostKeyUnknown`, `HostKeyChanged`,
    `AuthenticationRefused` or `Refused`; whatever was opened until then is closed.
    """
    transports: list[paramiko.Transport] = []
    grants: list[Grant] = []
    try:
        for at, hop in enumerate(hops):
            sock = _socket(hop) if not at else _tunnel(hop, transports[-1], by=hops[at - 1].label)
            transport = _greet(hop, sock)
            transports.append(transport)
            key = transport.get_remote_server_key()
            if passer is None:
                host_keys.check(hop, key.asbytes(), cluster=cluster)
            else:
                passer(hop, key)
            grants.append(authenticate(transport, hop, cluster=cluster, ask=ask))
        chain = Chain(tuple(transports), tuple(grants))
        transports = []
    finally:
        for transport in reversed(transports):
            transport.close()
    return chain


def _greet(hop: Hop, sock: socket.socket | paramiko.Channel) -> paramiko.Transport:
    """A connection that has agreed on keys, not yet authenticated."""
    transport = paramiko.Transport(sock, packetizer_class=OrderlyPacketizer)
    transport.banner_timeout = transport.handshake_timeout = hop.connect_timeout_s
    options = transport.get_security_options()
    options.key_types = host_keys.preferred(host_keys.known_keys(hop), tuple(options.key_types))
    try:
        transport.start_client(timeout=hop.connect_timeout_s)
        _must_be_greeted(transport)
    except IncompatiblePeer as exc:
        transport.close()
        raise Refused(hop.label, f"no common way to encrypt: {exc}") from exc
    except (paramiko.SSHException, EOFError, OSError) as exc:
        transport.close()
        raise Unreachable(
            hop.label, f"no SSH server answers at {hop.address} port {hop.port}: {_why(exc)}"
        ) from exc
    return transport


def _must_be_greeted(transport: paramiko.Transport) -> None:
    """Raise where the time ran out: start_client only stops waiting."""
    if not transport.initial_kex_done:
        raise TimeoutError


def _socket(hop: Hop) -> socket.socket:
    try:
        sock = socket.create_connection((hop.address, hop.port), timeout=hop.connect_timeout_s)
    except socket.gaierror as exc:
        raise Unreachable(hop.label, f"the name {hop.address} cannot be resolved: {exc.strerror}") from exc
    except (OSError, UnicodeError) as exc:
        address = "" if hop.address == hop.alias else f"{hop.address} "  # else the label has said it
        raise Unreachable(hop.label, f"{address}port {hop.port}: {_why(exc)}") from exc
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or Nagle and delayed ACK cost 40 ms a command
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENCE_S * 1000)
    return sock


def _tunnel(hop: Hop, through: paramiko.Transport, *, by: str) -> paramiko.Channel:
    target = f"{hop.address} port {hop.port}"
    try:
        return through.open_channel(
            "direct-tcpip", (hop.address, hop.port), ("127.0.0.1", 0), timeout=hop.connect_timeout_s
        )
    except paramiko.ChannelException as exc:
        if exc.code == _FORBIDDEN:
            raise Refused(hop.label, f"the jump host {by} does not allow connections to {target}") from exc
        raise Unreachable(hop.label, f"the jump host {by} cannot reach {target}: {exc.text}") from exc
    except (paramiko.SSHException, EOFError, OSError) as exc:
        raise Unreachable(hop.label, f"the jump host {by} does not connect to {target}: {_why(exc)}") from exc


def _why(exc: BaseException) -> str:
    if isinstance(exc, paramiko.SSHException) and isinstance(exc.__context__, (OSError, EOFError)):
        return _why(exc.__context__)  # which paramiko calls an error in reading the banner
    if isinstance(exc, TimeoutError):
        return "no answer in time"
    if isinstance(exc, EOFError):
        return "it closed the connection"
    return getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
