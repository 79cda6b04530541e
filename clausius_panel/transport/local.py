"""Commands on this very host: for a notebook on a login node."""

from __future__ import annotations

import contextlib
import getpass
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
import weakref
from typing import IO, cast

from ..errors import CommandFailed, CommandTimeout, InvalidInput, Unreachable
from .base import Completed, Lane

__all__ = ["LocalTransport"]

_CHUNK = 65536


class LocalTransport:
    """The contract of `Transport` without SSH: `/bin/sh -c` in a session of its own.

    A command that is too slow or too talkative is ended with everything it started in its process group.
    """

    def __init__(self) -> None:
        self._host = f"{getpass.getuser()}@{socket.gethostname()}"
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._at_exit = weakref.finalize(self, _kill_all, self._running)

    @property
    def host(self) -> str:
        """Whom messages should name."""
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
        """See `Transport.run`; every lane is this host."""
        if "\x00" in command:
            raise InvalidInput("command", command, "take out the NUL byte")
        started = time.monotonic()
        process = self._start(command)
        talk = _Talk(process, stdin.encode("utf-8", "surrogateescape"), max_bytes)
        ended = False
        try:
            ended = talk.pump(started + timeout_s)
        finally:
            if not ended:
                _kill(process)
            with self._lock:
                self._running.discard(process)
            talk.close()
            process.wait()
        stdout, stderr = talk.texts()
        if talk.overflowed:
            raise CommandFailed(self._host, command, -1, f"more than {max_bytes} bytes of output", stdout)
        if not ended:
            raise CommandTimeout(self._host, command, timeout_s, stdout, stderr)
        if self._closed and process.returncode == -signal.SIGKILL:
            raise Unreachable(self._host, "the transport was closed while the command ran")
        return Completed(
            stdout=stdout,
            stderr=stderr,
            exit_status=process.returncode,
            elapsed_s=time.monotonic() - started,
        )

    def close(self) -> None:
        """End what still runs; idempotent. A later `run` raises `Unreachable`."""
        with self._lock:
            self._closed = True
            _kill_all(self._running)

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        with self._lock:  # or close() could miss a process that is just being made
            if self._closed:
                raise Unreachable(self._host, "the transport is closed")
            try:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", command],
                    stdin=pipe,
                    stdout=pipe,
                    stderr=pipe,
                    bufsize=0,
                    start_new_session=True,
                )
            except OSError as exc:
                raise Unreachable(self._host, f"no shell can be started: {exc.strerror or exc}") from exc
            self._running.add(process)
        return process


class _Talk:
    """Feeds and drains one process at the same time, so that neither side waits for ever."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, max_bytes: int) -> None:
        self.overflowed = False
        self._process, self._left, self._max_bytes = process, memoryview(stdin), max_bytes
        self._taken = 0
        self._pipes: list[IO[bytes]] = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe]
        self._chunks: dict[IO[bytes], list[bytes]] = {pipe: [] for pipe in self._pipes}
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)

    def pump(self, deadline: float) -> bool:
        """Whether the process ended by itself before `deadline` (of time.monotonic) and within its bytes."""
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes:
                writes = pipe is self._process.stdin
                selector.register(pipe, selectors.EVENT_WRITE if writes else selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                for key, _ in ready:
                    pipe = cast("IO[bytes]", key.fileobj)  # nothing else is registered
                    if self._is_finished(pipe):
                        selector.unregister(pipe)
                        pipe.close()
                if self.overflowed or (selector.get_map() and time.monotonic() >= deadline):
                    return False
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def texts(self) -> tuple[str, str]:
        """What came on stdout and stderr."""
        out, err = (b"".join(self._chunks[pipe]).decode("utf-8", "replace") for pipe in self._pipes[1:])
        return out, err

    def close(self) -> None:
        """Give the pipes back."""
        for pipe in self._pipes:
            pipe.close()

    def _is_finished(self, pipe: IO[bytes]) -> bool:
        return self._write(pipe) if pipe is self._process.stdin else self._read(pipe)

    def _write(self, pipe: IO[bytes]) -> bool:
        if self._left:
            try:
                self._left = self._left[os.write(pipe.fileno(), self._left[:_CHUNK]) :]
            except BlockingIOError:
                return False
            except BrokenPipeError:  # the command does not want the rest
                return True
        return not self._left

    def _read(self, pipe: IO[bytes]) -> bool:
        try:
            chunk = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        self._chunks[pipe].append(chunk)
        self._taken += len(chunk)
        self.overflowed = self._taken > self._max_bytes
        return not chunk


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # not yet waited for, so that the number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _kill_all(processes: set[subprocess.Popen[bytes]]) -> None:
    for process in list(processes):
        _kill(process)
