"""Commands over SSH: a kept connection per lane, opened when first needed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
import weakref
from dataclasses import dataclass, field, replace

from ..config import Config
from ..errors import AuthenticationRefused, CommandTimeout, InvalidInput, TransportError, Unreachable
from ..model import Cluster
from .base import Asker, Completed, Lane
from .breaker import Breaker
from .chain import open_chain
from .connection import Connection, ExecRefused, NotSent
from .route import route

__all__ = ["SSHTransport"]

_LOG = logging.getLogger(__name__)
_DETOUR_S = 300.0  # how long files go over the login node after the data host refused us


@dataclass(slots=True, eq=False)
class _Line:
    """The connection of one lane to one host, if there is one now."""

    host: str
    breaker: Breaker
    lock: threading.Lock = field(default_factory=threading.Lock)  # held while connecting: the others wait for it
    connection: Connection | None = None


class SSHTransport:
    """The contract of `Transport` over SSH. Safe to call from several threads.

    Each lane has a connection of its own, so that megabytes of files do not delay a cancel. A connection that died
    is replaced at the next command; a host that cannot be reached is left alone for 5 to 300 s (`CircuitOpen`).
    Where a person had to type a password or a second factor, all lanes to the login node share that connection.
    Connections end with `close`, with the object, or with the program.
    """

    def __init__(self, cluster: Cluster, config: Config, *, ask: Asker | None = None) -> None:
        self._cluster, self._config, self._ask = cluster, config, ask
        self._host = route(cluster, cluster.host, config)[-1].label
        login = Breaker(self._host)
        self._lines = {
            "primary": _Line(cluster.host, login),
            "background": _Line(cluster.host, login),
            "data": _Line(cluster.host, login),
        }
        if cluster.data_host:
            label = route(cluster, cluster.data_host, config)[-1].label
            self._lines["data_host"] = _Line(cluster.data_host, Breaker(label))
        self._detour, self._detour_until = "", 0.0
        self._closed = threading.Event()
        self._at_exit = weakref.finalize(self, _close_all, tuple(self._lines.values()), self._closed)

    @property
    def host(self) -> str:
        """Whom messages should name, e.g. "alice@login.example"."""
        return self._host

    def run(
        self,
        command: str,
        *,
        stdin: str = "",
        timeout_s: float = 30.0,
        lane: Lane = "primary",
        max_bytes: int = 256 * 1024 * 1024,
    ) -> Completed:
        """See `Transport.run`. `timeout_s` begins when there is a connection; connecting has its own limit."""
        if "\x00" in command:
            raise InvalidInput("command", command, "take out the NUL byte")
        raw = stdin.encode("utf-8", "surrogateescape")
        try:
            connection, detour = self._connection(lane)
            done = connection.run(command, stdin=raw, timeout_s=timeout_s, max_bytes=max_bytes)
        except NotSent:  # it had died since the last command: once more, on a new one
            connection, detour = self._connection(lane)
            done = connection.run(command, stdin=raw, timeout_s=timeout_s, max_bytes=max_bytes)
        return replace(done, detour=detour) if detour else done

    def close(self) -> None:
        """End all connections; idempotent. A later `run` raises `Unreachable`."""
        self._at_exit()

    def _connection(self, lane: Lane) -> tuple[Connection, str]:
        """The lane's connection, and why it is not the data host's where it should be."""
        detour = ""
        if lane == "data" and "data_host" in self._lines:
            if time.monotonic() < self._detour_until:
                detour = self._detour
            else:
                try:
                    return self._open(self._lines["data_host"], must_run=True), ""
                except (Unreachable, AuthenticationRefused, ExecRefused) as exc:
                    detour = self._go_round(exc)
        first = self._lines["primary"].connection
        if first is not None and first.was_asked and first.is_alive:
            return first, detour
        return self._open(self._lines[lane]), detour

    def _go_round(self, exc: TransportError) -> str:
        """Take note that files go over the login node; says why."""
        _LOG.info("files of %s go over the login node: %s", self._cluster.name, exc)
        if not isinstance(exc, Unreachable):  # there the breaker says when to try again
            self._detour, self._detour_until = str(exc), time.monotonic() + _DETOUR_S
        return str(exc)

    def _open(self, line: _Line, *, must_run: bool = False) -> Connection:
        with line.lock:
            if self._closed.is_set():
                raise Unreachable(self._host, "the transport is closed")
            if line.connection is not None and line.connection.is_alive:
                return line.connection
            line.breaker.check()
            try:
                connection = self._connect(line)
            except Unreachable as exc:
                line.breaker.failed(exc)
                raise
            line.breaker.succeeded()
            if must_run:
                _prove(connection, line.breaker.host, self._config.command_timeout_s)
            line.connection = connection
        if self._closed.is_set():  # closed while we connected: nobody else would close this one
            connection.close()
        return connection

    def _connect(self, line: _Line) -> Connection:
        hops = route(self._cluster, line.host, self._config)
        return Connection(open_chain(hops, cluster=self._cluster.name, ask=self._ask), host=hops[-1].label)


def _prove(connection: Connection, host: str, timeout_s: float) -> None:
    """Raise `ExecRefused` for a host that takes files only: some say so politely and exit like a command."""
    word = secrets.token_hex(8)
    proven = False
    try:
        answer = connection.run(f"echo {word}", stdin=b"", timeout_s=timeout_s, max_bytes=65536)
        proven = word in answer.stdout
    except CommandTimeout:
        proven = False  # no good for files either
    finally:
        if not proven:
            connection.close()
    if not proven:
        raise ExecRefused(host, "runs no commands for this user")


def _close_all(lines: tuple[_Line, ...], closed: threading.Event) -> None:
    closed.set()
    for line in lines:
        if line.connection is not None:
            line.connection.close()
