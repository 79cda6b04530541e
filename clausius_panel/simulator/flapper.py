"""Lets a server come and go."""

from __future__ import annotations

import threading

from .server import SshServer

__all__ = ["Flapper"]


class Flapper:
    """`server` is up for `up_s`, down for `down_s`, and so on, until it is stopped."""

    def __init__(self, server: SshServer, up_s: float, down_s: float) -> None:
        self._server, self._up_s, self._down_s = server, up_s, down_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"demo-flap-{server.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave the server as it is; idempotent."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._up_s):
            self._server.down()
            if self._stop.wait(self._down_s):
                return
            self._server.up()
