"""Keeps paramiko from writing to a channel that it has just closed."""

from __future__ import annotations

import socket
import threading

import paramiko
from paramiko.packet import Packetizer

__all__ = ["OrderlyPacketizer"]

_CHANNEL_CLOSE = 97  # RFC 4254, 5.3


class OrderlyPacketizer(Packetizer):
    """Holds a channel's CLOSE message back while a thread still uses the channel.

    paramiko decides to send data or EOF, lets its lock go, and then sends. If the server's CLOSE comes in between
    (a command that ends before it has read its input), paramiko's answer overtakes, and OpenSSH ends the whole
    connection for a message on a channel that is gone. The server frees the number of a channel only when it has
    our CLOSE: as long as that is held back, late messages are harmless and cannot reach a successor.
    """

    def __init__(self, socket: socket.socket) -> None:
        super().__init__(socket)
        self._lock = threading.Lock()
        self._used: set[int] = set()
        self._held: dict[int, paramiko.Message] = {}

    def begin(self, remote_id: int) -> None:
        """From now on hold the CLOSE of the channel that the server knows as `remote_id`."""
        with self._lock:
            self._used.add(remote_id)

    def end(self, remote_id: int) -> None:
        """Nobody writes to the channel any more: send its CLOSE if there is one."""
        with self._lock:
            self._used.discard(remote_id)
            held = self._held.pop(remote_id, None)
        if held is not None and not self.closed:
            super().send_message(held)

    def send_message(self, data: paramiko.Message) -> None:
        """Send a message, or keep it for `end`."""
        raw = data.asbytes()
        if raw[0] == _CHANNEL_CLOSE:
            remote_id = int.from_bytes(raw[1:5], "big")
            with self._lock:
                if remote_id in self._used:
                    self._held[remote_id] = data
                    return
        super().send_message(data)
