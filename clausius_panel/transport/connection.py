"""One kept connection to one host, on which several commands run at once."""

from __future__ import annotations

import contextlib
import threading
import time

import paramiko

from ..errors import CommandFailed, CommandTimeout, Refused, Unreachable
from .base import Completed
from .chain import Chain
from .exchange import Exchange

__all__ = ["Connection", "ExecRefused", "NotSent"]

_MOST_CHANNELS = 4  # MaxSessions is 10 by default, and channels that were just closed still count
_HEARTBEAT_S = 5.0  # an idle connection that opens no channel in this time is dead
_BUSY_HEARTBEAT_S = 20.0  # on a busy one the answer may queue behind megabytes
_FULL_S = 10.0  # how long a server may refuse further channels
_PAUSES_S = (0.02, 0.5)  # between two attempts to open one: first, longest
_WIND_UP_S = 2.0  # how long closing a channel may take


class NotSent(Unreachable):
    """The connection was dead before the command was sent: a new connection may run it."""


class ExecRefused(Refused):
    """The host lets us in and runs no commands."""


class Connection:
    """Runs commands over an open chain. Safe to use from several threads; at most four commands run at once."""

    def __init__(self, chain: Chain, *, host: str) -> None:
        self._chain, self._host = chain, host
        self._slots = threading.BoundedSemaphore(_MOST_CHANNELS)
        self._count = threading.Lock()
        self._busy = 0
        self._closed = threading.Event()

    @property
    def is_alive(self) -> bool:
        """Whether the connection looks usable; a frozen peer shows only when a channel is opened."""
        return not self._closed.is_set() and all(each.is_active() for each in self._chain.transports)

    @property
    def was_asked(self) -> bool:
        """Whether a person had to type something to open it."""
        return self._chain.was_asked

    def close(self) -> None:
        """End the connection and what runs on it; idempotent."""
        self._closed.set()
        self._chain.close()

    def run(self, command: str, *, stdin: bytes, timeout_s: float, max_bytes: int) -> Completed:
        """See `Transport.run`. Raises `NotSent` where the command was not even sent."""
        started = time.monotonic()
        deadline = started + timeout_s
        if not self._slots.acquire(timeout=timeout_s):
            raise CommandTimeout(self._host, command, timeout_s)
        with self._count:
            self._busy += 1
        try:
            exchange = Exchange(self._channel(deadline), command, stdin, max_bytes=max_bytes)
            ended = self._converse(exchange, deadline)
        finally:
            with self._count:
                self._busy -= 1
            self._slots.release()
        stdout, stderr = exchange.texts()
        if exchange.overflowed:
            raise CommandFailed(self._host, command, -1, f"more than {max_bytes} bytes of output", stdout)
        if not ended:
            raise CommandTimeout(self._host, command, timeout_s, stdout, stderr)
        if not exchange.is_clean:
            self._explain(exchange, command)
        return Completed(
            stdout=stdout,
            stderr=stderr,
            exit_status=exchange.channel.exit_status,
            elapsed_s=time.monotonic() - started,
        )

    def _channel(self, deadline: float) -> paramiko.Channel:
        """A session channel. Opening one is the heartbeat: is_active() stays true for a frozen peer."""
        pause_s, longest_s = _PAUSES_S
        give_up = min(deadline, time.monotonic() + _FULL_S)
        while True:
            try:
                return self._chain.last.open_session(
                    timeout=_HEARTBEAT_S if self._busy == 1 else _BUSY_HEARTBEAT_S
                )
            except paramiko.ChannelException as exc:
                if time.monotonic() + pause_s > give_up:
                    raise ExecRefused(self._host, f"opens no further session: {exc.text}") from exc
                self._closed.wait(pause_s)
                pause_s = min(longest_s, pause_s * 2)
            except (paramiko.SSHException, EOFError, OSError) as exc:
                self.close()
                raise NotSent(self._host, f"the connection is dead: {exc or type(exc).__name__}") from exc

    def _converse(self, exchange: Exchange, deadline: float) -> bool:
        """Whether the command ended, one way or another, before `deadline`; its channel is closed then."""
        ended = False
        exchange.start()
        try:
            ended = exchange.done.wait(max(0.0, deadline - time.monotonic()))
        finally:
            self._hang_up(exchange, calmly=ended and exchange.is_clean)
        return ended

    def _hang_up(self, exchange: Exchange, *, calmly: bool) -> None:
        """Close the channel; where even that hangs, the connection is stuck and goes as a whole."""
        if calmly:
            _close(exchange.channel)
            return
        closer = threading.Thread(target=_close, args=(exchange.channel,), name="clausius-close", daemon=True)
        closer.start()
        closer.join(_WIND_UP_S)
        if closer.is_alive() or not exchange.done.wait(_WIND_UP_S):
            self.close()
            exchange.done.wait(_WIND_UP_S)

    def _explain(self, exchange: Exchange, command: str) -> None:
        """Raise what is wrong with an exchange that ended without all output and an exit status.

        A command that a signal ended has no exit status either; that is no failure of ours.
        """
        if self._closed.is_set() or not self._answers():
            raise Unreachable(self._host, f"the connection was lost while this ran: {command}")
        if not exchange.started:
            raise ExecRefused(self._host, "runs no commands for this user")

    def _answers(self) -> bool:
        try:
            self._chain.last.open_session(timeout=_HEARTBEAT_S).close()
        except paramiko.ChannelException:
            return True  # full, but there
        except (paramiko.SSHException, EOFError, OSError):
            self.close()
            return False
        return True


def _close(channel: paramiko.Channel) -> None:
    with contextlib.suppress(paramiko.SSHException, EOFError, OSError):  # the connection is gone
        channel.close()
