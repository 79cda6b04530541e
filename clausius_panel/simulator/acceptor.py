"""A thread that accepts connections until it is told to stop."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable

__all__ = ["Acceptor"]


class Acceptor:
    """Accepts on `listener` in a thread of its own and hands each connection to `handle`, which must not block."""

    def __init__(self, name: str, listener: socket.socket, handle: Callable[[socket.socket], None]) -> None:
        self._listener, self._handle = listener, handle
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting and close the listener; idempotent."""
        self._waker.close()
        self._thread.join()

    def _run(self) -> None:
        with self._wake, self._listener, selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._wake in ready:
                    return
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    continue  # the client had gone again
                self._handle(connection)
