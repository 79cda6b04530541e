"""Files of a host that runs no commands, over SFTP."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import paramiko

from ..config import Config
from ..errors import CommandTimeout, Refused, Unreachable
from ..model import Cluster
from .base import Asker
from .breaker import Breaker
from .chain import Chain, open_chain
from .route import route
from .sftp_names import entries, link_target, real_path

__all__ = ["SFTPEntry", "SFTPFiles", "SFTPPiece"]

T = TypeVar("T")

_MOST_LINKS = 100  # each costs a question
_GONE = (paramiko.SSHException, EOFError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SFTPPiece:
    """Some bytes of a regular file, and what the file was when they were read."""

    real_path: str  # after all symbolic links
    size: int  # bytes
    modified_s: int  # seconds since 1970, UTC
    start: int  # where `data` begins
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SFTPEntry:
    """One name in a directory, not followed where it is a link."""

    name: str
    mode: int  # as in os.stat_result.st_mode
    size: int
    modified_s: int
    leads_to: str = ""  # of a symbolic link


class SFTPFiles:
    """Reads regular files and directories over a connection of its own. Safe to use from several threads.

    What the server says about a file arrives as `OSError` (`FileNotFoundError`, `PermissionError`, ...). Raises
    `Unreachable`, `Refused` for a host that serves no files, and `CommandTimeout` for one that is silent.
    """

    def __init__(self, cluster: Cluster, config: Config, *, ask: Asker | None = None) -> None:
        self._hops = route(cluster, cluster.data_host or cluster.host, config)
        self._cluster, self._ask = cluster.name, ask
        self._breaker = Breaker(self.host)
        self._lock = threading.Lock()
        self._chain: Chain | None = None
        self._client: paramiko.SFTPClient | None = None

    @property
    def host(self) -> str:
        """Whom messages should name."""
        return self._hops[-1].label

    def real_path(self, path: str, *, timeout_s: float = 30.0) -> str:
        """`path` after all symbolic links."""
        return self._do(lambda client: real_path(client, path), f"realpath {path}", timeout_s)

    def is_directory(self, path: str, *, timeout_s: float = 30.0) -> bool:
        """Whether `path` is a directory, or leads to one."""
        return self._do(lambda client: stat.S_ISDIR(_mode(client, path)), f"stat {path}", timeout_s)

    def is_file(self, path: str, *, timeout_s: float = 30.0) -> bool:
        """Whether `path` is a regular file, or leads to one."""
        return self._do(lambda client: stat.S_ISREG(_mode(client, path)), f"stat {path}", timeout_s)

    def read(self, path: str, *, offset: int, max_bytes: int, timeout_s: float = 30.0) -> SFTPPiece:
        """At most `max_bytes` from `offset` on; a negative offset counts from the end.

        `path` must be a real path of a regular file: opening a FIFO would wait for ever. If another file has the
        name when this one has been read, that is an `OSError`: SFTP follows a link that was just put there.
        """

        def act(client: paramiko.SFTPClient) -> SFTPPiece:
            with client.open(os.fsencode(path), "rb") as file:
                facts = file.stat()
                size = facts.st_size or 0
                start = max(0, size + offset) if offset < 0 else offset
                many = max(0, min(max_bytes, size - start))
                data = b"".join(file.readv([(start, many)])) if many else b""
            if not _is_same(facts, client.lstat(os.fsencode(path))):
                raise OSError("another file took its place while it was read")
            return SFTPPiece(real_path=path, size=size, modified_s=facts.st_mtime or 0, start=start, data=data)

        return self._do(act, f"read {path}", timeout_s)

    def entries(self, path: str, *, most: int, timeout_s: float = 30.0) -> list[SFTPEntry]:
        """At most `most` names of a directory, in no order; of the first links also what they lead to."""
        found = self._do(lambda client: entries(client, path, most=most), f"list {path}", timeout_s)
        links = [name for name, facts in found if stat.S_ISLNK(facts.st_mode or 0)][:_MOST_LINKS]
        targets = self._do(
            lambda client: {name: link_target(client, f"{path.rstrip('/')}/{name}") for name in links},
            f"readlink in {path}",
            timeout_s,
        )
        return [_entry(name, facts, targets.get(name, "")) for name, facts in found]

    def close(self) -> None:
        """End the connection; idempotent. A later call opens another."""
        with self._lock:
            self._drop()

    def _do(self, act: Callable[[paramiko.SFTPClient], T], what: str, timeout_s: float) -> T:
        with self._lock:
            client = self._opened(timeout_s)
            chain, overdue = self._chain, threading.Event()

            def give_up() -> None:  # nothing else ends a wait on a silent server
                overdue.set()
                if chain is not None:
                    chain.close()

            timer = threading.Timer(timeout_s, give_up)
            timer.start()
            try:
                return act(client)
            except _GONE as exc:
                if overdue.is_set():
                    self._drop()
                    raise CommandTimeout(self.host, what, timeout_s) from exc
                if (
                    isinstance(exc, OSError)
                    and (channel := client.get_channel()) is not None
                    and not channel.closed
                ):
                    raise  # the server's word about the file
                self._drop()
                raise Unreachable(self.host, f"the connection was lost: {exc or type(exc).__name__}") from exc
            finally:
                timer.cancel()

    def _opened(self, timeout_s: float) -> paramiko.SFTPClient:
        if self._client is not None and self._chain is not None and self._chain.last.is_active():
            return self._client
        self._drop()
        self._breaker.check()
        try:
            chain = open_chain(self._hops, cluster=self._cluster, ask=self._ask)
        except Unreachable as exc:
            self._breaker.failed(exc)
            raise
        self._breaker.succeeded()
        timer = threading.Timer(timeout_s, chain.close)
        timer.start()
        try:
            client = chain.last.open_sftp_client()
        except _GONE as exc:
            chain.close()
            raise Refused(self.host, f"serves no files over SFTP: {exc or type(exc).__name__}") from exc
        finally:
            timer.cancel()
        if client is None:
            chain.close()
            raise Refused(self.host, "serves no files over SFTP")
        self._chain, self._client = chain, client
        return client

    def _drop(self) -> None:
        if self._chain is not None:
            self._chain.close()
        self._chain = self._client = None


def _mode(client: paramiko.SFTPClient, path: str) -> int:
    return client.stat(os.fsencode(path)).st_mode or 0


def _is_same(opened: paramiko.SFTPAttributes, there: paramiko.SFTPAttributes) -> bool:
    """Whether a name may still stand for the file that was opened, which may have grown meanwhile."""
    if not stat.S_ISREG(there.st_mode or 0) or (opened.st_mode, opened.st_uid) != (there.st_mode, there.st_uid):
        return False
    return (opened.st_size or 0) <= (there.st_size or 0) and (opened.st_mtime or 0) <= (there.st_mtime or 0)


def _entry(name: str, facts: paramiko.SFTPAttributes, leads_to: str) -> SFTPEntry:
    return SFTPEntry(
        name=name,
        mode=facts.st_mode or 0,
        size=facts.st_size or 0,
        modified_s=facts.st_mtime or 0,
        leads_to=leads_to,
    )
