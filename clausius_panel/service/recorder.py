"""Keeps the history going while nobody looks."""

from __future__ import annotations

import logging
import threading

from ..errors import ClausiusError
from ..runtime import Runtime
from ..store import settings

__all__ = ["Recorder"]

log = logging.getLogger(__name__)


class Recorder:
    """A thread that asks all clusters at the refresh interval, as anybody who looks would."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for a look that is under way, at most 5 s."""
        self._ended.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ended.is_set():
            pause = 60.0
            try:
                pause = settings(self._runtime.store).refresh_interval_s
                self._runtime.refresh(wait_s=5)
            except ClausiusError as error:
                log.warning("history is not recorded at the moment: %s", error)
            self._ended.wait(pause)
