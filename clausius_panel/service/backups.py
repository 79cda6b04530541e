"""A copy of the store a day, as long as anything of ours runs."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import portalocker

from ..errors import ClausiusError
from ..runtime import Runtime
from ..store import Store, settings
from ..store.backup import backup_times
from ..store.gate import private

__all__ = ["DailyBackups", "back_up_daily", "backup_directory"]

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
KEEP = 7
_LOOK_S = 900.0


def backup_directory(runtime: Runtime) -> Path:
    """Where the copies are unless somebody says otherwise."""
    return runtime.config.data_dir / "backups"


def back_up_daily(store: Store, directory: Path) -> Path | None:
    """Make a copy where the newest is older than a day, and give its path; None where that is not due.

    Of several processes one makes it, and the others do not wait. Raises `StoreError`, `OSError`.
    """
    if not settings(store).daily_backups or not _is_due(store, directory):
        return None
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(directory / "daily.lock", "ab", opener=private) as lock:
        try:
            portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            return None
        return store.backup(directory, keep=KEEP) if _is_due(store, directory) else None


def _is_due(store: Store, directory: Path) -> bool:
    times = backup_times(directory, stem=store.path.stem)
    return not times or datetime.now(UTC) - max(times.values()) >= EVERY


class DailyBackups:
    """A thread that looks now and then whether a copy is due; a context manager."""

    def __init__(self, runtime: Runtime) -> None:
        self._store, self._directory = runtime.store, backup_directory(runtime)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=5)  # a copy that is being made

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                back_up_daily(self._store, self._directory)
            except (ClausiusError, OSError) as error:
                log.warning("no backup could be made: %s", error)
            self._ended.wait(_LOOK_S)
