"""One command on one channel."""

from __future__ import annotations

import contextlib
import threading
from typing import cast

import paramiko

from .packetizer import OrderlyPacketizer

__all__ = ["Exchange"]

_CHUNK = 32768  # what paramiko puts into one packet
_READ = 1 << 20


class _Arrival(threading.Event):
    """Set by either of a channel's two buffers; only the reader clears it.

    paramiko clears a buffer's event when that buffer is empty, though the other may be full.
    """

    def clear(self) -> None:
        """Leave it set."""

    def rearm(self) -> None:
        """Clear it; look into the buffers after that, so that no arrival is missed."""
        super().clear()


class Exchange:
    """Starts a command, writes its input and reads both outputs at the same time, so that neither side dead-locks.

    Everything that may block without a time limit in paramiko (the reply to exec, a write to a stuck connection)
    happens in threads of its own; the caller waits for `done` as long as it likes and then closes the channel,
    which ends the threads.
    """

    def __init__(self, channel: paramiko.Channel, command: str, stdin: bytes, *, max_bytes: int) -> None:
        self.channel = channel
        self.done = threading.Event()
        self.started = False  # the server took the command
        self.failure: Exception | None = None
        self.overflowed = False
        self._command, self._stdin, self._max_bytes = command, stdin, max_bytes
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self._taken = 0
        self._feeder: threading.Thread | None = None

    def start(self) -> None:
        """Go, in a thread that ends with the command or with the channel."""
        threading.Thread(target=self._run, name="clausius-command", daemon=True).start()

    @property
    def is_clean(self) -> bool:
        """Whether all output and an exit status came."""
        return self.failure is None and bool(self.channel.eof_received) and self.channel.exit_status >= 0

    def texts(self) -> tuple[str, str]:
        """What came so far on stdout and stderr."""
        return b"".join(self._out).decode("utf-8", "replace"), b"".join(self._err).decode("utf-8", "replace")

    def _run(self) -> None:
        transport = self.channel.get_transport()
        packetizer = cast("OrderlyPacketizer", transport.packetizer)
        remote_id = self.channel.remote_chanid
        packetizer.begin(remote_id)
        try:
            arrival = _Arrival()
            self.channel.in_buffer.set_event(arrival)
            self.channel.in_stderr_buffer.set_event(arrival)
            self.channel.exec_command(self._command)
            self.started = True
            self._feed()
            self._drain(arrival)
        except (paramiko.SSHException, EOFError, OSError) as exc:
            self.failure = exc
        finally:
            self.done.set()
            if self._feeder is not None:
                self._feeder.join()  # it ends at once where the channel is closed, else with its last byte
            self._release(packetizer, remote_id)

    def _release(self, packetizer: OrderlyPacketizer, remote_id: int) -> None:
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):  # the connection is gone anyway
            packetizer.end(remote_id)

    def _feed(self) -> None:
        """Write the input: a script at once, more than a packet from another thread."""
        if len(self._stdin) <= _CHUNK:
            self._write()
        else:
            self._feeder = threading.Thread(target=self._write, name="clausius-stdin", daemon=True)
            self._feeder.start()

    def _write(self) -> None:
        try:
            for start in range(0, len(self._stdin), _CHUNK):
                self.channel.sendall(self._stdin[start : start + _CHUNK])
            self.channel.shutdown_write()
        except (paramiko.SSHException, EOFError, OSError):
            pass  # the command ended without reading the rest, or the connection broke: the reader will see which

    def _drain(self, arrival: _Arrival) -> None:
        ended = False
        while not ended and not self.overflowed:
            arrival.wait()
            arrival.rearm()
            ended = bool(self.channel.eof_received) or self.channel.closed  # before the last look
            while self.channel.recv_ready() and not self.overflowed:
                self._take(self._out, self.channel.recv(_READ))
            while self.channel.recv_stderr_ready() and not self.overflowed:
                self._take(self._err, self.channel.recv_stderr(_READ))
        if not self.overflowed:
            self.channel.status_event.wait()

    def _take(self, chunks: list[bytes], chunk: bytes) -> None:
        self._taken += len(chunk)
        if self._taken > self._max_bytes:
            self.overflowed = True
        else:
            chunks.append(chunk)
