"""Which way the files of a cluster are served, by commands or by SFTP; remembered a while."""

from __future__ import annotations

import logging
import threading
import time
from typing import Literal

from ..errors import CommandFailed, CommandTimeout, Refused, TransportError
from ..transport import Transport
from .over_sftp import ServedFiles

__all__ = ["FileHost", "Place"]

log = logging.getLogger(__name__)

Place = Literal["mount", "data host", "login node"]
"""Where a file was found."""

REMEMBERED_S = 300.0
"""How long what a host allows is taken for granted; the transport tries a data host again as often."""

DETOUR_REMEMBERED_S = 15.0
"""How long it is that the login node stands in for a data host; the transport tries one that is away that soon."""


class FileHost:
    """The files of one cluster. Safe to use from several threads.

    Some data hosts run no commands, some login nodes serve no files: what worked is remembered per cluster.
    """

    def __init__(self, transport: Transport, *, has_data_host: bool, files: ServedFiles | None = None) -> None:
        """`files` is the data host's SFTP, else the login node's; nothing is connected before it is needed."""
        self._transport, self._has_data_host, self._files = transport, has_data_host, files
        self._place: tuple[float, Place] | None = None
        self._no_files_until = self._no_commands_until = 0.0
        self._lock = threading.Lock()

    def place(self) -> Place:
        """Which host answers scripts about files. Raises `TransportError`."""
        if not self._has_data_host:
            return "login node"
        with self._lock:
            if self._place is None or time.monotonic() >= self._place[0]:
                place, seconds = self._asked()
                self._place = (time.monotonic() + seconds, place)
            return self._place[1]

    @property
    def runs_commands(self) -> bool:
        """False for a while after a host refused them and there are files to fall back on."""
        return self._files is None or time.monotonic() >= self._no_commands_until

    def refused_commands(self, error: TransportError) -> bool:
        """Take note of a failure; whether SFTP should be tried instead."""
        runs_none = isinstance(error, Refused) or (isinstance(error, CommandFailed) and error.command == "sh -s")
        if self.files() is None or not runs_none:
            return False
        self._no_commands_until = time.monotonic() + REMEMBERED_S
        log.info("files of %s are read over SFTP: %s", self._transport.host, error)
        return True

    def files(self) -> ServedFiles | None:
        """The way over SFTP; None while it is known not to work."""
        return self._files if time.monotonic() >= self._no_files_until else None

    def files_beside(self) -> ServedFiles | None:
        """The same where it may have what the scripts do not see: the data host that runs none."""
        if not self._has_data_host or self.files() is None:
            return None
        return self._files if self.place() == "login node" else None

    def refused_files(self, error: TransportError) -> None:
        """Take note that SFTP failed."""
        if isinstance(error, Refused):
            self._no_files_until = time.monotonic() + REMEMBERED_S
        log.info("no files of %s over SFTP: %s", self._transport.host, error)

    def _asked(self) -> tuple[Place, float]:
        """Which host answers scripts about files, and for how many seconds that may be taken for granted."""
        try:
            there = self._transport.run("uname -n", lane="data", timeout_s=15.0)
            if there.detour:
                return "login node", DETOUR_REMEMBERED_S
            here = self._transport.run("uname -n", lane="primary", timeout_s=15.0)
        except (CommandFailed, CommandTimeout, Refused):
            return "login node", REMEMBERED_S
        is_one = there.stdout.split()[-1:] == here.stdout.split()[-1:]
        return "login node" if is_one else "data host", REMEMBERED_S
